"""Where a GRD image holds nothing: its borders, found in blocks of 8 x 8 pixels."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from crosslook.scenes.radiometry import Mask

BLOCK_PX = 8
NOISE_DN = 30  # border noise before IPF 2.9 stays below
NOISE_SHARE = 0.9  # of a block's pixels that must be so dark
NOISE_REACH_PX = 500  # how far from the image's edge or its zeros such noise is looked for
EXACT_SINCE = (2, 90)  # since IPF 2.9 borders are exact zeros

Numbers = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Border:
    """Blocks without data, ``BLOCK_PX`` on a side."""

    blocks: Mask

    def window(self, top: int, left: int, height: int, width: int) -> Mask:
        """True where there is no data: (height, width)."""
        rows = np.arange(top, top + height) // BLOCK_PX
        columns = np.arange(left, left + width) // BLOCK_PX
        return self.blocks[rows[:, None], columns]

    def __or__(self, other: "Border") -> "Border":
        return Border(self.blocks | other.blocks)


def find_border(
    slabs: Iterable[Numbers], size: tuple[int, int], noisy: bool, holes: bool
) -> Border:
    """The blocks of an image that hold no data.

    A block is empty when all its digital numbers are zero and it is connected to the image's edge
    through such blocks, or when it lies on the edge and has a zero there. Two blocks around an
    empty one count as empty too, so that data begin 9 to 16 px away from zeros, and at the image's
    own edge 24 at most.

    Args:
        slabs: the whole image from top to bottom, (h, W) each, h a multiple of 8 but for the last.
        size: (H, W) of the image.
        noisy: of a product before IPF 2.9, whose borders hold small numbers: blocks of which 90 %
            lie below 30 are empty too, if connected and no further than 500 px in.
        holes: blocks of zeros count as empty anywhere. True when the noise is still in the image,
            so that no signal is zero over 64 pixels; False when the processor has taken it off.

    Returns:
        The border; no zero at the edge means no border.
    """
    shape = (-(-size[0] // BLOCK_PX), -(-size[1] // BLOCK_PX))
    empty, dark, found = (np.zeros(shape, bool) for _ in range(3))
    top = 0
    for slab in slabs:
        rows = slice(top // BLOCK_PX, -(-(top + len(slab)) // BLOCK_PX))
        empty[rows] = _per_block(slab, np.maximum) == 0
        if noisy:
            share = _per_block((slab < NOISE_DN).astype(np.uint16), np.add)
            dark[rows] = share >= NOISE_SHARE * _per_block(np.ones_like(slab), np.add)
        found[rows, 0] |= _per_block(slab[:, :1], np.minimum, filled=1)[:, 0] == 0
        found[rows, -1] |= _per_block(slab[:, -1:], np.minimum, filled=1)[:, 0] == 0
        if top == 0:
            found[0] |= _per_block(slab[:1], np.minimum, filled=1)[0] == 0
        top += len(slab)
        if top == size[0]:
            found[-1] |= _per_block(slab[-1:], np.minimum, filled=1)[0] == 0
    found |= _connected(empty)
    if noisy:
        outside = np.pad(found, 1, constant_values=True)
        away = ndimage.distance_transform_cdt(~outside, metric="chessboard")[1:-1, 1:-1]
        found |= _connected(found | (dark & (away <= NOISE_REACH_PX // BLOCK_PX)))
    if holes:
        found |= empty
    return Border(ndimage.binary_dilation(found, np.ones((5, 5), bool)))


def _per_block(values: Numbers, reduce: np.ufunc, filled: int = 0) -> Numbers:
    """One number per block; what is missing from the last blocks counts as ``filled``."""
    padding = [(0, -side % BLOCK_PX) for side in values.shape]
    padded = np.pad(values, padding, constant_values=filled)
    columns = reduce.reduce(padded.reshape(-1, BLOCK_PX, padded.shape[1]), axis=1)
    made: Numbers = reduce.reduce(columns.reshape(len(columns), -1, BLOCK_PX), axis=2)
    return made


def _connected(blocks: Mask) -> Mask:
    """Those blocks from which a way of such blocks leads to the edge."""
    labels, _ = ndimage.label(np.pad(blocks, 1, constant_values=True))
    inside: Mask = blocks & (labels == labels[0, 0])[1:-1, 1:-1]
    return inside
