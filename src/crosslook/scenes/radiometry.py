"""What the stored numbers of a scene mean, in physical units."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt

Sensor = Literal["optical", "sar"]
Unit = Literal[
    "reflectance",
    "sigma0_db",
    "sigma0_power",
    "beta0_db",
    "beta0_power",
    "gamma0_db",
    "gamma0_power",
    "grey8",
]
Calibration = Literal["sigma0", "beta0", "gamma0"]
UNITS: tuple[Unit, ...] = get_args(Unit)

FloatArray = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Radiometry:
    """physical = stored * scale + offset, in ``unit``; ``nodata`` is a stored number.

    Units: ``reflectance`` (1 = all light returns); backscatter ``sigma0`` (per ground area),
    ``beta0`` (per area in slant range) and ``gamma0`` (per area across the beam), each in ``_db``
    or as linear ``_power``; ``grey8`` (8-bit grey of unknown stretch: no physical meaning).
    """

    unit: Unit
    bands: tuple[str, ...]  # in the order of the file: ("B04", "B03", "B02"), ("VV", "VH")
    scale: float = 1.0
    offset: float = 0.0
    nodata: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "bands", tuple(self.bands))
        if self.unit not in UNITS:
            raise ValueError(f"unit {self.unit!r} is not one of {', '.join(UNITS)}.")
        if not self.bands or len(set(self.bands)) != len(self.bands):
            raise ValueError(f"bands {list(self.bands)} must be named, each name once.")

    @property
    def unit_db(self) -> Unit:
        """The unit in which composites are made: of power, the same quantity in decibels."""
        return cast(Unit, self.unit.replace("_power", "_db"))

    def index(self, bands: Sequence[str]) -> list[int]:
        """Positions of ``bands`` in the file, from 0.

        Raises:
            ValueError: naming the first band that is missing and those that are there.
        """
        for band in bands:
            if band not in self.bands:
                raise ValueError(f"no band {band!r}; the scene has {', '.join(self.bands)}.")
        return [self.bands.index(band) for band in bands]

    def to_physical(self, stored: npt.NDArray[Any]) -> tuple[FloatArray, Mask]:
        """Turn stored numbers (C, H, W) into physical values and the mask of valid pixels.

        A pixel is valid when no band is no-data, NaN or infinite. Invalid pixels hold 0.

        Returns:
            values (C, H, W) float32 in ``unit``; valid (H, W).
        """
        good = np.isfinite(stored)
        if self.nodata is not None and np.isfinite(self.nodata):
            good &= stored != self.nodata
        valid = good.all(axis=0)
        with np.errstate(over="ignore", invalid="ignore"):  # of numbers that are no data
            values = stored.astype(np.float32) * np.float32(self.scale) + np.float32(self.offset)
        return np.where(valid, values, np.float32(0)), valid

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON and raster tags."""
        return asdict(self) | {"bands": list(self.bands)}
