"""Other countryside than farmland: what grows on the parcels of a place, sector by sector."""

from dataclasses import replace

import numpy as np

from crosslook.simulate.fields import spectral_noise
from crosslook.simulate.materials import CROPS, M, is_one_of
from crosslook.simulate.world import World

# What covers the parcels of a sector that were fields; None is farmland as it is.
BIOMES = (None, M.SHRUB, M.BARREN, M.GRASS, M.WETLAND)
OUTER_PX = 300  # how wide sectors may be


def with_biomes(world: World) -> World:
    """The same place with its fields given to biomes, in sectors of equal area on average.

    Coast, heights, towns, ports, roads, woods and ships stay.
    """
    rng = np.random.default_rng([*world.seed, 6])
    first = spectral_noise(rng, world.size_px, beta=5.0, outer_px=OUTER_PX, step=2)
    second = spectral_noise(rng, world.size_px, beta=5.0, outer_px=OUTER_PX, step=2)
    turn = (np.arctan2(second, first) / (2 * np.pi) + 0.5) * len(BIOMES)
    sector = turn.astype(np.uint8) % len(BIOMES)
    material = world.material.copy()
    fields = is_one_of(*CROPS, M.GRASS)[material]
    for number, cover in enumerate(BIOMES):
        if cover is not None:
            material[fields & (sector == number)] = cover
    return replace(world, material=material)
