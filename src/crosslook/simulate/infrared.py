"""What the simulated world shows beyond the visible: B08, B10 and B11 of Sentinel-2 L1C.

They are there so that rules on clouds and snow can be tried where the truth is known. Reflectances
are per kind of ground, from values in common use: water is black beyond the visible, leaves are
bright in B08, dry soil and roofs in B11, snow is dark in B11, and no ground is seen in B10.
"""

from dataclasses import dataclass

import numpy as np

from crosslook.simulate.fields import FloatArray, smooth
from crosslook.simulate.materials import REFLECTANCE, M, is_one_of
from crosslook.simulate.optical import View, draw_view
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import World

BANDS = ("B08", "B10", "B11")
WATER = (0.012, 0.0012, 0.008)
LEAVES = (0.32, 0.0015, 0.17)
DARK_TREES = (0.20, 0.0015, 0.09)
SNOW = (0.78, 0.006, 0.09)
CLOUD = (0.62, 0.03, 0.42)
SOIL_TO_RED = (1.25, 0.0, 1.45)  # soil and roofs, relative to their red
GREEN = (
    M.GRASS, M.SHRUB, M.DECIDUOUS, M.WETLAND, M.CROP_WHEAT, M.CROP_LUSH, M.CROP_RAPE, M.CROP_LEY,
    M.GARDEN,
)  # fmt: skip


@dataclass(frozen=True)
class Cover:
    """What truly covers each pixel, (size, size) in 0..1 each; clouds hide snow and shadow."""

    cloud: FloatArray
    shadow: FloatArray
    snow: FloatArray


def render_infrared(world: World, params: SimulateParams) -> FloatArray:
    """B08, B10 and B11 of the scene that ``render_optical`` draws.

    Returns:
        (3, H, W) reflectance at the top of the atmosphere.
    """
    view = draw_view(world, params)
    rng = np.random.default_rng([*world.seed, 4])
    seen = np.empty((len(BANDS), *world.material.shape), np.float32)
    for band in range(len(BANDS)):
        ground = REFLECTANCE[0] * np.float32(SOIL_TO_RED[band])
        if not SOIL_TO_RED[band]:
            ground = np.full_like(ground, 0.0015)
        ground[is_one_of(*GREEN)] = LEAVES[band]
        ground[is_one_of(M.EVERGREEN, M.HEDGE)] = DARK_TREES[band]
        ground[M.WATER] = WATER[band]
        seen[band] = through_the_air(rng, world, view, ground, SNOW[band], CLOUD[band])
    return seen.clip(1e-4, 6)


def through_the_air(
    rng: np.random.Generator,
    world: World,
    view: View,
    ground: FloatArray,
    snow: float,
    cloud: float,
) -> FloatArray:
    """One band as the sensor sees it: sunlit ground, snow, shadow, cloud, blur and noise.

    Args:
        rng: of the noise.
        world: the place.
        view: what all bands see alike.
        ground: (materials,) reflectance of each material in this band.
        snow: reflectance of snow.
        cloud: reflectance of an opaque cloud.

    Returns:
        (H, W) reflectance at the top of the atmosphere.
    """
    layer = ground[world.material] * view.light
    layer += view.snow * (np.float32(snow) - layer)
    layer *= 1 - np.float32(0.55) * view.shadow
    layer += view.opacity * (np.float32(cloud) - layer)
    noise = rng.standard_normal(layer.shape, dtype=np.float32)
    layer = smooth(layer, 0.17)
    return np.asarray(layer + noise * (np.float32(0.0004) + np.float32(0.004) * layer))


def true_cover(world: World, params: SimulateParams) -> Cover:
    """How much of each pixel clouds, their shadows and snow cover in ``render_optical``."""
    view = draw_view(world, params)
    clear = 1 - view.opacity
    return Cover(view.opacity, view.shadow * clear, view.snow * clear)
