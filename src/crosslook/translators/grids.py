"""A picture to look at: fixed patches, their fakes, and real targets below for comparison."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crosslook.translators.pixels import Pixels
from crosslook.translators.translating import translate_pixels
from crosslook.translators.translator import Translator
from crosslook.writing import whole_file

GAP = 4  # pixels between pictures, white


def write_grid(path: Path, translator: Translator, source: Pixels, target: Pixels) -> None:
    """Write a PNG: one column per patch; rows are source, fake, real target (of another place).

    Args:
        path: the PNG.
        translator: as it is now.
        source: (N, 3, H, W).
        target: (N, 3, H, W).
    """
    from matplotlib.image import imsave

    fakes = np.stack([translate_pixels(translator, patch) for patch in source])
    picture = grid([source, fakes, target]).transpose(1, 2, 0)
    with whole_file(path) as temporary:
        imsave(temporary, np.ascontiguousarray(picture), metadata={"Software": "crosslook"})


def grid(rows: Sequence[Pixels]) -> Pixels:
    """Rows of (N, 3, H, W) pictures in one (3, H', W') picture; missing ones stay white."""
    n, bands, height, width = (max(row.shape[axis] for row in rows) for axis in range(4))
    size = (bands, len(rows) * (height + GAP) - GAP, n * (width + GAP) - GAP)
    canvas = np.full(size, 255, np.uint8)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            top, left = i * (height + GAP), j * (width + GAP)
            canvas[:, top : top + picture.shape[1], left : left + picture.shape[2]] = picture
    return canvas


def sample(patches: Pixels, count: int = 6) -> Pixels:
    """Up to ``count`` patches, spread evenly over the set, so always the same ones."""
    chosen = np.linspace(0, len(patches) - 1, min(count, len(patches))).round().astype(int)
    picked: Pixels = patches[chosen]
    return picked
