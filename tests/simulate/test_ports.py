import numpy as np
import pytest

from crosslook.simulate.materials import M
from crosslook.simulate.port_plans import KINDS, plan_port
from crosslook.simulate.ports import place_ports, to_scene
from crosslook.simulate.ships import paint_ship
from crosslook.simulate.terrain import make_coast

RNG = np.random.default_rng(0)
PLANS = [plan_port(np.random.default_rng(seed)) for seed in range(300)]


def test_every_kind_of_port_is_drawn():
    assert {plan.kind for plan in PLANS} == set(KINDS)


def test_ports_are_30_to_110_pixels_across_at_any_angle():
    across = [np.ptp(np.array(plan.outline()), axis=0) for plan in PLANS]

    assert min(float(np.max(sides)) for sides in across) > 35
    assert max(float(np.hypot(*sides)) for sides in across) < 110


def test_everything_of_a_port_lies_within_its_outline():
    for plan in PLANS:
        (left, near), _, (right, far), _ = plan.outline()
        for bar in plan.bars:
            assert left <= min(bar.u0, bar.u1) and max(bar.u0, bar.u1) <= right
            assert near <= min(bar.v0, bar.v1) and max(bar.v0, bar.v1) <= far


def test_the_frame_of_a_port_turns_v_out_to_sea():
    # A quay that runs east (angle 0) has the sea in the south, where y grows.
    (corner,) = to_scene([(3.0, 2.0)], x=10, y=20, angle=0)
    assert corner == (13, 22)

    (corner,) = to_scene([(3.0, 2.0)], x=10, y=20, angle=np.pi / 2)
    assert corner == pytest.approx((8, 23))


def test_ports_have_land_behind_and_sea_in_front():
    coast = make_coast(np.random.default_rng(4), 512, 0.55)

    for plan, port in place_ports(np.random.default_rng(1), coast, 6):
        behind = to_scene([(0.0, -plan.apron - 3)], port.x, port.y, port.angle)[0]
        before = to_scene([(0.0, plan.reach + 8)], port.x, port.y, port.angle)[0]
        assert coast.inland_px[int(behind[1]), int(behind[0])] >= 0
        assert coast.sea[int(before[1]), int(before[0])]


def test_no_coast_no_ports():
    coast = make_coast(np.random.default_rng(4), 256, 0.55)
    dry = type(coast)(
        np.ones_like(coast.land),
        np.zeros_like(coast.sea),
        coast.height_m,
        coast.offshore_px * 0,
        coast.inland_px + 1,
    )

    assert place_ports(RNG, dry, 3) == []


def test_a_ship_is_as_long_as_it_should_be_and_never_on_land():
    material = np.full((40, 40), M.WATER, np.uint8)
    material[:, 25:] = M.GRASS

    paint_ship(RNG, material, 20.0, 20.0, 0.0, 20.0)

    ship = material >= M.HULL_RED
    assert np.nonzero(ship.any(axis=0))[0].tolist() == list(range(10, 25))
    assert (material[:, 25:] == M.GRASS).all()


def test_a_ship_outside_the_scene_is_no_error():
    material = np.full((10, 10), M.WATER, np.uint8)

    paint_ship(RNG, material, -50.0, 500.0, 1.0, 20.0)

    assert (material == M.WATER).all()
