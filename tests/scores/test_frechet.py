import numpy as np
import pytest
from scipy import linalg

from crosslook.scores.features import real_against_real
from crosslook.scores.frechet import between, frechet_distance, gaussian


def sample(n, d, seed, shift=0.0, scale=1.0):
    """Embeddings with unequal variances and correlations, as those of a network."""
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(99).normal(size=(d, d)) / np.sqrt(d)
    return shift + scale * np.maximum(rng.normal(size=(n, d)) @ mix, -0.2)


def by_square_root(a, b):
    """The formula as it stands, through scipy's root of a matrix."""
    of_a, of_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(of_a @ of_b)
    gap = a.mean(axis=0) - b.mean(axis=0)
    return float(gap @ gap + np.trace(of_a) + np.trace(of_b) - 2 * np.trace(np.real(root)))


def test_in_one_dimension_it_is_the_gap_of_means_and_of_deviations():
    a = np.array([[0.0], [2.0]])  # mean 1, standard deviation sqrt(2)
    b = np.array([[3.0], [9.0]])  # mean 6, standard deviation sqrt(18)

    assert frechet_distance(a, b) == pytest.approx(25 + (np.sqrt(18) - np.sqrt(2)) ** 2)


def test_diagonal_gaussians_have_a_closed_form():
    corners = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]) * np.sqrt(3 / 4)
    a, b = corners * [1.0, 2.0], corners * [3.0, 5.0] + [4.0, 0.0]  # covariances are diagonal

    assert frechet_distance(a, b) == pytest.approx(16 + (3 - 1) ** 2 + (5 - 2) ** 2)


def test_a_shift_alone_gives_its_squared_length():
    a = sample(30, 8, 0)
    assert frechet_distance(a, a + 0.5) == pytest.approx(8 * 0.25)


def test_a_scale_alone_gives_its_share_of_the_variance():
    a = sample(30, 8, 0)
    a -= a.mean(axis=0)
    total = np.trace(np.cov(a, rowvar=False))
    assert frechet_distance(a, 3 * a) == pytest.approx((3 - 1) ** 2 * total)


@pytest.mark.parametrize("n, m", [(12, 12), (12, 20), (12, 90), (90, 90), (120, 60)])
def test_it_equals_the_formula_by_sqrtm(n, m):
    a, b = sample(n, 40, 0), sample(m, 40, 1, shift=0.1, scale=1.2)
    assert frechet_distance(a, b) == pytest.approx(by_square_root(a, b), rel=1e-6)


@pytest.mark.parametrize("n", [10, 80])
def test_a_set_has_no_distance_from_itself(n):
    a = sample(n, 40, 0)
    assert frechet_distance(a, a) <= 1e-12 * np.trace(np.cov(a, rowvar=False))


@pytest.mark.parametrize("n", [10, 80])
def test_rotation_and_order_do_not_matter(n):
    a, b = sample(n, 40, 0), sample(n, 40, 1, shift=0.1)
    turn = linalg.qr(np.random.default_rng(5).normal(size=(40, 40)))[0]

    turned = frechet_distance((a @ turn)[::-1], b @ turn)

    assert turned == pytest.approx(frechet_distance(a, b), rel=1e-10)


def test_it_is_symmetric():
    a, b = sample(10, 40, 0), sample(90, 40, 1)
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-12)


def test_a_kept_real_side_gives_the_same():
    a, b = sample(90, 40, 0), sample(10, 40, 1)
    assert between(gaussian(a), gaussian(b)) == frechet_distance(a, b)


def test_at_small_n_most_of_the_distance_is_bias_that_real_against_real_shows():
    real, fake = sample(60, 40, 0), sample(30, 40, 1)  # one distribution

    floor = real_against_real(real, frechet_distance)

    assert floor.n == 30
    assert floor.value == pytest.approx(frechet_distance(real[:30], fake), rel=0.15)
    assert floor.value > 1


def test_float32_embeddings_are_summed_in_float64():
    a = sample(60, 8, 0, shift=1000).astype(np.float32)
    b = sample(60, 8, 1, shift=1000).astype(np.float32)
    assert frechet_distance(a, b) == frechet_distance(a.astype(float), b.astype(float))


def test_unequal_widths_are_refused():
    with pytest.raises(ValueError, match=r"from one network, got \(4, 3\) and \(4, 2\)"):
        frechet_distance(np.zeros((4, 3)), np.zeros((4, 2)))


def test_one_sample_has_no_covariance():
    with pytest.raises(ValueError, match="at least 2 embeddings a side, got 4 and 1"):
        frechet_distance(np.zeros((4, 3)), np.zeros((1, 3)))


def test_a_nan_is_refused():
    bad = np.full((4, 3), np.nan)
    with pytest.raises(ValueError, match="4 of 4 embeddings of the first set are not finite"):
        frechet_distance(bad, np.zeros((4, 3)))
