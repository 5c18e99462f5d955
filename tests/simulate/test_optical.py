from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import uniform_filter

from crosslook.simulate.clouds import SHADOW_SHIFT_PX, draw_clouds
from crosslook.simulate.materials import M
from crosslook.simulate.optical import render_optical
from crosslook.simulate.radar import render_sar
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

PARAMS = SimulateParams()
WORLD = make_world(21, 384, PARAMS)
RED, GREEN, BLUE = render_optical(WORLD, PARAMS) * 1e-4
OPEN_SEA = (WORLD.material == M.WATER) & (WORLD.offshore_px > 40)


def mean(band, *materials):
    return float(band[np.isin(WORLD.material, materials)].mean())


def test_the_sea_is_dark_and_blue():
    red, green, blue = (float(band[OPEN_SEA].mean()) for band in (RED, GREEN, BLUE))

    assert red < green < blue < 0.09


def test_woods_are_dark_and_sand_is_bright():
    woods, fields = mean(GREEN, M.EVERGREEN), mean(GREEN, M.CROP_LEY)

    assert woods < fields < mean(GREEN, M.SAND)


def test_shallow_water_is_brighter_than_deep_water():
    shallow = (WORLD.material == M.WATER) & (WORLD.offshore_px > 1) & (WORLD.offshore_px < 4)

    assert GREEN[shallow].mean() > 1.2 * GREEN[OPEN_SEA].mean()


def test_no_pixel_of_data_is_stored_as_no_data():
    stored = render_optical(WORLD, PARAMS)

    assert stored.dtype == np.uint16 and stored.min() >= 1


def test_two_looks_at_one_place_are_the_same_bytes():
    assert render_optical(WORLD, PARAMS).tobytes() == render_optical(WORLD, PARAMS).tobytes()


def test_the_two_sensors_see_land_and_water_at_the_same_pixels():
    vh = uniform_filter(render_sar(WORLD, PARAMS)[1] * 0.01, 5)
    dark_to_radar, blue_to_eye = vh < -22.5, BLUE > RED + 0.01
    water = WORLD.material == M.WATER

    assert (dark_to_radar == water).mean() > 0.85
    assert (blue_to_eye == water).mean() > 0.75


def test_the_two_sensors_differ_in_what_is_bright():
    vv = render_sar(WORLD, PARAMS)[0] * 0.01
    sand, woods = WORLD.material == M.SAND, WORLD.material == M.DECIDUOUS

    assert RED[sand].mean() > 3 * RED[woods].mean()
    assert vv[sand].mean() < vv[woods].mean() - 3


def test_clouds_cover_the_share_asked_for():
    opacity, _ = draw_clouds(np.random.default_rng(0), 512, 0.2)

    assert float((opacity > 0.5).mean()) == pytest.approx(0.2, abs=0.03)


def test_the_shadow_of_a_cloud_lies_where_the_sun_puts_it():
    opacity, shadow = draw_clouds(np.random.default_rng(0), 256, 0.2)
    down, right = SHADOW_SHIFT_PX

    assert np.array_equal(shadow[:down, right:], opacity[-down:, :-right])
    assert not shadow[down:].any() and not shadow[:, :right].any()


def test_clouds_make_the_sea_white():
    seen = render_optical(WORLD, SimulateParams(cloud_share=0.5)) * 1e-4

    assert seen[0][OPEN_SEA].mean() > 4 * RED[OPEN_SEA].mean()


def test_snow_makes_fields_white():
    snowy = replace(WORLD, snow=np.ones_like(WORLD.snow))
    fields = WORLD.material == M.GRASS

    assert render_optical(snowy, PARAMS)[0][fields].mean() * 1e-4 > 0.5
