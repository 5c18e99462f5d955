import numpy as np
import pytest

from crosslook.scores.kernel import kid


def sample(n, seed, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, (n, 6))


def by_loops(a, b):
    """The estimator pair by pair."""

    def k(x, y):
        return (x @ y / len(x) + 1) ** 3

    def within(one):
        return np.mean([k(x, y) for i, x in enumerate(one) for j, y in enumerate(one) if i != j])

    return within(a) + within(b) - 2 * np.mean([k(x, y) for x in a for y in b])


def test_two_by_two_points_in_one_dimension():
    # within a (0 * 1 + 1)^3 = 1, within b (2 * 1 + 1)^3 = 27, across 1, 1, 3^3 = 27, 2^3 = 8
    found = kid(np.array([[0.0], [1.0]]), np.array([[2.0], [1.0]]))

    assert found.value == pytest.approx(1 + 27 - 2 * (1 + 1 + 27 + 8) / 4)


def test_it_is_the_mean_over_all_pairs():
    a, b = sample(7, 0), sample(9, 1, 0.5)
    assert kid(a, b).value == pytest.approx(by_loops(a, b), rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_halves_of_one_set_lie_within_three_standard_errors_of_zero(seed):
    found = kid(sample(80, seed), sample(80, 100 + seed))

    assert abs(found.value) < 3 * found.standard_error


def test_a_shift_is_told_from_none():
    found = kid(sample(80, 0), sample(80, 1, 0.7))

    assert found.low > 0
    assert found.low < found.value < found.high


def test_groups_do_not_change_the_value():
    a, b = sample(12, 0), sample(12, 1)
    scenes = [i // 3 for i in range(12)]

    assert kid(a, b, scenes, scenes).value == pytest.approx(kid(a, b).value, rel=1e-12)


def test_alike_patches_of_a_scene_widen_the_interval():
    rng = np.random.default_rng(0)
    a, b = (np.repeat(rng.normal(0, 1, (8, 6)), 10, axis=0) for _ in range(2))
    scenes = [f"scene {i // 10}" for i in range(80)]

    by_scene = kid(a, b, scenes, [name + "'" for name in scenes])
    by_patch = kid(a, b)

    assert by_scene.groups == 8
    assert by_scene.standard_error > 2 * by_patch.standard_error


def test_scenes_on_both_sides_are_drawn_together():
    rng = np.random.default_rng(0)
    bright = np.repeat(rng.normal(0, 3, (10, 1)), 4, axis=0)  # scenes differ, the same on each side
    a, b = (bright + rng.normal(0, 0.3, (40, 6)) for _ in range(2))
    scenes = [i // 4 for i in range(40)]

    together = kid(a, b, scenes, scenes)
    apart = kid(a, b, scenes, [i + 100 for i in scenes])

    assert together.standard_error < apart.standard_error / 2


def test_a_scene_drawn_twice_does_not_raise_the_distance():
    rng = np.random.default_rng(1)
    a, b = (np.repeat(rng.normal(0, 1, (12, 6)), 5, axis=0) for _ in range(2))
    scenes = [i // 5 for i in range(60)]

    found = kid(a, b, scenes, [i + 100 for i in scenes], replicates=4000)

    assert (found.low + found.high) / 2 == pytest.approx(found.value, abs=found.standard_error)


def test_the_seed_decides_the_interval():
    a, b = sample(20, 0), sample(20, 1)
    assert kid(a, b, seed=1) == kid(a, b, seed=1)
    assert kid(a, b, seed=1).low != kid(a, b, seed=2).low


def test_one_scene_has_no_interval():
    found = kid(sample(5, 0), sample(6, 1), ["one"] * 5, list("abcdef"))

    assert (found.low, found.high, found.standard_error, found.groups) == (None, None, None, 1)


def test_groups_of_another_number_are_refused():
    with pytest.raises(ValueError, match="5 and 6 embeddings, 4 and 6 groups"):
        kid(sample(5, 0), sample(6, 1), [0] * 4, [0] * 6)
