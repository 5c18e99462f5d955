import numpy as np
import pytest

from crosslook.scores.features import at_size, checked, real_against_real


def gap(a, b):
    return float(abs(a.mean() - b.mean()))


def test_real_against_real_compares_the_two_halves():
    found = real_against_real(np.array([[0.0], [0.0], [0.0], [0.0]]), gap)

    assert (found.value, found.n) == (0.0, 2)
    assert found.how == (
        "two disjoint sets of 2 real patches, patches drawn one by one, mean over 5 draws (seed 0)"
    )


def test_the_two_sets_share_no_patch():
    shared = []

    def remember(a, b):
        shared.append(len(np.intersect1d(a, b)))
        return 0.0

    real_against_real(np.arange(21.0)[:, None], remember, n=8)

    assert shared == [0] * 5


def test_the_seed_decides():
    real = np.random.default_rng(0).normal(size=(30, 2))

    first, again = (real_against_real(real, gap, seed=3) for _ in range(2))

    assert first == again
    assert first.value != real_against_real(real, gap, seed=4).value


def test_fakes_are_scored_at_the_same_size():
    sizes = []
    at_size(np.zeros((9, 1)), np.zeros((7, 1)), lambda a, b: sizes.append((len(a), len(b))) or 0, 4)

    assert sizes == [(4, 4)] * 5


def test_too_few_real_patches_for_two_sets_are_refused():
    with pytest.raises(ValueError, match=r"two disjoint sets of 6 need 12 real patches, got 10"):
        real_against_real(np.zeros((10, 2)), gap, n=6)


def test_embeddings_that_are_not_finite_are_counted():
    bad = np.zeros((4, 2))
    bad[1:3, 0] = np.nan
    with pytest.raises(ValueError, match="2 of 4 embeddings of the second set are not finite"):
        checked(np.zeros((4, 2)), bad)
