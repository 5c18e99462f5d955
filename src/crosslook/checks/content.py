"""Checks on pixels that stand in two scenes. Each returns its problems in words, never raises.

Ground is compared by ``splits``; this finds what has lost its place: a copy under another name
whose georeference was shifted or written anew.
"""

import hashlib
import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from crosslook.errors import InputError
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.raster import open_geotiff, read_stored

BLOCK_PX = 64
MOST_BLOCKS = 1024  # of a scene that are looked at
FEWEST_VALUES = 16  # in a block of a band; no-data, saturation and smooth ramps are alike anywhere


def copy_problems(scenes: Sequence[Scene]) -> list[str]:
    """No pixels are learnt from and judged on, nor in both dev and test."""
    seen = {scene.id: block_digests(scene) for scene in scenes}
    learnt = [scene for scene in scenes if scene.split in ("train", "unlabelled")]
    dev, test = ([scene for scene in scenes if scene.split == name] for name in ("dev", "test"))
    pairs = itertools.chain(itertools.product(learnt, [*dev, *test]), itertools.product(dev, test))
    problems = []
    for a, b in pairs:
        shared = len(seen[a.id] & seen[b.id])
        if shared:
            fewer = min(len(seen[a.id]), len(seen[b.id]))
            problems.append(
                f"{a.id} ({a.split}) and {b.id} ({b.split}) hold the same pixels in {shared} of "
                f"{fewer} blocks: leave one of them out."
            )
    return problems


def block_digests(scene: Scene) -> set[bytes]:
    """Digests of blocks of 64 x 64 px, band by band; empty where the file cannot be read.

    Values count, not how they are stored: integers as floats are the same. Large scenes are
    sampled: every second, fourth, ... block in both directions, so that a copy of another size
    from the same corner is looked at in the same places.
    """
    found: set[bytes] = set()
    try:
        with open_geotiff(scene.image) as dataset:
            bands = list(range(dataset.count))
            for column, row in _places(dataset.height, dataset.width):
                width = min(BLOCK_PX, dataset.width - column)
                height = min(BLOCK_PX, dataset.height - row)
                for layer in read_stored(dataset, bands, (column, row, width, height)):
                    values = np.ascontiguousarray(layer, np.float32) + np.float32(0)  # no -0
                    if len(np.unique(values)) >= FEWEST_VALUES:
                        found.add(hashlib.blake2b(values.tobytes(), digest_size=12).digest())
    except InputError:  # told by ``rasters``
        return set()
    return found


def _places(height: int, width: int) -> Iterable[tuple[int, int]]:
    """Column and row of the blocks that are looked at."""
    stride = BLOCK_PX
    while -(-height // stride) * -(-width // stride) > MOST_BLOCKS:
        stride *= 2
    return itertools.product(range(0, width, stride), range(0, height, stride))
