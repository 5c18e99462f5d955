import numpy as np
import pytest

from crosslook.scores.forest_settings import ForestSettings
from crosslook.scores.frechet import frechet_distance
from crosslook.scores.of_embeddings import Embedded, judge, judge_at, judge_real

FOREST = ForestSettings(smallest=2, largest=2, trees=10)


def embedded(n, seed, shift=0.0, scenes=4, prefix="s"):
    values = np.random.default_rng(seed).normal(1 + shift, 1, (n, 6))
    return Embedded(values, [f"{prefix}{i % scenes}" for i in range(n)])


def judged(real, fake):
    return judge(real, fake, FOREST, 20, 0)


def test_every_kind_is_measured_and_farther_fakes_are_worse_in_each():
    real = embedded(40, 0)
    near, far = (judged(real, embedded(40, 1, shift, prefix="f")).scores for shift in (0, 2))

    assert near["fd"] == pytest.approx(frechet_distance(real.features, embedded(40, 1).features))
    for kind in ("fd", "kid", "crd_excess"):
        assert near[kind] < far[kind]
    for kind in ("coverage", "forest_log_loss"):
        assert near[kind] > far[kind]


def test_details_hold_the_interval_the_expectation_and_the_repeats():
    details = judged(embedded(40, 0), embedded(40, 1, prefix="f")).details

    assert details["kid"]["low"] < details["kid"]["high"]
    assert 0.9 < details["coverage"]["expected"] < 1
    assert details["forest_log_loss"]["repeats"] == 2


def test_one_scene_a_side_leaves_the_forest_out_with_the_reason():
    found = judged(embedded(20, 0, scenes=1), embedded(20, 1, scenes=1))

    assert found.scores["forest_log_loss"] is None
    assert "cannot be halved" in found.details["forest_log_loss"]["reason"]
    assert "forest_log_loss" not in judge_real(embedded(30, 0, scenes=1), 12, FOREST, 2, 0)


def test_real_against_real_is_at_n_or_at_half_of_what_there_is():
    enough, few = (judge_real(embedded(n, 0), 20, FOREST, 2, 0) for n in (40, 30))

    assert {drawn.n for drawn in enough.values()} == {20}
    assert {drawn.n for drawn in few.values()} == {15}
    assert set(enough) == set(judged(embedded(20, 0), embedded(20, 1)).scores)


def test_fakes_at_the_size_of_real_against_real_are_like_it_only_if_they_are_alike():
    real = embedded(60, 0)
    beside = judge_real(real, 30, FOREST, 2, 0)["fd"]

    like, unlike = (
        judge_at(real, embedded(60, 1, shift), 30, FOREST, 2, 0)["fd"] for shift in (0, 2)
    )

    assert like.n == unlike.n == beside.n == 30
    assert like.value < 2 * beside.value
    assert unlike.value > 10 * beside.value


def test_rows_keep_their_scenes():
    some = embedded(10, 0)[np.array([3, 1])]

    assert list(some.scenes) == ["s3", "s1"]
    assert np.array_equal(some.features, embedded(10, 0).features[[3, 1]])
