"""What an optical sensor like Sentinel-2 sees: reflectance at the top of the atmosphere."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crosslook.simulate.clouds import draw_clouds
from crosslook.simulate.fields import FloatArray, slopes, smooth, spectral_noise
from crosslook.simulate.materials import CROPS, GRAIN, REFLECTANCE, M, is_one_of
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import PIXEL_M, World

BANDS = ("B04", "B03", "B02")
SCALE = 1e-4  # stored number -> reflectance
SHALLOW = (0.075, 0.125, 0.135)
SILT = (0.115, 0.110, 0.085)
SNOW = (0.82, 0.85, 0.88)
CLOUD = (0.62, 0.62, 0.64)
HALO_PX = 7.0


@dataclass(frozen=True)
class View:
    """What every band sees alike, (size, size) each, and where the noise goes on."""

    light: FloatArray
    shallow: FloatArray
    silt: FloatArray
    opacity: FloatArray  # of clouds
    shadow: FloatArray
    snow: FloatArray  # share of a pixel
    haze: float
    rng: np.random.Generator


def render_optical(world: World, params: SimulateParams) -> npt.NDArray[np.uint16]:
    """Red, green and blue as the sensor stores them.

    Returns:
        (3, H, W) reflectance x 10000, from 1; 0 would mean no data.
    """
    view, material = draw_view(world, params), world.material
    rng, size, light, shadow = view.rng, world.size_px, view.light, view.shadow
    shallow, silt, snow, opacity = view.shallow, view.silt, view.snow, view.opacity
    stored = np.empty((3, size, size), dtype=np.uint16)
    for band in range(3):
        seen = REFLECTANCE[band][material] * light
        seen += shallow * (np.float32(SHALLOW[band]) - seen)
        seen += silt * (np.float32(SILT[band]) - seen)
        if snow.any():
            seen += snow * (np.float32(SNOW[band]) * light.clip(0.6, 1.15) - seen)
        if params.cloud_share > 0:
            seen *= 1 - np.float32(0.55) * shadow
            seen += opacity * (np.float32(CLOUD[band]) - seen)
        seen = smooth(seen, 0.17) + np.float32(view.haze * (0.6, 0.8, 1.2)[band])
        noise = rng.standard_normal((size, size), dtype=np.float32)
        seen += noise * (np.float32(0.0006) + np.float32(0.004) * seen)
        stored[band] = (seen / np.float32(SCALE)).clip(1, 65534).round()
    return stored


def draw_view(world: World, params: SimulateParams) -> View:
    """What lies between the ground's reflectance and an optical sensor, the same for every band."""
    rng = np.random.default_rng([*world.seed, 2])
    size, material = world.size_px, world.material
    water = material == M.WATER
    light = _light(rng, world, water)
    shallow = np.where(water, np.exp(world.offshore_px / np.float32(-HALO_PX)), np.float32(0))
    silt = spectral_noise(rng, size, beta=3.2, outer_px=200, step=4).clip(0, 2)
    silt *= np.float32(0.25) * np.where(
        water, np.exp(world.offshore_px / np.float32(-45)), np.float32(0)
    )
    shallow *= np.float32(0.75)
    opacity, shadow = draw_clouds(rng, size, params.cloud_share)
    dark_trees = is_one_of(M.EVERGREEN, M.HEDGE)[material]
    snow = world.snow * np.where(dark_trees, np.float32(0.35), np.float32(0.95))
    haze = rng.uniform(-0.004, 0.008)
    return View(light, shallow, silt, opacity, shadow, snow, haze, rng)


def _light(rng: np.random.Generator, world: World, water: npt.NDArray[np.bool_]) -> FloatArray:
    """What multiplies the reflectance of every material: parcels, grain, sun on slopes."""
    size, material = world.size_px, world.material
    grain = rng.standard_normal((size, size), dtype=np.float32) * GRAIN[material]
    broad = spectral_noise(rng, size, beta=2.2, outer_px=60, step=2) * np.float32(0.05)
    crops = is_one_of(*CROPS, M.GRASS, M.BARREN)[material]
    east, south = slopes(world.height_m, PIXEL_M, sigma_px=2.5)
    sun = (np.float32(1.1) * (east - south)).clip(-0.35, 0.35)  # from the north-west, as on maps
    light = 1 + grain + broad + np.where(crops, np.float32(0.11) * world.parcel, 0)
    light += np.where(water, np.float32(0), sun)
    return np.asarray(light.clip(0.35, 2.2), dtype=np.float32)
