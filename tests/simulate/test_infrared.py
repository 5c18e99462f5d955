from dataclasses import replace

import numpy as np
import pytest

from crosslook.simulate.infrared import render_infrared, true_cover
from crosslook.simulate.materials import M
from crosslook.simulate.optical import draw_view, render_optical
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

PARAMS = SimulateParams(snow_above=0.6, cloud_share=0.15)


@pytest.fixture(scope="module")
def world():
    return make_world((3, 0), 256, PARAMS)


def test_snow_is_bright_in_b08_and_dark_in_b11_and_clouds_show_in_b10(world):
    near, cirrus, short_wave = render_infrared(world, PARAMS)
    cover = true_cover(world, PARAMS)

    snow = (cover.snow > 0.9) & (cover.shadow < 0.05)
    cloud, clear = cover.cloud > 0.9, cover.cloud < 0.01
    assert (near - short_wave)[snow].min() > 0.3
    assert np.quantile(cirrus[cloud], 0.01) > 0.02 > 0.01 > np.quantile(cirrus[clear], 0.99)


def test_water_is_black_beyond_the_visible(world):
    bands = render_infrared(world, replace(PARAMS, cloud_share=0.0, snow_above=1.0))

    assert bands[:, world.material == M.WATER].mean() < 0.02


def test_looking_beyond_the_visible_changes_no_byte_of_the_visible(world):
    before = render_optical(world, PARAMS)
    render_infrared(world, PARAMS)

    assert np.array_equal(render_optical(world, PARAMS), before)


def test_what_a_cloud_hides_is_neither_snow_nor_shadow(world):
    cover, view = true_cover(world, PARAMS), draw_view(world, PARAMS)

    assert ((cover.cloud + cover.snow) <= 1 + 1e-6).all()
    assert (cover.snow[view.opacity == 1] == 0).all()
