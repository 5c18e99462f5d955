import numpy as np
import pytest

from crosslook.scores.projection import fit_projection

CROSS = np.concatenate([np.diag([6.0, 3.0, 2.0, 1.0]), -np.diag([6.0, 3.0, 2.0, 1.0])])


def test_axes_of_a_cross_are_its_arms_by_length():
    found = fit_projection(CROSS + 10)

    assert found.axes == pytest.approx(np.eye(4)[:3], abs=1e-12)
    assert found.explained == pytest.approx(np.array([36, 9, 4]) / 50)
    assert found(np.array([[11.0, 12.0, 13.0, 14.0]])) == pytest.approx(np.array([[1, 2, 3]]))


@pytest.mark.parametrize("n", [10, 60])
def test_it_is_the_singular_value_decomposition(n):
    real = np.random.default_rng(0).normal(size=(n, 25)) * np.linspace(3, 1, 25)
    _, powers, axes = np.linalg.svd(real - real.mean(axis=0), full_matrices=False)

    found = fit_projection(real)

    assert np.abs((found.axes * axes[:3]).sum(axis=1)) == pytest.approx(1, abs=1e-9)
    assert found.explained == pytest.approx(powers[:3] ** 2 / (powers**2).sum())


@pytest.mark.parametrize("n", [10, 60])
def test_the_largest_loading_is_positive(n):
    axes = fit_projection(np.random.default_rng(1).normal(size=(n, 25))).axes
    assert (axes.max(axis=1) == np.abs(axes).max(axis=1)).all()


def test_copies_span_no_space():
    with pytest.raises(ValueError, match="9 real embeddings span 1 directions"):
        fit_projection(np.outer(np.arange(9.0), np.ones(5)))


def test_fewer_components_are_the_first_ones_of_the_same_axes():
    real = np.random.default_rng(2).normal(size=(20, 6))

    two = fit_projection(real, 2)

    assert two.axes == pytest.approx(fit_projection(real).axes[:2])
    assert two(real).shape == (20, 2)
