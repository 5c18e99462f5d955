"""Where the places of the simulated world lie on the map."""

import numpy as np
from rasterio.transform import Affine

from crosslook.simulate.world import PIXEL_M


def place_on_map(seed: tuple[int, ...], place: int) -> tuple[str, Affine]:
    """Where place number ``place`` lies: a UTM zone and an origin on the 10 m grid.

    Places lie in six zones, and 60 km apart within a zone, so that no two of them overlap.
    """
    rng = np.random.default_rng([*seed, 3])
    zone = 29 + place % 6
    west = 380_000 + PIXEL_M * int(rng.integers(0, 10_000))
    north = 4_200_000 + 60_000 * (place // 6) + PIXEL_M * int(rng.integers(0, 1_000))
    return f"EPSG:{32600 + zone}", Affine(PIXEL_M, 0.0, west, 0.0, -PIXEL_M, north)
