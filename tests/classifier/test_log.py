import math

import pytest
from torch import tensor

from crosslook.classifier.log import Log, thinned

NOTHING = tensor(math.nan)


def test_a_row_is_the_mean_over_its_steps():
    log = Log(2)
    for step, value in enumerate([1.0, 3.0, 5.0, 7.0], start=1):
        log.add(step, {"loss": tensor(value)}, {"health": tensor(value / 2)})

    assert log.rows == [
        {"step": 2, "health": 1.0, "loss": 2.0},
        {"step": 4, "health": 3.0, "loss": 6.0},
    ]


def test_a_measure_that_a_step_does_not_have_is_left_out():
    log = Log(2)
    log.add(1, {"loss": tensor(1.0)}, {"a": NOTHING, "b": NOTHING})
    log.add(2, {"loss": tensor(1.0)}, {"a": tensor(4.0), "b": NOTHING})

    assert log.rows == [{"step": 2, "a": 4.0, "loss": 1.0}]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_named_with_its_step(value):
    log = Log(10)
    log.add(1, {"triplet": tensor(1.0)}, {})
    log.add(2, {"modality": tensor(1.0), "triplet": tensor(value)}, {})

    with pytest.raises(FloatingPointError, match=rf"loss triplet is {value} at step 2\."):
        log.pull()


def test_a_log_that_is_taken_up_goes_on_as_if_it_had_not_stopped():
    whole, first, second = Log(3), Log(3), Log(3)
    for step in range(1, 7):
        whole.add(step, {"loss": tensor(float(step))}, {})
    for step in range(1, 5):
        first.add(step, {"loss": tensor(float(step))}, {})
    first.pull()
    second.take(first.as_dict())
    for step in range(5, 7):
        second.add(step, {"loss": tensor(float(step))}, {})

    assert second.rows == whole.rows


def test_thinned_rows_are_spread_evenly_and_keep_the_last():
    rows = [{"step": step} for step in range(1, 101)]

    assert [row["step"] for row in thinned(rows, 4)] == [25, 50, 75, 100]
    assert thinned(rows[:3], 4) == rows[:3]
