from dataclasses import replace

import numpy as np
import pytest

from crosslook.simulate.materials import M
from crosslook.simulate.radar import FLOOR_DB, render_sar, speckle
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

PARAMS = SimulateParams()
WORLDS = [make_world((11, place), 384, PARAMS) for place in range(4)]
SCENES = [render_sar(world, PARAMS) * 0.01 for world in WORLDS]


def of(mask_of, band):
    """Values in dB of ``band`` (0 VV, 1 VH) over all worlds where ``mask_of(world)``."""
    pairs = zip(WORLDS, SCENES, strict=True)
    return np.concatenate([scene[band][mask_of(world)] for world, scene in pairs])


def land(world):
    return world.material != M.WATER


def water(world):
    return world.material == M.WATER


def towns(world):
    return np.isin(world.material, [M.ROOFS, M.RED_ROOFS, M.STREET, M.GARDEN])


def measured_looks(power, side=16):
    """Equivalent number of looks: mean^2 / variance, the median over blocks."""
    n = len(power) // side
    blocks = power[: n * side, : n * side].reshape(n, side, n, side).swapaxes(1, 2)
    return float(np.median(blocks.mean((2, 3)) ** 2 / blocks.var((2, 3), ddof=1)))


@pytest.mark.parametrize("looks", [1.0, 4.4, 20.0])
def test_speckle_has_mean_1_and_the_looks_asked_for(looks):
    field = speckle(np.random.default_rng(0), 512, looks)

    assert float(field.mean()) == pytest.approx(1, abs=0.02)
    assert float(field.mean() ** 2 / field.var()) == pytest.approx(looks, rel=0.06)


def test_speckle_of_neighbours_correlates_by_two_thirds_and_then_one_sixth():
    # The autocorrelation of 1-2-1 is 1-4-6-4-1.
    field = speckle(np.random.default_rng(0), 512, 4.4)
    field -= field.mean()

    for axis in (0, 1):
        for lag, expected in ((1, 4 / 6), (2, 1 / 6), (3, 0)):
            together = (field * np.roll(field, lag, axis)).mean() / (field**2).mean()
            assert float(together) == pytest.approx(expected, abs=0.03)


def test_an_even_sea_shows_the_looks_asked_for():
    calm = replace(
        WORLDS[0],
        material=np.full_like(WORLDS[0].material, M.WATER),
        offshore_px=np.full_like(WORLDS[0].offshore_px, 200),
    )

    power = 10 ** (render_sar(calm, PARAMS)[0] * 0.001)

    assert measured_looks(power) == pytest.approx(4.4, rel=0.15)


def test_land_is_as_bright_as_in_sen12ms():
    # SEN12MS, all training scenes: VV -11.8 +- 4.5 dB, VH -18.3 +- 4.4 dB.
    for band, mean, spread in ((0, -11.8, 4.5), (1, -18.3, 4.4)):
        assert float(of(land, band).mean()) == pytest.approx(mean, abs=1.2)
        assert float(of(land, band).std()) == pytest.approx(spread, abs=1.2)


def test_water_is_dark_and_vh_comes_near_its_noise():
    assert float(of(water, 0).mean()) == pytest.approx(-18, abs=2)
    assert float(of(water, 1).mean()) == pytest.approx(-25.5, abs=1.2)


def test_towns_are_brighter_and_rougher_than_the_country():
    for band in (0, 1):
        assert of(towns, band).mean() > of(land, band).mean() + 2.5
        assert of(towns, band).std() > 3


def test_ships_stand_out_of_the_sea_by_more_than_15_db():
    def ships(world):
        return world.material == M.BRIDGE

    assert of(ships, 0).mean() > of(water, 0).mean() + 15


def test_nothing_lies_below_the_floor_and_nothing_is_no_data():
    assert min(scene.min() for scene in SCENES) >= FLOOR_DB


def test_two_looks_at_one_place_are_the_same_bytes():
    assert render_sar(WORLDS[0], PARAMS).tobytes() == render_sar(WORLDS[0], PARAMS).tobytes()


def test_snow_darkens_open_ground():
    bare = replace(WORLDS[0], snow=np.zeros_like(WORLDS[0].snow))
    snowy = replace(WORLDS[0], snow=np.ones_like(WORLDS[0].snow))
    grass = bare.material == M.GRASS

    darker = render_sar(snowy, PARAMS)[0][grass] - render_sar(bare, PARAMS)[0][grass]

    assert darker.mean() * 0.01 == pytest.approx(-4.5, abs=0.5)
