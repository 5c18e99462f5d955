import time

import pytest

from crosslook.simulate.optical import render_optical
from crosslook.simulate.radar import render_sar
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world


@pytest.mark.slow
def test_a_place_seen_by_both_sensors_costs_at_most_1_5_cpu_seconds_per_mpx():
    params = SimulateParams()
    make_world(0, 256, params)
    begin = time.process_time()

    world = make_world(3, 1024, params)
    render_optical(world, params)
    render_sar(world, params)

    assert (time.process_time() - begin) / 1024**2 * 1e6 < 1.5
