import numpy as np
import pytest

from crosslook.scores.coverage import coverage, expected_coverage
from crosslook.scores.features import real_against_real

LINE = np.array([[0.0], [1.0], [2.0], [10.0], [12.0], [14.0]])


def test_real_patches_without_a_fake_near_them_are_not_covered():
    # with k = 1 the radii are 1, 1, 1, 2, 2, 2; the fake at 2.5 is within that of 2 alone
    assert coverage(LINE, np.array([[2.5], [30.0]]), k=1) == pytest.approx(1 / 6)


def test_more_neighbours_make_larger_neighbourhoods():
    # with k = 2 the radii are 2, 1, 2, 4, 2, 4: the fake at 3 is within those of 2 alone,
    assert coverage(LINE, np.array([[3.0]]), k=2) == pytest.approx(1 / 6)
    # and with k = 3 they are 10, 9, 8, 8, 10, 12: it is within all of them
    assert coverage(LINE, np.array([[3.0]]), k=3) == 1


def test_a_lost_half_of_the_real_patches_is_seen():
    rng = np.random.default_rng(0)
    real = np.concatenate([rng.normal(0, 1, (40, 3)), rng.normal(50, 1, (40, 3))])

    assert coverage(real, rng.normal(0, 1, (80, 3))) == pytest.approx(0.5, abs=0.01)


def test_equal_sets_are_covered():
    real = np.random.default_rng(0).normal(size=(40, 3))
    assert coverage(real, real) == 1


def test_real_against_real_has_the_expected_coverage():
    real = np.random.default_rng(0).normal(size=(400, 4))

    found = real_against_real(real, lambda a, b: coverage(a, b, k=2), n=100, draws=20)

    assert found.value == pytest.approx(expected_coverage(100, 100, 2), abs=0.02)


def test_expected_coverage_of_two_real_and_one_fake_is_a_half():
    assert expected_coverage(2, 1, 1) == pytest.approx(1 - 1 / 2)


def test_k_needs_more_real_patches():
    with pytest.raises(ValueError, match=r"k=5 must lie between 1 and N - 1=4"):
        coverage(np.zeros((5, 2)), np.zeros((5, 2)))
