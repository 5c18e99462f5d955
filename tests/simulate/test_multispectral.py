import numpy as np
import pytest

from crosslook.simulate.biomes import BIOMES, OPEN_LAND, with_biomes
from crosslook.simulate.infrared import render_infrared
from crosslook.simulate.materials import M, is_one_of
from crosslook.simulate.multispectral import BANDS, render_multispectral, stored
from crosslook.simulate.optical import render_optical
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

PARAMS = SimulateParams(snow_above=0.8)


@pytest.fixture(scope="module")
def world():
    return make_world((3, 0), 256, PARAMS)


@pytest.fixture(scope="module")
def bands(world):
    return dict(zip(BANDS, render_multispectral(world, PARAMS), strict=True))


def test_the_visible_and_the_known_infrared_bands_are_those_of_their_modules(world, bands):
    visible = np.stack([bands[name] for name in ("B04", "B03", "B02")])
    beyond = np.stack([bands[name] for name in ("B08", "B10", "B11")])

    assert np.array_equal(visible, render_optical(world, PARAMS))
    assert np.array_equal(beyond, stored(render_infrared(world, PARAMS)))


def test_leaves_rise_over_the_red_edge_and_fall_in_the_short_waves(world, bands):
    leaves = is_one_of(M.DECIDUOUS)[world.material] & (world.snow == 0)
    seen = {name: band[leaves].mean() for name, band in bands.items()}

    assert seen["B04"] < seen["B05"] < seen["B06"] < seen["B07"] < seen["B8A"]
    assert seen["B8A"] > seen["B11"] > seen["B12"] > seen["B10"]


def test_water_is_darker_the_longer_the_wave(world, bands):
    deep = (world.material == M.WATER) & (world.offshore_px > 30)
    seen = [bands[name][deep].mean() for name in ("B01", "B03", "B04", "B05", "B8A", "B12")]

    assert seen == sorted(seen, reverse=True)


def test_every_band_has_noise_of_its_own(bands):
    flat = [np.diff(band.astype(np.float64), axis=1)[::7, ::7].ravel() for band in bands.values()]

    assert np.linalg.matrix_rank(np.corrcoef(flat)) == len(BANDS)


def test_biomes_take_the_open_land_and_nothing_else(world):
    other = with_biomes(world)

    open_land = is_one_of(*OPEN_LAND)[world.material]
    assert np.array_equal(other.material[~open_land], world.material[~open_land])
    for cover in BIOMES[2:]:
        share = (other.material[open_land] == cover).mean()
        assert 0.05 < share < 0.45
    assert np.array_equal(with_biomes(world).material, other.material)
