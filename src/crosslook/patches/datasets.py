"""Patch sets in memory, and random crops of them for translators. numpy only."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crosslook.errors import InputError
from crosslook.patches.packed import Packed, Pixels, each_patch

if TYPE_CHECKING:  # reading GeoTIFFs needs more than numpy
    from crosslook.patches.patch_set import PatchSet

REDRAWS = 64  # draws for one crop before a set is called empty


@dataclass(frozen=True)
class UnpairedPatches:
    """Batches of source and target crops with no relation to each other.

    A batch depends on seed and step alone: a run that goes on at step k sees what it would have
    seen without the break.
    """

    source: Pixels | Packed  # (N, 3, H, W)
    target: Pixels | Packed  # (M, 3, H', W')
    batch: int
    crop: int
    seed: int

    def at(self, step: int) -> tuple[Pixels, Pixels]:
        """Source and target crops of one step, each (B, 3, crop, crop) uint8."""
        return (
            sample_batch(_array(self.source), self.seed, step, self.batch, self.crop, domain=0),
            sample_batch(_array(self.target), self.seed, step, self.batch, self.crop, domain=1),
        )


def hold(patches: "PatchSet | Packed") -> Packed:
    """The patches as they are if they are packed, else read into memory.

    Raises:
        InputError: if there is none, one is damaged, or they differ in size.
    """
    return patches if isinstance(patches, Packed) else Packed(patches.contract, read_array(patches))


def read_array(patches: "PatchSet") -> Pixels:
    """All patches of a set as one array (N, 3, H, W) uint8.

    Raises:
        InputError: if there is none, one is damaged, or they differ in size.
    """
    array = np.empty((0,), np.uint8)
    for i, pixels in enumerate(each_patch(patches)):
        if i == 0:
            array = np.empty((len(patches), *pixels.shape), np.uint8)
        array[i] = pixels
    return array


def sample_batch(
    array: Pixels, seed: int, step: int, batch: int, crop: int, domain: int = 0
) -> Pixels:
    """Random crops, half of them mirrored left to right, as a function of the numbers alone.

    Crops of one colour are drawn anew: nothing can be learnt from them, and instance norm would
    blow up their rounding.

    Args:
        array: (N, 3, H, W) uint8.
        seed: of the run.
        step: of the training, from 0 or 1.
        batch: B, crops wanted.
        crop: side in pixels, at most H and W.
        domain: tells two sets apart, so that their draws are independent of each other.

    Returns:
        (B, 3, crop, crop) uint8.

    Raises:
        ValueError: if a crop is larger than the patches.
        InputError: if no crop with anything in it was found.
    """
    if array.ndim != 4 or not len(array):
        raise InputError(f"need patches (N, 3, H, W) with N >= 1, found {array.shape}.")
    height, width = array.shape[2:]
    if not 1 <= crop <= min(height, width):
        raise ValueError(f"crop={crop} must lie in 1..{min(height, width)}, the patches' size.")
    rng = np.random.default_rng([seed, step, domain])
    out = np.empty((batch, array.shape[1], crop, crop), np.uint8)
    for b in range(batch):
        for _ in range(REDRAWS):
            i = int(rng.integers(len(array)))
            row = int(rng.integers(height - crop + 1))
            column = int(rng.integers(width - crop + 1))
            mirrored = bool(rng.integers(2))
            cut = array[i, :, row : row + crop, column : column + crop]
            if (cut.min(axis=(1, 2)) != cut.max(axis=(1, 2))).any():
                break
        else:
            raise InputError(
                f"{REDRAWS} crops of {crop} px drawn from {len(array)} patches were all of one "
                "colour: cut patches that show something, or take a larger crop."
            )
        out[b] = cut[:, :, ::-1] if mirrored else cut
    return out


def _array(patches: Pixels | Packed) -> Pixels:
    return patches.pixels if isinstance(patches, Packed) else patches
