import math

import pytest

from crosslook.translators.schedules import epoch_length, last_step, linear_factor, rate_factor
from crosslook.translators.settings import Schedule


def test_the_rate_is_constant_and_then_falls_in_a_line_but_not_to_zero():
    factors = [linear_factor(done, 2, 3) for done in range(5)]

    assert factors == [1.0, 1.0, 0.75, 0.5, 0.25]


def test_the_iteration_clock_counts_steps():
    schedule = Schedule(2, 3, "iterations")

    assert [rate_factor(schedule, step, 100) for step in (1, 2, 3)] == [1.0, 1.0, 0.75]
    assert last_step(schedule, 100) == 5


def test_the_epoch_clock_counts_whole_epochs():
    schedule = Schedule(1, 1, "epochs")

    assert [rate_factor(schedule, step, 3) for step in (1, 3, 4, 6)] == [1.0, 1.0, 0.5, 0.5]
    assert last_step(schedule, 3) == 6


@pytest.mark.parametrize(("batch", "steps"), [(1, 7), (2, 4), (7, 1)])
def test_an_epoch_sees_the_larger_set_once(batch, steps):
    assert epoch_length(5, 7, batch) == steps


def test_a_halved_rate_is_halved_for_ever():
    schedule = Schedule(halve_every=3, clock="iterations")

    factors = [rate_factor(schedule, step, 100) for step in range(1, 7)]

    assert factors == [1.0, 1.0, 0.5, 0.5, 0.5, 0.25]
    assert last_step(schedule, 100) == math.inf
