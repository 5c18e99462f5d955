import numpy as np
import pytest

from crosslook.scores.homogeneity import homogeneity
from crosslook.scores.semantics import semantic_consistency

LEFT_OUT = [np.nan, np.nan]


def shares(n, windows=4, classes=5, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(classes), (n, windows))


def test_intersections_are_averaged_over_windows_and_then_over_patches():
    source = np.array([[[0.7, 0.3], [0.2, 0.8]], [[1.0, 0.0], [0.5, 0.5]]])
    fake = np.array([[[0.4, 0.6], [0.2, 0.8]], [[0.0, 1.0], [0.6, 0.4]]])

    found = semantic_consistency(source, fake, ["a", "b"])

    # patch 1: .4 + .3 and .2 + .8; patch 2: 0 and .5 + .4
    assert found.value == pytest.approx(((0.7 + 1.0) / 2 + (0.0 + 0.9) / 2) / 2)
    assert (found.n, found.windows, found.scenes) == (2, 4, 2)


def test_windows_that_one_side_left_out_count_for_nothing():
    source = np.array([[[0.7, 0.3], [0.2, 0.8]], [LEFT_OUT, [0.5, 0.5]]])
    fake = np.array([[[0.4, 0.6], LEFT_OUT], [[0.0, 1.0], LEFT_OUT]])

    found = semantic_consistency(source, fake, ["a", "b"])

    assert found.value == pytest.approx(0.7)
    assert (found.n, found.windows, found.scenes, found.shuffled) == (1, 1, 1, None)


def test_equal_shares_are_consistent_and_those_of_other_places_less():
    same = shares(30)

    found = semantic_consistency(same, same, [f"s{i % 6}" for i in range(30)])

    assert (found.value, found.low, found.high) == (pytest.approx(1), *[pytest.approx(1)] * 2)
    assert found.shuffled < 0.8


def test_a_model_that_always_says_the_same_is_no_better_than_chance():
    same = np.broadcast_to(shares(1, 1), (9, 4, 5))

    found = semantic_consistency(same, same, ["s"] * 9)

    assert (found.value, found.shuffled) == (pytest.approx(1), pytest.approx(1))


def test_with_one_window_it_is_the_homogeneity():
    source, fake = shares(20, 1, seed=1), shares(20, 1, seed=2)

    found = semantic_consistency(source, fake, ["s"] * 20)

    assert found.value == pytest.approx(homogeneity(source[:, 0], fake[:, 0]))


def test_the_interval_holds_the_value_and_needs_two_scenes():
    source, fake = shares(24, seed=1), shares(24, seed=2)
    of_six = [f"s{i % 6}" for i in range(24)]

    several = semantic_consistency(source, fake, of_six, replicates=200)
    one = semantic_consistency(source, fake, ["s"] * 24, replicates=200)

    assert several.low < several.value < several.high
    assert (one.low, one.high) == (None, None)
    assert semantic_consistency(source, fake, of_six, replicates=0).low is None


def test_nothing_to_compare_is_refused():
    nothing = np.full((2, 1, 3), np.nan)

    with pytest.raises(ValueError, match="no window has enough pixels with data"):
        semantic_consistency(nothing, shares(2, 1, 3), ["a", "b"])


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"sources \(2, 4, 5\) and fakes \(3, 4, 5\) must have"):
        semantic_consistency(shares(2), shares(3), ["a", "b"])
