from dataclasses import replace

import numpy as np
import pytest

from crosslook.ensemble.settings import TuneFusionParams
from crosslook.ensemble.space import ranges, shares, starts

THREE = ("cut", "cyclegan", "munit")
WEIGHTS = TuneFusionParams({"all": THREE}, lowest_weight=0.1)
SIMPLEX = replace(WEIGHTS, space="simplex")


def test_a_stick_is_broken_as_computed_by_hand():
    thin = replace(SIMPLEX, lowest_weight=1e-12)

    found = shares({"stick/cut": 0.25, "stick/cyclegan": 0.4}, THREE, thin)

    # w1 = 1 - sqrt(.25), w2 = (1 - w1) (1 - .4), w3 = (1 - w1) .4
    assert found == pytest.approx({"cut": 0.5, "cyclegan": 0.3, "munit": 0.2})


def test_weights_are_divided_by_their_sum():
    values = {"weight/cut": 1.0, "weight/cyclegan": 0.5, "weight/munit": 0.5}

    assert shares(values, THREE, WEIGHTS) == {"cut": 0.5, "cyclegan": 0.25, "munit": 0.25}


@pytest.mark.parametrize("members", [THREE[:1], THREE[:2], THREE, tuple("abcdef")])
def test_the_simplex_has_one_parameter_less_than_members(members):
    names = list(ranges(members, SIMPLEX))

    assert names == [*(f"stick/{name}" for name in members[:-1]), "iou_threshold", "skip_threshold"]


def test_shares_from_the_simplex_are_uniform_over_it():
    members, thin = tuple("abcd"), replace(SIMPLEX, lowest_weight=1e-12)
    rng = np.random.default_rng(0)

    drawn = np.array(
        [
            list(shares({f"stick/{m}": rng.uniform() for m in "abc"}, members, thin).values())
            for _ in range(20_000)
        ]
    )

    # of a flat Dirichlet with 4 parts: means 1/4, variances 3/80, covariances -1/80
    assert drawn.sum(axis=1) == pytest.approx(1)
    assert drawn.mean(axis=0) == pytest.approx(0.25, abs=0.01)
    assert np.cov(drawn.T) == pytest.approx(np.eye(4) / 20 - 1 / 80, abs=1e-3)


@pytest.mark.parametrize("params", [WEIGHTS, SIMPLEX], ids=["weights", "simplex"])
@pytest.mark.parametrize("members", [THREE[:2], THREE, tuple("abcdef")], ids=len)
def test_the_starts_are_equal_shares_and_each_member_emphasised(params, members):
    equal, *loud = [shares(start, members, params) for start in starts(members, params)]

    assert equal == pytest.approx(dict.fromkeys(members, 1 / len(members)))
    assert [max(one, key=one.get) for one in loud] == list(members)
    for one in loud:
        assert len({round(share, 9) for share in one.values()}) == 2  # the loud one, and the others


@pytest.mark.parametrize("params", [WEIGHTS, SIMPLEX], ids=["weights", "simplex"])
def test_the_starts_lie_inside_the_searched_ranges(params):
    bounds = ranges(THREE, params)

    for start in starts(THREE, params):
        assert list(start) == list(bounds)
        assert all(low <= start[name] <= high for name, (low, high) in bounds.items())


def test_no_share_falls_below_the_lowest_weight():
    corner = shares({"stick/cut": 0.0, "stick/cyclegan": 0.3}, THREE, SIMPLEX)

    assert corner == pytest.approx({"cut": 0.8, "cyclegan": 0.1, "munit": 0.1})


def test_a_single_member_has_no_start_but_one():
    for params in (WEIGHTS, SIMPLEX):
        (only,) = starts(["cut"], params)
        assert shares(only, ["cut"], params) == pytest.approx({"cut": 1.0})
