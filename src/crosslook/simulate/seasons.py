"""Scenes of the domain ``seasons``: optical, every second one in winter, and what tells the snow.

Such a scene is stored in three visible bands like any other. Its classes are found as those of a
Sentinel-2 product are, by the rules on six bands: they hold what the rules find, not the truth.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.scenes.clouds import Classes, CloudRules, classify, tidy, told_by
from crosslook.simulate import infrared, optical
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import PIXEL_M, World

DOMAIN = "seasons"
BANDS = (*optical.BANDS, *infrared.BANDS)
TELLS = told_by(BANDS)


def in_winter(params: SimulateParams) -> SimulateParams:
    """The settings of a world under snow."""
    return replace(params, snow_above=params.season_snow_above)


def find_classes(
    stored: npt.NDArray[np.integer[Any]], world: World, params: SimulateParams
) -> Classes:
    """The class raster of a scene, pixel by pixel of its own.

    Args:
        stored: (3, H, W), what ``render_optical`` gave.
        world: the place.
        params: with which it was rendered.

    Returns:
        (H, W) codes of ``clouds.C``.
    """
    rules = CloudRules()
    visible = stored.astype(np.float32) * np.float32(optical.SCALE)
    layers = (*visible, *infrared.render_infrared(world, params))
    bands = dict(zip(BANDS, layers, strict=True))
    valid = np.ones(stored.shape[1:], np.bool_)
    return tidy(classify(bands, valid, rules), PIXEL_M, rules)
