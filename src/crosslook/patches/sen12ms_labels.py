"""The published soft labels of SEN12MS, a pickle: read without running anything in it."""

import io
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crosslook.errors import InputError
from crosslook.patches.land_cover_reading import Labels
from crosslook.unpickling import DAMAGED, PlainUnpickler

IGBP_CODES = tuple(range(1, 18))
NAME = re.compile(r"(ROIs\d+_\w+?)_s2_(\d+)_(p\d+)\.tif")
MOST_BYTES = 512 * 2**20
TOLERANCE = 1e-2  # of the sum of a row


def read_probability_labels(path: Path) -> Labels:
    """Shares of the 17 IGBP classes by place, from ``IGBP_probability_labels.pkl``.

    It maps the name of each Sentinel-2 patch to 17 shares. Nothing that the pickle names is
    imported or called, but what builds arrays of numbers.

    Raises:
        InputError: if it is missing, damaged, names anything else, or holds other values.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(
                f"{path} has over {MOST_BYTES // 2**20} MiB: these are not the labels."
            )
        values = PlainUnpickler(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    except FileNotFoundError:
        raise InputError(f"{path} is missing.") from None
    except DAMAGED as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{path}: not a readable pickle of plain labels ({reason}).") from None
    if not isinstance(values, dict) or not values:
        raise InputError(
            f"{path}: expected labels by name of a patch, found {type(values).__name__}."
        )
    return Labels(IGBP_CODES, dict(_label(path, key, value) for key, value in values.items()))


def _label(path: Path, key: object, value: object) -> tuple[str, npt.NDArray[np.float64]]:
    name = NAME.fullmatch(key) if isinstance(key, str) else None
    if name is None:
        raise InputError(
            f"{path}: {str(key)[:60]!r} names no patch, expected e.g. ROIs2017_winter_s2_8_p30.tif."
        )
    try:
        shares = np.asarray(value, np.float64).ravel()
    except (TypeError, ValueError):
        shares = np.zeros(0)
    if len(shares) != len(IGBP_CODES) or not (shares >= 0).all():
        raise InputError(f"{path}: {key}: expected 17 shares >= 0, found {str(value)[:60]}.")
    if not abs(shares.sum() - 1) <= TOLERANCE:
        raise InputError(f"{path}: {key}: the shares sum to {shares.sum():.3f}, expected 1.")
    return f"{name[1]}_{name[2]}_{name[3]}", shares
