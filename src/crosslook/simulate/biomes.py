"""Other countryside than farmland: what covers the open land of a place, by sectors."""

from dataclasses import replace

import numpy as np

from crosslook.simulate.fields import spectral_noise
from crosslook.simulate.materials import CROPS, M, is_one_of
from crosslook.simulate.world import World

OPEN_LAND = (*CROPS, M.GRASS, M.SHRUB, M.HEDGE, M.TRACK)
# What covers the open land of a sector; None is farmland as it is.
BIOMES = (None, None, M.SHRUB, M.BARREN, M.GRASS, M.WETLAND)
OUTER_PX = 500  # how wide sectors may be


def with_biomes(world: World) -> World:
    """The same place with its open land given to biomes, in sectors of equal area on average.

    Coast, heights, towns, ports, woods and ships stay.
    """
    rng = np.random.default_rng([*world.seed, 6])
    first = spectral_noise(rng, world.size_px, beta=5.0, outer_px=OUTER_PX, step=2)
    second = spectral_noise(rng, world.size_px, beta=5.0, outer_px=OUTER_PX, step=2)
    turn = (np.arctan2(second, first) / (2 * np.pi) + 0.5) * len(BIOMES)
    sector = turn.astype(np.uint8) % len(BIOMES)
    material = world.material.copy()
    open_land = is_one_of(*OPEN_LAND)[material]
    for number, cover in enumerate(BIOMES):
        if cover is not None:
            material[open_land & (sector == number)] = cover
    return replace(world, material=material)
