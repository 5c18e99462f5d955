"""Class shares of an image of one sensor, window by window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasterio.io import DatasetReader
from rasterio.transform import Affine

from crosslook.classifier.checkpoint import Card
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patch_shares import FloatArray, Prepared, class_shares, prepare
from crosslook.errors import InputError
from crosslook.scenes.raster import open_geotiff, read_stored
from crosslook.scenes.windows import Window, grid

ADVICE = "Give --scale and --offset."


@dataclass(frozen=True)
class ClassifiedImage:
    """Windows of an image, and what they are covered by."""

    name: str
    size: tuple[int, int]  # height, width, px
    crs: str | None
    transform: Affine
    windows: tuple[Window, ...]  # those that were classified
    valid: npt.NDArray[np.float64]  # (N,) share of valid pixels
    shares: FloatArray  # (N, K)
    left_out: int  # windows with too few valid pixels


@dataclass(frozen=True)
class Stored:
    """How stored numbers become physical values; None: as the file says, else as in the training.

    A file says it by a scale or an offset of its bands, as the scenes of crosslook do.
    """

    scale: float | None = None
    offset: float | None = None


def classify_image(
    path: Path,
    network: LandCoverNetwork,
    card: Card,
    sensor: str,
    stride_px: int | None = None,
    stored: Stored | None = None,
    batch: int = 32,
    device: str = "cpu",
) -> ClassifiedImage:
    """Cut an image into windows of the size that the model was trained on, and classify each.

    Pixels without data become the mean of the band; windows with less than half of valid pixels
    are left out.

    Args:
        path: a GeoTIFF with the bands of the sensor: found by name where all bands are named,
            else all of them in the model's order.
        network: of ``load_classifier``.
        card: likewise.
        sensor: of the image.
        stride_px: from one window to the next; None: windows side by side.
        stored: how numbers become physical values.
        batch: windows that are in the network at a time.
        device: it runs on.

    Raises:
        InputError: if the image is damaged, too small, has other bands, no valid window, or
            values that cannot be of this sensor in this unit.
        RadiometryError: if the model does not know the sensor.
    """
    radiometry = card.radiometry(sensor, str(path))
    side = card.size_px
    with open_geotiff(path) as dataset:
        bands = find_bands(path, dataset, radiometry["bands"])
        windows = grid((dataset.height, dataset.width), side, stride_px or side)
        if not windows:
            raise InputError(
                f"{path}: {dataset.height} x {dataset.width} px; the model was trained on patches "
                f"of {side} x {side}: give a larger image."
            )
        kept: list[Window] = []
        valid: list[float] = []
        shares: list[FloatArray] = []
        for some in _batches(windows, batch):
            read = [
                _read(dataset, bands, window, radiometry, stored or Stored()) for window in some
            ]
            found = class_shares(
                read, network, sensor, radiometry, str(path), ADVICE, batch, device
            )
            for window, one, share in zip(some, read, found, strict=True):
                if share is not None:
                    kept.append(window)
                    valid.append(one.valid)
                    shares.append(share)
        if not kept:
            raise InputError(f"{path}: no window of {side} px has half of its pixels valid.")
        return ClassifiedImage(
            path.stem,
            (dataset.height, dataset.width),
            None if dataset.crs is None else dataset.crs.to_string(),
            dataset.transform,
            tuple(kept),
            np.array(valid),
            np.stack(shares),
            len(windows) - len(kept),
        )


def find_bands(path: Path, dataset: DatasetReader, wanted: Sequence[str]) -> list[int]:
    """Positions of the bands, from 0: by name where all are named, else in order.

    Raises:
        InputError: if one is missing, or the number of unnamed bands is another one.
    """
    names = dataset.descriptions
    if all(names):
        missing = [band for band in wanted if band not in names]
        if missing:
            raise InputError(
                f"{path}: no band {missing[0]!r}; it has {', '.join(names)}. The model takes "
                f"{', '.join(wanted)}."
            )
        return [names.index(band) for band in wanted]
    if dataset.count != len(wanted):
        raise InputError(
            f"{path}: {dataset.count} bands without names; the model takes {len(wanted)}: "
            f"{', '.join(wanted)}. Name the bands, or give these in this order."
        )
    return list(range(dataset.count))


def _read(
    dataset: DatasetReader,
    bands: list[int],
    window: Window,
    radiometry: Any,
    stored: Stored,
) -> Prepared:
    numbers = read_stored(dataset, bands, window)
    good = np.isfinite(numbers)
    if dataset.nodata is not None and np.isfinite(dataset.nodata):
        good &= numbers != dataset.nodata
    scale, offset = _how(dataset, bands, radiometry, stored)
    values = numbers.astype(np.float32) * scale[:, None, None] + offset[:, None, None]
    return prepare(values, good.all(axis=0), radiometry)


def _how(
    dataset: DatasetReader, bands: list[int], radiometry: Any, stored: Stored
) -> tuple[FloatArray, FloatArray]:
    """Scale and offset of each band."""
    scales = [dataset.scales[band - 1] for band in bands]
    offsets = [dataset.offsets[band - 1] for band in bands]
    if set(scales) == {1.0} and set(offsets) == {0.0}:
        scales = [radiometry.get("scale", 1.0)] * len(bands)
        offsets = [radiometry.get("offset", 0.0)] * len(bands)
    if stored.scale is not None:
        scales = [stored.scale] * len(bands)
    if stored.offset is not None:
        offsets = [stored.offset] * len(bands)
    return np.array(scales, np.float32), np.array(offsets, np.float32)


def _batches(windows: list[Window], size: int) -> Iterator[list[Window]]:
    for start in range(0, len(windows), size):
        yield windows[start : start + size]
