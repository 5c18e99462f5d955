import numpy as np
import pytest

from crosslook.scores.grouped import group_draws, group_sums, mean_replicates


def test_rows_are_summed_by_group_in_the_order_of_their_first():
    sums = group_sums(np.array([[1.0, 2], [3, 4], [5, 6]]), ["b", "a", "b"])

    assert sums.tolist() == [[6, 8], [3, 4]]


def test_booleans_are_counted():
    assert group_sums(np.array([True, True, False]), [0, 0, 1]).tolist() == [2, 0]


def test_a_replicate_is_the_mean_of_the_patches_of_the_drawn_groups():
    drawn = np.array([[2, 0], [1, 1]])

    means = mean_replicates(np.array([1.0, 2.0, 9.0]), ["a", "a", "b"], drawn)

    assert means.tolist() == [1.5, 4.0]


def test_equal_seeds_draw_equal_groups():
    scenes = ["a", "a", "b", "c"]

    assert group_draws(scenes, 5, 1).tolist() == group_draws(scenes, 5, 1).tolist()
    assert group_draws(scenes, 5, 1).sum(axis=1).tolist() == [3] * 5


def test_rows_and_groups_must_be_as_many():
    with pytest.raises(ValueError, match="got 1 for 2"):
        group_sums(np.zeros(2), ["a"])
