"""What a C-band radar like Sentinel-1 sees: sigma0 in VV and VH, with speckle.

There is no layover, no phase and no changing atmosphere; the harbours are generic. Scores on this
world are smoke tests, never science.
"""

import numpy as np
import numpy.typing as npt

from crosslook.simulate.fields import FloatArray, Mask, slopes, smooth, spectral_noise
from crosslook.simulate.materials import (
    BACKSCATTER_DB,
    CROPS,
    SHAPE,
    SHEDS,
    SHIPS,
    STRUCTURES,
    M,
    is_one_of,
)
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import PIXEL_M, World

BANDS = ("VV", "VH")
SCALE = 0.01  # stored number -> dB
NODATA = -32768
FLOOR_DB = -40.0
NOISE_DB = (-28.5, -30.5)  # residual noise, added to the power of each band
WIND_SHARE = (1.0, 0.6)  # how much of the wind and incidence on the sea each band feels
CORRELATION_LOSS = 0.1406  # sum of squares of the 1-2-1 by 1-2-1 kernel
PER_DB = np.float32(np.log(10) / 10)  # dB -> natural logarithm of power


def render_sar(world: World, params: SimulateParams) -> npt.NDArray[np.int16]:
    """VV and VH as stored: sigma0 in hundredths of a dB.

    The radar looks east or west (an ascending or a descending pass) at 32 to 43 degrees.

    Returns:
        (2, H, W) int16, -32768 for no data.
    """
    rng = np.random.default_rng([*world.seed, 1])
    size, material = world.size_px, world.material
    toward = int(rng.choice([-1, 1]))  # columns count up along the look direction, or down
    incidence = rng.uniform(32, 43)
    ground, sea = _modulation(rng, world, toward, incidence)
    corner = _corners(world, toward)
    stored = np.empty((2, size, size), dtype=np.int16)
    for band in range(2):
        power = BACKSCATTER_DB[band][material] * PER_DB + ground
        power += sea * np.float32(WIND_SHARE[band])
        power = np.exp(power)
        power[corner] *= np.float32(10.0 if band == 0 else 8.0)
        power = smooth(power)
        _side_lobes(power)
        power += np.float32(10 ** (NOISE_DB[band] / 10))
        power *= speckle(rng, size, params.looks)
        sigma0_db = np.log(power.clip(1e-6)) / PER_DB
        stored[band] = (sigma0_db.clip(FLOOR_DB) / np.float32(SCALE)).round()
    return stored


def speckle(rng: np.random.Generator, size: int, looks: float) -> FloatArray:
    """Multi-look speckle of mean 1: gamma noise smoothed 1-2-1 both ways.

    Neighbours correlate by 2/3 and next neighbours by 1/6, as in detected products whose pixels
    are finer than their resolution.

    Returns:
        (size, size); mean^2 / variance is ``looks``.
    """
    shape = np.float32(looks * CORRELATION_LOSS)
    single = rng.standard_gamma(shape, (size, size), dtype=np.float32) / shape
    return smooth(single)


def _modulation(
    rng: np.random.Generator, world: World, toward: int, incidence: float
) -> tuple[FloatArray, FloatArray]:
    """Natural logarithm of what multiplies the backscatter of every material.

    Returns:
        The texture everywhere with all that happens on land, the same in both bands; and what
        happens on water, in full measure.
    """
    size, material = world.size_px, world.material
    water = material == M.WATER
    spread = np.log1p(1 / SHAPE)  # a log-normal texture with the relative variance 1 / shape
    texture = rng.standard_normal((size, size), dtype=np.float32) * np.sqrt(spread)[material]
    texture -= (spread / 2)[material]

    column = np.arange(size, dtype=np.float32) * toward * np.float32(PIXEL_M * 7e-5)  # degrees
    degrees = np.float32(incidence - 38) + column - column.mean()
    wind = spectral_noise(rng, size, beta=3.4, outer_px=300, step=4) * np.float32(1.5)
    wind += spectral_noise(rng, size, beta=2.0, outer_px=25, step=2) * np.float32(0.35)
    sheltered = -2.5 * np.exp(world.offshore_px / np.float32(-14))
    sea_db = np.float32(rng.normal(0.2, 0.8)) + wind + sheltered - np.float32(0.42) * degrees

    east, _ = slopes(world.height_m, PIXEL_M, sigma_px=4)
    facing = (np.float32(11.0 * toward) * east).clip(-5, 6)
    broad = spectral_noise(rng, size, beta=2.4, outer_px=80, step=2) * np.float32(0.4)
    crops = is_one_of(*CROPS, M.GRASS, M.BARREN)[material]
    built = is_one_of(M.ROOFS, M.RED_ROOFS)[material]
    land_db = facing + broad - np.float32(0.10) * degrees
    land_db += np.where(crops, np.float32(2.4) * world.parcel, 0)
    aligned = np.cos(4 * world.street_angle).clip(0, 1) ** 8  # streets that face the radar
    land_db += np.where(built, np.float32(3.0) * aligned - np.float32(0.8), 0)
    wet_snow = np.float32(-4.5) * world.snow
    wet_snow *= ~is_one_of(M.EVERGREEN, M.DECIDUOUS)[material]
    land_db += wet_snow
    nothing = np.float32(0)
    return texture + np.where(water, nothing, land_db * PER_DB), np.where(
        water, sea_db * PER_DB, nothing
    )


def _corners(world: World, toward: int) -> Mask:
    """Walls that stand upright behind something flat, seen from the radar: double bounce."""
    material = world.material
    before = np.roll(material, toward, axis=1)  # the neighbour on the radar's side
    before[:, 0 if toward > 0 else -1] = M.GRASS
    wall = is_one_of(*STRUCTURES)[material] & (before == M.WATER)
    flat = is_one_of(M.APRON, M.QUAY, M.STREET)[before]
    wall |= is_one_of(*SHEDS, M.TANK)[material] & flat
    wall |= is_one_of(*SHIPS)[material] & (before == M.WATER)
    return np.asarray(wall)


def _side_lobes(power: FloatArray) -> None:
    """Add faint crosses around what is very bright."""
    size = len(power)
    rows, columns = np.nonzero(power > 6)
    peaks = power[rows, columns]
    for distance_px, share in ((3, 0.010), (4, 0.004), (5, 0.007), (7, 0.004), (9, 0.0025)):
        for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            y, x = rows + down * distance_px, columns + right * distance_px
            inside = (y >= 0) & (y < size) & (x >= 0) & (x < size)
            np.add.at(power, (y[inside], x[inside]), peaks[inside] * np.float32(share))
