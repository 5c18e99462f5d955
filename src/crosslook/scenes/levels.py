"""What the bytes of a composite stand for: the inverse of its stretch."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.scenes.radiometry import FloatArray

Pixels = npt.NDArray[np.uint8]


def shares(pixels: Pixels) -> FloatArray:
    """Where each value lies between the two ends of its band's stretch, 0..1; NaN: no data."""
    found: FloatArray = (pixels.astype(np.float32) - np.float32(1)) / np.float32(254)
    found[pixels == 0] = np.nan
    return found


def physical(pixels: Pixels, contract: Mapping[str, Any]) -> FloatArray:
    """The physical values of composites, each band in its own unit (``band_units``).

    The inverse of ``composites.stretch``, to half a level. What lay beyond an end of the stretch
    was clipped to it and stays there.

    Args:
        pixels: (..., C, H, W) uint8, 0 = no data.
        contract: of the patches, C bands.

    Returns:
        float32 of the same shape, NaN where there is no data.

    Raises:
        ValueError: if the number of bands differs from the contract's.
    """
    ends = np.asarray(contract["stretch"], np.float32)
    if pixels.ndim < 3 or pixels.shape[-3] != len(ends):
        raise ValueError(
            f"the contract has stretches of {len(ends)} bands, got pixels {pixels.shape}."
        )
    low, high = ends[:, 0, None, None], ends[:, 1, None, None]
    found: FloatArray = low + shares(pixels) * (high - low)
    return found


def band_units(contract: Mapping[str, Any]) -> tuple[str, ...]:
    """The unit of each band; that of a ratio of two bands says how it is defined."""
    bands = contract["composite_bands"]
    ratio = contract.get("ratio")
    return tuple(
        f"ratio ({ratio})" if ratio and "/" in band else contract["unit"] for band in bands
    )
