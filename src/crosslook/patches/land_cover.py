"""Patches of places that several sensors saw, with the share of each land-cover class.

Rows of all sensors are aligned: row i is one place. Training must not use that (it draws each
sensor's rows on their own); agreement between sensors is measured by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


class Patches(Protocol):
    """Standardised patches of one sensor, indexed as an array (N, C, H, W) of float32 is.

    An array, a memory map of one, or files that are read when they are asked for.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any: ...


@dataclass(frozen=True, eq=False)
class LandCoverSet:
    """N places, what each sensor saw of them, and what they are covered by."""

    sensors: Mapping[str, Patches]  # name -> (N, C, H, W) float32, standardised
    shares: FloatArray  # (N, K) share of each class, rows sum to 1
    classes: tuple[str, ...]  # (K)
    places: tuple[str, ...]  # (N) a name of its own for each
    scenes: tuple[str, ...]  # (N) patches of one scene may overlap, those of two do not
    positions: npt.NDArray[np.int64] | None = None  # (N, 4) x, y, width, height in the scene, px
    bands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of each sensor, if known
    dropped: Mapping[str, int] = field(default_factory=dict)  # reason -> patches that are not here

    def __post_init__(self) -> None:
        n = len(self.places)
        lengths = {name: len(patches) for name, patches in self.sensors.items()}
        lengths |= {"shares": len(self.shares), "scenes": len(self.scenes)}
        if self.positions is not None:
            lengths["positions"] = len(self.positions)
        if wrong := {name: length for name, length in lengths.items() if length != n}:
            raise ValueError(f"{n} places, but {wrong}: rows must be aligned.")
        if not self.sensors or not n:
            raise ValueError(f"need sensors and places, got {len(self.sensors)} and {n}.")
        if len(set(self.places)) != n:
            raise ValueError(f"{n} places have {len(set(self.places))} names: name each once.")
        if self.shares.shape != (n, len(self.classes)):
            raise ValueError(
                f"shares {self.shares.shape} of {n} places, {len(self.classes)} classes."
            )
        sums = self.shares.sum(axis=1, dtype=np.float64)
        if bad := int((~(abs(sums - 1) < 1e-4) | (self.shares < 0).any(axis=1)).sum()):
            raise ValueError(f"{bad} of {n} rows of shares are not >= 0 with the sum 1.")

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Some rows of patches that are not in memory, in an order of their own."""

    patches: Patches
    rows: Rows

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.rows), *self.patches.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any, /) -> Any:
        return self.patches[self.rows[rows]]


def take(data: LandCoverSet, rows: Sequence[int] | Rows) -> LandCoverSet:
    """The set of ``rows``, in their order. Patches that are not in memory are not read."""
    at = np.asarray(rows, np.intp)
    return replace(
        data,
        sensors={name: _chosen(patches, at) for name, patches in data.sensors.items()},
        shares=data.shares[at],
        places=tuple(data.places[i] for i in at),
        scenes=tuple(data.scenes[i] for i in at),
        positions=None if data.positions is None else data.positions[at],
    )


def in_memory(data: LandCoverSet, batch: int = 64) -> LandCoverSet:
    """The same set with the patches of every sensor read into one array.

    Raises:
        InputError: if a file is missing, damaged, or not what the others are.
    """
    held: dict[str, Patches] = {}
    for name, patches in data.sensors.items():
        if isinstance(patches, np.ndarray):
            held[name] = patches
            continue
        array = np.empty(patches.shape, np.float32)
        for start in range(0, len(array), batch):
            array[start : start + batch] = patches[start : start + batch]
        held[name] = array
    return replace(data, sensors=held)


@dataclass(frozen=True, eq=False)
class Ground:
    """Which places share ground: made once, asked for batches of rows."""

    scene: npt.NDArray[np.int64]  # (N,) number of the scene
    positions: npt.NDArray[np.int64] | None

    @classmethod
    def of(cls, data: LandCoverSet) -> "Ground":
        """The ground of a set."""
        number = {scene: i for i, scene in enumerate(dict.fromkeys(data.scenes))}
        return cls(np.array([number[scene] for scene in data.scenes]), data.positions)

    def shared(self, first: Rows, second: Rows) -> Mask:
        """Whether two rows show common ground, (A, B) for rows (A,) and (B,).

        Where positions are not known, any two patches of one scene may.
        """
        same: Mask = self.scene[first][:, None] == self.scene[second][None]
        if self.positions is None:
            return same
        a, b = self.positions[first][:, None], self.positions[second][None]
        for axis in (0, 1):
            same &= a[..., axis] < b[..., axis] + b[..., axis + 2]
            same &= b[..., axis] < a[..., axis] + a[..., axis + 2]
        return same


def _chosen(patches: Patches, rows: Rows) -> Patches:
    if isinstance(patches, np.ndarray):
        kept: Patches = patches[rows]
        return kept
    if isinstance(patches, Chosen):
        return Chosen(patches.patches, patches.rows[rows])
    return Chosen(patches, rows)
