"""Patches of one sensor that stay in their files until they are asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.errors import InputError
from crosslook.patches.land_cover import Chosen, LandCoverSet, Patches, Rows
from crosslook.patches.land_cover_files import SensorFiles
from crosslook.scenes.raster import open_geotiff

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Standard:
    """Mean and standard deviation of each band, in physical units."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, physical: FloatArray) -> FloatArray:
        """(..., C, H, W) with mean 0 and deviation 1, where the statistics fit."""
        mean = np.array(self.mean, np.float32)[:, None, None]
        std = np.array(self.std, np.float32)[:, None, None]
        return np.asarray((physical - mean) / std, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class StoredPatches:
    """Indexed as an array (N, C, H, W) is; each row is read from its file each time."""

    paths: tuple[Path, ...]
    files: SensorFiles
    size: tuple[int, int]  # height, width
    standard: Standard | None  # of ``bands``; None: not known yet, see ``standardised``
    bands: tuple[str, ...]  # those of the files that are read, in this order

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.paths), len(self.bands), *self.size)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: Any, /) -> FloatArray:
        """Standardised patches.

        Raises:
            InputError: if a file is missing, damaged, or not what the description says.
            ValueError: if the statistics of the bands are not known.
        """
        if self.standard is None:
            raise ValueError(
                f"{self.files.files}: no mean and std of its bands: measure them on training "
                "patches (standardised)."
            )
        return self.standard(self.physical(rows))

    def physical(self, rows: Any) -> FloatArray:
        """Patches in physical units, clipped.

        Raises:
            InputError: as ``__getitem__``.
        """
        at = np.arange(len(self.paths))[rows]
        if at.ndim == 0:
            return self._read(int(at))
        read = np.empty((len(at), *self.shape[1:]), np.float32)
        for k, i in enumerate(at.tolist()):
            read[k] = self._read(i)
        return read

    def _read(self, i: int) -> FloatArray:
        path = self.paths[i]
        with open_geotiff(path) as raster:
            found = (raster.count, raster.height, raster.width)
            if found != (len(self.files.bands), *self.size):
                raise InputError(
                    f"{path}: {found[0]} bands of {found[1]} x {found[2]} px, expected "
                    f"{len(self.files.bands)} ({', '.join(self.files.bands)}) of {self.size[0]} x "
                    f"{self.size[1]}, as in {self.paths[0].name}."
                )
            if np.dtype(raster.dtypes[0]).kind not in "uif":
                raise InputError(f"{path} holds {raster.dtypes[0]}, expected numbers.")
            stored = raster.read([self.files.bands.index(band) + 1 for band in self.bands])
        return to_physical(stored, self.files, str(path))


def to_physical(stored: npt.NDArray[Any], files: SensorFiles, name: str) -> FloatArray:
    """Stored numbers (C, H, W) in physical units, clipped, as the description of a sensor says.

    Raises:
        InputError: if a value is NaN, or infinite and not clipped.
    """
    values = stored.astype(np.float32) * np.float32(files.scale) + np.float32(files.offset)
    if files.clip is not None:
        values = values.clip(*files.clip)
    if bad := int((~np.isfinite(values)).sum()):
        raise InputError(
            f"{name}: {bad} of {values.size} values are NaN or infinite: leave the place "
            "out (skip)."
        )
    return np.asarray(values, dtype=np.float32)


def standardised(data: LandCoverSet, rows: Rows, most: int = 500, seed: int = 0) -> LandCoverSet:
    """The set with the statistics of every band known: those that are not are measured.

    Args:
        data: whose description may leave mean and std out.
        rows: the training patches; no other is looked at.
        most: so many of them are drawn, where there are more.
        seed: of the draw.

    Raises:
        InputError: if one of them cannot be read.
    """
    drawn = np.random.default_rng(seed).permutation(rows)[:most]
    return replace(data, sensors={name: _known(one, drawn) for name, one in data.sensors.items()})


def standards(data: LandCoverSet) -> Mapping[str, Standard]:
    """The statistics of the sensors that are read from files, as far as they are known."""
    found = {}
    for name, patches in data.sensors.items():
        stored = patches.patches if isinstance(patches, Chosen) else patches
        if isinstance(stored, StoredPatches) and stored.standard is not None:
            found[name] = stored.standard
    return found


def _known(patches: Patches, rows: Rows) -> Patches:
    if isinstance(patches, Chosen):
        return replace(patches, patches=_known(patches.patches, patches.rows[rows]))
    if not isinstance(patches, StoredPatches) or patches.standard is not None:
        return patches
    pixels = patches.shape[2] * patches.shape[3] * len(rows)
    total = np.zeros(patches.shape[1])
    squares = np.zeros(patches.shape[1])
    first: npt.NDArray[np.float64] | None = None
    for i in rows.tolist():
        values = patches.physical(i).astype(np.float64)
        if first is None:
            first = values.mean(axis=(1, 2))  # squares of differences to it lose no digits
        apart = values - first[:, None, None]
        total += apart.sum(axis=(1, 2))
        squares += (apart**2).sum(axis=(1, 2))
    if first is None:
        raise ValueError("no training patch to measure the bands on.")
    mean = total / pixels
    std = np.sqrt(np.maximum(squares / pixels - mean**2, 0)).clip(min=1e-6)
    statistics = Standard(tuple((first + mean).tolist()), tuple(std.tolist()))
    return replace(patches, standard=statistics)
