import numpy as np
import pytest

from crosslook.scores.bootstrap import Difference
from crosslook.scores.comparing import NOTHING, family_records, gap_closed, holm


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_adjusted_values_rise_with_the_plain_ones_and_stay_below_one():
    p = np.random.default_rng(0).uniform(0, 1, 20)

    adjusted = np.array(holm(p.tolist()))

    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
    assert (adjusted >= p).all()
    assert adjusted.max() <= 1


def test_one_test_alone_is_not_corrected():
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


def test_the_records_of_a_family_are_its_differences_with_adjusted_p_values():
    sure = Difference(0.3, 0.1, 0.5, 0.0, 0.01)
    unsure = Difference(0.1, -0.1, 0.3, 0.2, 0.04)

    records = family_records([sure, unsure])

    assert records[0] == {
        "difference": 0.3,
        "low": 0.1,
        "high": 0.5,
        "share_not_above_zero": 0.0,
        "p": 0.01,
        "p_holm": pytest.approx(0.02),
        "distinguishable": True,
    }
    assert list(records[1]) == list(records[0])
    assert not records[1]["distinguishable"]
    assert records[1]["p_holm"] == pytest.approx(0.04)


def flat(value, draws=100):
    return value, np.full(draws, value)


def test_half_the_way_is_half_the_gap():
    share = gap_closed(flat(0.3), flat(0.1), flat(0.5))

    assert (share.value, share.low, share.high) == pytest.approx((0.5, 0.5, 0.5))


def test_floor_and_ceiling_are_zero_and_one_in_every_draw():
    rng = np.random.default_rng(1)
    floor = 0.1, rng.uniform(0.05, 0.15, 200)
    ceiling = 0.5, rng.uniform(0.4, 0.6, 200)

    low, high = (gap_closed(model, floor, ceiling) for model in (floor, ceiling))

    assert (low.value, low.low, low.high) == (0, 0, 0)
    assert (high.value, high.low, high.high) == (1, 1, 1)


def test_a_ceiling_below_the_floor_leaves_nothing_to_close():
    assert gap_closed(flat(0.3), flat(0.5), flat(0.1)) == NOTHING
    assert gap_closed(flat(0.3), flat(0.5), flat(0.5)) == NOTHING


def test_a_gap_that_is_not_sure_has_no_interval():
    ceiling = 0.5, np.where(np.arange(100) < 6, 0.05, 0.5)

    share = gap_closed(flat(0.3), flat(0.1), ceiling)

    assert share.value == pytest.approx(0.5)
    assert (share.low, share.high) == (None, None)


def test_draws_without_objects_are_left_out():
    draws = np.where(np.arange(100) < 50, -1.0, 0.3)

    share = gap_closed((0.3, draws), flat(0.1), flat(0.5))

    assert (share.low, share.high) == pytest.approx((0.5, 0.5))
