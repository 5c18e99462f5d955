"""Whether the numbers of a raster can be what they are said to be."""

from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.scenes.radiometry import Radiometry

PLAUSIBLE_DB = (-60.0, 35.0)
MAY_LIE_OUTSIDE = 0.01  # share of valid pixels


def value_problems(
    stored: npt.NDArray[Any], radiometry: Radiometry, plausible_db: tuple[float, float]
) -> list[str]:
    """There is data, and it can be in the unit that is claimed.

    Args:
        stored: (C, H, W) numbers as in the file.
        radiometry: what they are said to mean.
        plausible_db: lowest and highest backscatter that a scene can have, dB.
    """
    values, valid = radiometry.to_physical(stored)
    if not valid.any():
        if stored.dtype.kind == "f" and np.isnan(stored).all():
            return ["holds nothing but NaN."]
        return [f"holds nothing but no-data ({radiometry.nodata})."]
    seen = values[:, valid]
    if radiometry.unit == "grey8" and stored.dtype != np.uint8:
        return [f"is said to be 8-bit but holds {stored.dtype}."]
    if radiometry.unit == "reflectance" and np.median(seen) > 2:
        return [f"half of its reflectances exceed 2 (median {np.median(seen):.4g}): wrong scale?"]
    if radiometry.unit.endswith("_power") and np.median(seen) < 0:
        return [f"most of its power is negative (median {np.median(seen):.4g}): is it in dB?"]
    if radiometry.unit.endswith("_db"):
        low, high = plausible_db
        outside = float(((seen < low) | (seen > high)).mean())
        if outside > MAY_LIE_OUTSIDE:
            return [
                f"{outside:.0%} of its backscatter lies outside {low:g}..{high:g} dB "
                f"({seen.min():.4g}..{seen.max():.4g}): is it in dB at all?"
            ]
        if (seen >= 0).mean() > 0.99:
            return ["hardly any backscatter lies below 0 dB: is it linear power?"]
    return []
