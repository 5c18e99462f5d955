"""All 13 bands of Sentinel-2 L1C over the simulated world.

B02, B03 and B04 are those of ``optical``, B08, B10 and B11 those of ``infrared``. The seven others
are made here in the same way, from values in common use. Every band is as sharp as the 10 m ones.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crosslook.simulate import infrared, optical
from crosslook.simulate.fields import FloatArray
from crosslook.simulate.materials import REFLECTANCE, M, is_one_of
from crosslook.simulate.optical import SCALE, draw_view
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import World

BANDS = (
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
)  # fmt: skip


class Band(NamedTuple):
    """Reflectance of each kind of ground; soil and roofs relative to their red."""

    water: float
    leaves: float
    dark_trees: float
    snow: float
    cloud: float
    soil_to_red: float


BEYOND: dict[str, Band] = {
    "B05": Band(0.020, 0.130, 0.070, 0.82, 0.62, 1.08),
    "B06": Band(0.015, 0.260, 0.150, 0.80, 0.62, 1.15),
    "B07": Band(0.013, 0.310, 0.190, 0.79, 0.62, 1.20),
    "B8A": Band(0.011, 0.330, 0.210, 0.75, 0.61, 1.30),
    "B09": Band(0.004, 0.100, 0.065, 0.25, 0.35, 0.40),  # water vapour takes most of it
    "B12": Band(0.006, 0.080, 0.040, 0.07, 0.33, 1.35),
}
COASTAL = (0.9, 0.03)  # B01: so much of the blue, and what the air adds
COASTAL_SNOW, COASTAL_CLOUD = 0.86, 0.65


def render_multispectral(world: World, params: SimulateParams) -> npt.NDArray[np.uint16]:
    """The 13 bands as the sensor stores them, in the order of ``BANDS``.

    Returns:
        (13, H, W) reflectance x 10000, from 1; 0 would mean no data.
    """
    visible = optical.render_optical(world, params)
    made = dict(zip(optical.BANDS, visible, strict=True))
    beyond = infrared.render_infrared(world, params)
    made |= {b: stored(one) for b, one in zip(infrared.BANDS, beyond, strict=True)}
    view = draw_view(world, params)
    rng = np.random.default_rng([*world.seed, 5])
    coastal = REFLECTANCE[2] * np.float32(COASTAL[0]) + np.float32(COASTAL[1])
    made["B01"] = stored(
        infrared.through_the_air(rng, world, view, coastal, COASTAL_SNOW, COASTAL_CLOUD)
    )
    for name, band in BEYOND.items():
        seen = infrared.through_the_air(rng, world, view, _ground(band), band.snow, band.cloud)
        made[name] = stored(seen)
    return np.stack([made[name] for name in BANDS])


def stored(reflectance: FloatArray) -> npt.NDArray[np.uint16]:
    """Reflectance as the numbers of a product."""
    numbers: npt.NDArray[np.uint16] = (
        (reflectance / np.float32(SCALE)).clip(1, 65534).round().astype(np.uint16)
    )
    return numbers


def _ground(band: Band) -> FloatArray:
    ground = REFLECTANCE[0] * np.float32(band.soil_to_red)
    ground[is_one_of(*infrared.GREEN)] = band.leaves
    ground[is_one_of(M.EVERGREEN, M.HEDGE)] = band.dark_trees
    ground[M.WATER] = band.water
    return np.asarray(ground)
