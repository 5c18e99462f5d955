from dataclasses import fields

import numpy as np
import pytest

from crosslook.simulate.materials import IGBP, LOOKS, M
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

PARAMS = SimulateParams()


@pytest.fixture(scope="module")
def world():
    return make_world(7, 384, PARAMS)


def test_the_same_seed_gives_the_same_bytes(world):
    again = make_world(7, 384, PARAMS)

    for field in fields(world):
        value, other = getattr(world, field.name), getattr(again, field.name)
        same = value.tobytes() == other.tobytes() if isinstance(value, np.ndarray) else None
        assert same or value == other


def test_another_seed_gives_another_place(world):
    assert (make_world(8, 384, PARAMS).material != world.material).mean() > 0.2


def test_small_scenes_have_one_to_three_ports():
    counts = [len(make_world((1, place), 448, PARAMS).ports) for place in range(6)]

    assert min(counts) >= 1 and max(counts) <= 3


def test_ports_lie_inside_their_scene(world):
    corners = np.array([port.polygon for port in world.ports])

    assert corners.min() >= 0 and corners.max() <= world.size_px


def test_a_port_is_mostly_built_and_water(world):
    port = world.ports[0]
    x, y = np.mean(port.polygon, axis=0)
    around = world.material[int(y) - 12 : int(y) + 12, int(x) - 12 : int(x) + 12]

    assert ((around >= M.ROOFS) | (around == M.WATER)).mean() > 0.75
    assert (around >= M.APRON).mean() > 0.1


def test_land_share_is_what_was_asked_for():
    shares = [(make_world((2, i), 384, PARAMS).material != M.WATER).mean() for i in range(4)]

    assert np.mean(shares) == pytest.approx(0.55, abs=0.08)


def test_land_cover_is_igbp_1_to_17(world):
    assert set(np.unique(world.land_cover)) <= set(range(1, 18))
    assert {10, 12, 13, 17} <= set(np.unique(world.land_cover))


def test_every_material_has_a_look_and_a_class():
    assert set(LOOKS) == set(M)
    assert all(1 <= IGBP[material] <= 17 for material in M)


def test_snow_lies_on_the_highest_land_only():
    snowy = make_world(7, 384, SimulateParams(snow_above=0.6))
    land = snowy.height_m > 0

    assert (snowy.land_cover[land] == 15).mean() == pytest.approx(0.4, abs=0.12)
    assert snowy.height_m[snowy.snow > 0.6].mean() > snowy.height_m[land].mean()
    assert not snowy.snow[snowy.material == M.WATER].any()


def test_no_ports_where_none_are_wanted():
    assert make_world(7, 256, SimulateParams(ports_per_mpx=0)).ports == ()


def test_towns_stand_at_coasts_without_a_port(world):
    rows, columns = np.nonzero(
        np.isin(world.material, [M.ROOFS, M.RED_ROOFS])
        & (np.roll(world.offshore_px, 6, axis=0) > 0)
    )
    far = np.ones(len(rows), bool)
    for port in world.ports:
        far &= np.hypot(columns - port.x, rows - port.y) > 70

    assert far.sum() > 10


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"land_share": 0.05}, "land_share=0.05 must lie in 0.2..0.8."),
        ({"sar_dev_size": 64}, "sizes must lie in 256..4096 pixels, got {'sar_dev_size': 64}."),
        ({"optical_scenes": -1}, "counts of scenes must be >= 0, got {'optical_scenes': -1}."),
        ({"snow_above": 2.0}, "snow_above=2.0 is a quantile: 0 to 1, 1 for no snow."),
        ({"looks": 0.5}, "looks=0.5 must lie in 1..100."),
        (
            {"swath_edges": 9},
            "swath_edges=9 must lie in 0..3, the number of unlabelled SAR scenes.",
        ),
    ],
)
def test_settings_refuse_what_makes_no_world(wrong, message):
    with pytest.raises(ValueError) as error:
        SimulateParams(**wrong)

    assert str(error.value) == message
