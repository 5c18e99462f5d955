import itertools
import math

import numpy as np
import pytest
from scipy import stats

from crosslook.scores import association
from crosslook.scores.association import alone, pooled, spearman, within

RNG = np.random.default_rng(0)


def test_the_same_order_is_1_and_the_opposite_one_minus_1():
    assert spearman([1, 2, 3, 4], [10, 20, 30, 400]) == 1
    assert spearman([1, 2, 3, 4], [4, 3, 2, -9]) == -1


def test_rho_without_equal_values_is_one_minus_six_sums_of_squares():
    # ranks 1 2 3 4 and 2 1 4 3: differences 1 1 1 1, rho = 1 - 6 * 4 / (4 * 15)
    assert spearman([1, 2, 3, 4], [2, 1, 4, 3]) == pytest.approx(0.6)


def test_equal_values_share_their_mean_rank():
    x, y = [1, 1, 2, 3, 3, 3, 7], [5, 2, 2, 8, 9, 1, 9]

    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


@pytest.mark.parametrize("n", [4, 7, 30])
def test_scipy_says_the_same(n):
    x, y = RNG.integers(0, 6, n), RNG.normal(size=n)

    assert alone(x, y).rho == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


def test_a_constant_has_no_rho():
    assert spearman([1, 1, 1, 1], [1, 2, 3, 4]) is None
    assert alone([1, 1, 1, 1], [1, 2, 3, 4]).reason == "the score or AP is constant"


def test_three_points_have_no_rho_and_a_reason():
    found = alone([1, 2, 3], [1, 2, 3])

    assert (found.rho, found.low, found.p, found.n) == (None, None, None, 3)
    assert found.reason == "3 checkpoints are too few, 4 are needed"


def test_p_of_four_points_in_order_is_two_of_24():
    found = alone([1, 2, 3, 4], [1, 2, 3, 4])

    assert found.p == pytest.approx(2 / 24)
    assert found.exact


def test_p_is_the_share_of_all_permutations():
    x, y = [3.0, 1.0, 4.0, 1.5, 5.0], [2.0, 7.0, 1.0, 8.0, 2.8]
    observed = abs(stats.spearmanr(x, y).statistic)
    every = [abs(stats.spearmanr(x, order).statistic) for order in itertools.permutations(y)]

    assert alone(x, y).p == pytest.approx(np.mean([rho >= observed - 1e-9 for rho in every]))


def test_p_of_many_points_is_random_close_to_the_t_test_and_never_0():
    x = RNG.normal(size=40)
    y = x + 2 * RNG.normal(size=40)
    found = alone(x, y)

    assert not found.exact
    assert found.p == pytest.approx(stats.spearmanr(x, y).pvalue, abs=0.02)
    assert alone(range(40), range(40)).p == pytest.approx(1 / 10_000)


def test_the_interval_is_the_percentiles_of_drawn_points():
    x = RNG.normal(size=12)
    y = x + RNG.normal(size=12)
    found = alone(x, y, replicates=100, seed=3)

    counts = association.draw(range(12), 100, 3)
    drawn = [stats.spearmanr(np.repeat(x, c), np.repeat(y, c)).statistic for c in counts]
    low, high = np.quantile(drawn, [association.tail(12), 1 - association.tail(12)])
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert found.low < found.rho < found.high


def test_a_perfect_order_has_no_interval_because_no_draw_could_break_it():
    found = alone([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])

    assert (found.rho, found.low, found.high) == (1, None, None)
    assert "every draw" in found.reason


def covers(make, units, truth, times):
    """In how many of ``times`` data sets the interval holds the truth."""
    hits = []
    for seed in range(times):
        x, y = make(np.random.default_rng(seed))
        low, high, _ = association._interval(x, y, units, None, spearman(x, y), 300, seed)
        hits.append(low <= truth <= high)
    return np.mean(hits)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    def make(rng):
        x = rng.normal(size=15)
        return x, 0.6 * x + 0.8 * rng.normal(size=15)

    truth = 6 / math.pi * math.asin(0.6 / 2)  # of a normal pair with correlation 0.6
    assert 0.92 <= covers(make, range(15), truth, 100) <= 1


def test_checkpoints_of_one_translation_must_not_be_drawn_one_by_one():
    def make(rng):
        a = rng.normal(size=8)
        b = 0.6 * a + 0.8 * rng.normal(size=8)
        return tuple(np.repeat(one, 4) + 0.5 * rng.normal(size=32) for one in (a, b))

    truth = 6 / math.pi * math.asin(0.6 / 1.25 / 2)  # 1.25: variance with that inside translations
    groups = [i // 4 for i in range(32)]
    assert covers(make, groups, truth, 100) >= 0.92
    assert covers(make, range(32), truth, 100) < 0.9


def test_pooled_draws_whole_translations():
    groups = [name for name in "abcde" for _ in range(10)]
    x = np.repeat([1.0, 2, 3, 4, 5], 10) + 0.01 * RNG.normal(size=50)
    y = np.repeat([1.0, 3, 2, 5, 4], 10) + 0.01 * RNG.normal(size=50)
    together, apart = pooled(x, y, groups), alone(x, y)

    assert together.rho == apart.rho
    assert (together.drawn, apart.drawn) == (5, 50)
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_pooled_exchanges_whole_translations():
    groups = ["a", "a", "b", "b", "c", "c"]
    x, y = [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]

    # of the 6 orders of three translations, the identity alone gives rho 1
    assert pooled(x, y, groups).p == pytest.approx(1 / 6)


def test_translations_change_places_only_with_those_that_have_as_many_checkpoints():
    groups = ["a", "a", "b", "b", "single"]

    assert pooled([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], groups).p == pytest.approx(1 / 2)
    assert pooled([1, 2, 3, 4], [1, 2, 4, 3], ["a", "a", "a", "b"]).p is None


def test_three_translations_are_too_few_to_draw_from():
    found = pooled([1, 2, 3, 4], [1, 3, 2, 4], ["a", "a", "b", "c"])

    assert found.rho == pytest.approx(0.8)
    assert found.low is None
    assert "3 translations are too few" in found.reason


def test_within_takes_out_what_differs_between_translations():
    # b lies above a in both, but inside each translation the orders are opposite
    groups = ["a", "a", "b", "b"]
    x, y = [1, 2, 11, 12], [2, 1, 12, 11]

    assert pooled(x, y, groups).rho == pytest.approx(0.6)
    assert within(x, y, groups).rho == pytest.approx(-1)


def test_within_permutes_inside_each_translation():
    groups = ["a", "a", "b", "b", "c", "c"]

    # of 2 ** 3 orders, all right and all wrong are as far from 0
    assert within([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6], groups).p == pytest.approx(2 / 8)


def test_within_single_checkpoints_says_nothing():
    found = within([1, 2, 3, 4], [1, 2, 3, 4], "abcd")

    assert found.rho is None
    assert found.reason == "the score or AP is constant within every translation"


def test_equal_arguments_give_equal_answers():
    x, y = RNG.normal(size=20), RNG.normal(size=20)
    groups = [i // 4 for i in range(20)]

    assert pooled(x, y, groups, seed=5) == pooled(x, y, groups, seed=5)


def test_a_missing_number_is_refused():
    with pytest.raises(ValueError, match="leave out those that have none"):
        alone([1, 2, 3, float("nan")], [1, 2, 3, 4])


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match=r"expected \(N,\) three times"):
        pooled([1, 2, 3, 4], [1, 2, 3, 4], ["a"])
