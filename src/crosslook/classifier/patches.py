"""What a training is given, and the batches it draws from it."""

import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from crosslook.classifier.configurations import Configuration
from crosslook.classifier.sampling import Rows

Numbers = npt.NDArray[np.int64]


class Pixels(Protocol):
    """Patches by row number: an array in memory, on disk, or a reader of files."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C, H, W)."""

    def __getitem__(self, rows: Any) -> npt.NDArray[np.float32]:
        """The patches of these row numbers, standardised."""


class LabelledPatches(Protocol):
    """Patches of the same places by several sensors, with the shares of land-cover classes."""

    @property
    def sensors(self) -> Mapping[str, Pixels]:
        """Sensor -> (N, C, H, W); row i is the same place in all of them."""

    @property
    def shares(self) -> npt.NDArray[np.float32]:
        """(N, K), rows with sum 1."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the K classes."""

    @property
    def places(self) -> Sequence[str]:
        """N names; rows with one name show the same ground."""

    @property
    def scenes(self) -> Sequence[str]:
        """N names of the scenes that the rows were cut from."""

    @property
    def positions(self) -> npt.NDArray[Any] | None:
        """(N, 4) x, y, width, height in the scene, px; None: they are not known."""


class Batch(NamedTuple):
    """Patches of each sensor; ``about`` has those of all sensors one behind the other."""

    pixels: dict[str, Tensor]  # sensor -> (B, C, H, W)
    about: dict[str, Tensor]  # the fields of ``sampling.Rows``

    def rows(self) -> Rows:
        """What partners are found by."""
        return Rows(**self.about)

    def to(self, device: str) -> "Batch":
        """The same on another device."""
        return Batch(
            {name: one.to(device, non_blocking=True) for name, one in self.pixels.items()},
            {name: one.to(device, non_blocking=True) for name, one in self.about.items()},
        )


class Draws:
    """Gives the batch of a step: the same one whenever it is asked, whoever asks.

    Each sensor's patches come in an order of their own, new in each epoch, so that nothing is
    learnt from rows that show the same place. Only a configuration whose pairs are ``aligned``
    draws the same rows for all. A sensor's order depends on its name: a baseline sees the patches
    in the order in which the whole model sees them.

    Where positions are not known, patches of one scene count as overlapping.

    Args:
        patches: to learn from.
        configuration: its sensors and whether its pairs are aligned.
        batch: B, patches of each sensor.
        seed: of the run.
        samples: so many patches, drawn by the seed, are learnt from; a smaller number is a part
            of a larger one. 0: all.
        augment: mirror and turn each patch by chance.

    Raises:
        ValueError: if a sensor is missing, patches are not square, or ``samples`` are not there.
    """

    def __init__(
        self,
        patches: LabelledPatches,
        configuration: Configuration,
        batch: int,
        seed: int,
        samples: int = 0,
        augment: bool = True,
    ) -> None:
        self.sensors, self.batch = configuration.sensors, batch
        self.aligned, self.seed, self.augment = configuration.aligned, seed, augment
        self.pixels = {}
        for sensor in self.sensors:
            if sensor not in patches.sensors:
                raise ValueError(
                    f"no patches of sensor {sensor!r}; there are {', '.join(patches.sensors)}."
                )
            self.pixels[sensor] = patches.sensors[sensor]
            height, width = self.pixels[sensor].shape[2:]
            if augment and height != width:
                raise ValueError(f"{sensor}: patches of {height} x {width} px; expected squares.")
        self.rows = choose_samples(len(patches.shares), samples, seed)
        self.shares = np.asarray(patches.shares, np.float32)
        self.places, self.scenes = numbered(patches.places), numbered(patches.scenes)
        self.positions = corners(patches.positions, len(self.shares))

    def __call__(self, step: int) -> Batch:
        """The batch of ``step``, from 1."""
        rows = {sensor: self._rows(sensor, step) for sensor in self.sensors}
        together = np.concatenate(list(rows.values()))
        numbers = np.repeat(np.arange(len(rows)), self.batch)
        about = {
            "sensor": numbers,
            "shares": self.shares[together],
            "place": self.places[together],
            "scene": self.scenes[together],
            "positions": self.positions[together],
        }
        pixels = {name: self._pixels(name, found, step) for name, found in rows.items()}
        return Batch(pixels, {name: torch.from_numpy(value) for name, value in about.items()})

    def _rows(self, sensor: str, step: int) -> Numbers:
        """Places ``(step - 1) B`` and following of one endless row of shuffled epochs."""
        order = "all" if self.aligned else sensor
        places = np.arange((step - 1) * self.batch, step * self.batch)
        epochs, within = np.divmod(places, len(self.rows))
        found = np.empty(self.batch, np.int64)
        for epoch in np.unique(epochs):
            here = epochs == epoch
            shuffled = _random(self.seed, "order", order, epoch).permutation(len(self.rows))
            found[here] = self.rows[shuffled[within[here]]]
        return found

    def _pixels(self, sensor: str, rows: Numbers, step: int) -> Tensor:
        pixels = torch.from_numpy(np.ascontiguousarray(self.pixels[sensor][rows], np.float32))
        if not self.augment:
            return pixels
        turns = _random(self.seed, "turn", sensor, step).integers(8, size=len(rows))
        return torch.stack([turned(one, int(k)) for one, k in zip(pixels, turns, strict=True)])


def choose_samples(count: int, samples: int, seed: int) -> Numbers:
    """Row numbers of ``samples`` of ``count`` patches, rising; all where it is 0.

    Raises:
        ValueError: if there are not so many.
    """
    if count < 1 or samples > count:
        raise ValueError(f"samples={samples}, but there are {count} patches.")
    shuffled = _random(seed, "samples", "", 0).permutation(count)
    return np.sort(shuffled[: samples or count])


def corners(positions: npt.NDArray[Any] | None, count: int) -> Numbers:
    """(N, 4) x1 y1 x2 y2 of (N, 4) x, y, width, height; the same for all where none are known."""
    if positions is None:
        return np.tile(np.array([0, 0, 1, 1]), (count, 1))
    return np.concatenate([positions[:, :2], positions[:, :2] + positions[:, 2:]], axis=1)


def turned(pixels: Tensor, k: int) -> Tensor:
    """A square (..., H, H) after k % 4 quarter turns, mirrored where k, 0 to 7, is 4 or more."""
    pixels = torch.rot90(pixels, k % 4, (-2, -1))
    return pixels.flip(-1) if k >= 4 else pixels


def numbered(names: Sequence[str]) -> Numbers:
    """A whole number per name, the same for equal names."""
    found: Numbers = np.unique(np.asarray(names), return_inverse=True)[1].astype(np.int64)
    return found


def _random(seed: int, what: str, name: str, number: int) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(f"{what} {name}".encode()), int(number)])
