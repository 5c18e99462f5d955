"""Histogram matching: the target's brightness, the source's texture."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from crosslook.translators.settings import HistogramSettings
from crosslook.translators.translator import Translator

LEVELS = np.arange(1, 256)


class HistogramMatch(Translator):
    """Maps each band's levels so that they are as frequent as in the target's band.

    The map joins equal quantiles: level v of the source becomes the level of the target below
    which the same share of pixels lies (Gonzalez and Woods, Digital Image Processing, section
    3.3). Fitted on all unlabelled patches; no-data does not count.
    """

    reach_px = 0

    def __init__(
        self, source_channels: int, target_channels: int, settings: HistogramSettings
    ) -> None:
        super().__init__()
        if source_channels != target_channels:
            raise ValueError(
                f"{source_channels} source bands and {target_channels} target bands: histogram "
                "matching maps band by band and needs as many of both."
            )
        self.table = nn.Module()
        self.table.register_buffer("levels", torch.arange(256.0).repeat(target_channels, 1))

    def exported(self) -> Mapping[str, nn.Module]:
        return {"table": self.table}

    def fit(self, source: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8]) -> None:
        levels = [
            match_levels(_counts(source[:, band]), _counts(target[:, band]))
            for band in range(source.shape[1])
        ]
        self.table.load_state_dict({"levels": torch.tensor(np.stack(levels), dtype=torch.float32)})

    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        level = ((source + 1) / 2 * 254).round().long().clamp(0, 254) + 1
        table = self.table.get_buffer("levels")
        mapped = torch.stack([table[band][level[:, band]] for band in range(len(table))], dim=1)
        return (mapped - 1) / 254 * 2 - 1


def match_levels(
    source: npt.NDArray[np.int64], target: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """The map from levels to levels that joins equal quantiles.

    Args:
        source: (256,) pixels per level; level 0 is no-data and does not count.
        target: (256,) likewise.

    Returns:
        (256,) for each level its new level, 1..255 (0 stays 0). Equal counts give the same level.

    Raises:
        ValueError: if one of them has no data at all.
    """
    if not source[1:].any() or not target[1:].any():
        raise ValueError("histogram matching needs data pixels in both the source and the target.")
    there = target[1:] > 0
    mapped = np.interp(_quantiles(source), _quantiles(target)[there], LEVELS[there])
    return np.concatenate([[0.0], np.round(mapped)])


def _quantiles(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The share of data pixels below the middle of each level 1..255."""
    data = counts[1:].astype(np.float64)
    share: npt.NDArray[np.float64] = (data.cumsum() - data / 2) / data.sum()
    return share


def _counts(band: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Pixels per level of (N, H, W), patch by patch: counting widens each pixel to 8 bytes."""
    counts = np.zeros(256, np.int64)
    for patch in band:
        counts += np.bincount(patch.ravel(), minlength=256)
    return counts
