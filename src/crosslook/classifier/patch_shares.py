"""Class shares of patches in physical values: how ``classify`` and the registered model see them.

Pixels without data become the mean of the band; patches with less than half of valid pixels have no
shares; numbers that cannot be of the sensor in its unit are refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.predicting import predict
from crosslook.errors import InputError

LEAST_VALID = 0.5  # share of a patch's pixels
MOST_OUTSIDE = 0.9  # share of the valid values that may lie outside of the clip
FARTHEST = 10.0  # deviations from the mean that the middle value of patches may lie

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Prepared:
    """A patch as the network takes it."""

    values: FloatArray  # (C, H, W) standardised; 0 where a band has no data
    valid: float  # share of its pixels
    outside: float  # share of the valid values that are of another unit, by the clip
    middle: float  # median of |values| where valid


def prepare(
    physical: FloatArray, valid: npt.NDArray[np.bool_], radiometry: Mapping[str, Any]
) -> Prepared:
    """Clip and standardise a patch as in the training.

    A value lies outside at the upper end of the clip, or ``FARTHEST`` deviations below the mean:
    calm water may lie below the clip with every pixel.

    Args:
        physical: (C, H, W) in the unit of the radiometry; NaN where not ``valid``.
        valid: (H, W) where all bands have data.
        radiometry: of the sensor, from the model's card.
    """
    values, outside = physical.astype(np.float32), 0.0
    mean, std = (np.array(radiometry[key], np.float32) for key in ("mean", "std"))
    for band, clip in enumerate(radiometry["clip"]):
        if clip is not None:
            seen = values[band][valid]
            lowest = min(clip[0], mean[band] - FARTHEST * std[band])
            outside += float(((seen < lowest) | (seen >= clip[1])).mean()) if seen.size else 0.0
            values[band] = values[band].clip(*clip)
    scaled = (values - mean[:, None, None]) / std[:, None, None]
    values = np.where(valid, scaled, np.float32(0)).astype(np.float32)
    middle = float(np.median(abs(values[:, valid]))) if valid.any() else 0.0
    return Prepared(values, float(valid.mean()), outside / len(values), middle)


def class_shares(
    patches: Sequence[Prepared],
    network: LandCoverNetwork,
    sensor: str,
    radiometry: Mapping[str, Any],
    what: str,
    advice: str,
    batch: int = 32,
    device: str = "cpu",
) -> list[FloatArray | None]:
    """What the model says of patches of one sensor.

    Args:
        patches: of ``prepare``.
        network: of ``load_classifier``.
        sensor: of the patches.
        radiometry: of the sensor.
        what: the patches are, for people.
        advice: what to do about numbers of another unit.
        batch: patches that are in the network at a time.
        device: it runs on.

    Returns:
        Per patch (K,) class shares, with sum 1; None where too few of its pixels are valid.

    Raises:
        InputError: if the numbers cannot be of this sensor in this unit.
    """
    good = [i for i, one in enumerate(patches) if one.valid >= LEAST_VALID]
    found: list[FloatArray | None] = [None] * len(patches)
    if not good:
        return found
    _require_plausible([patches[i] for i in good], sensor, radiometry, what, advice)
    pixels = np.stack([patches[i].values for i in good])
    shares = predict(network, sensor, pixels, batch, device).probabilities
    for i, one in zip(good, shares, strict=True):
        found[i] = one
    return found


def _require_plausible(
    seen: Sequence[Prepared], sensor: str, radiometry: Mapping[str, Any], what: str, advice: str
) -> None:
    """Refuse numbers in another unit: they would be classified without complaint."""
    outside = float(np.median([one.outside for one in seen]))
    middle = float(np.median([one.middle for one in seen]))
    if outside > MOST_OUTSIDE:
        found = (
            f"{100 * outside:.0f} % of the values lie outside of what {sensor} is clipped to "
            f"({radiometry['clip'][0]})"
        )
    elif middle > FARTHEST:
        found = f"the middle value lies {middle:.1f} deviations from the mean of {sensor}"
    else:
        return
    raise InputError(
        f"{what}: {found}: is it this sensor, in this unit (backscatter in dB, reflectance)? "
        f"{advice}"
    )
