import warnings

import numpy as np
import pytest
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import f1_score

from crosslook.scores.bootstrap import interval
from crosslook.scores.f1 import (
    ABOVE_30,
    AT_LEAST_10,
    READINGS,
    Present,
    by_group,
    counts,
    f1,
    macro,
    replicated,
    total,
    weighted,
)
from crosslook.scores.grouped import group_draws

TRUTH = np.array([[0.6, 0.4, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.35, 0.65, 0.0]])
SAID = np.array([[0.8, 0.2, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.0, 0.4, 0.6, 0.0]])


def random_task(patches=200, classes=6, absent=(4,), seed=0):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(classes, 0.4), patches)
    said = rng.dirichlet(np.full(classes, 0.4), patches)
    for k in absent:
        shares[:, k] = said[:, k] = 0
    return said, shares


def test_f1_by_hand():
    # class 0: two hits; 1: one hit, one false, one missed; 2: one hit; 3: absent
    score = f1(SAID, TRUTH)

    assert score.per_class == (1.0, 0.5, 1.0, None)
    assert score.support == (2, 2, 1, 0)
    assert score.absent == (3,)
    assert score.macro == pytest.approx(2.5 / 3)
    assert score.macro_absent_zero == pytest.approx(2.5 / 4)
    assert score.weighted == pytest.approx((2 * 1 + 2 * 0.5 + 1 * 1) / 5)


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("absent", [(), (4,), (0, 3)])
def test_f1_is_that_of_scikit_learn(reading, absent):
    said, shares = random_task(absent=absent)
    true = shares >= 0.1 if reading == "at_least_10" else shares > 0.3

    score = f1(said, shares, true=READINGS[reading])

    def theirs(average, absent_is):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            return f1_score(true, said > 0.3, average=average, zero_division=absent_is)

    each = [np.nan if value is None else value for value in score.per_class]
    assert each == pytest.approx(theirs(None, np.nan), abs=1e-12, nan_ok=True)
    assert score.macro == pytest.approx(theirs("macro", np.nan), abs=1e-12)
    assert score.macro_absent_zero == pytest.approx(theirs("macro", 0), abs=1e-12)
    assert score.weighted == pytest.approx(theirs("weighted", np.nan), abs=1e-12)
    assert score.absent == absent


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_exactly_the_threshold_is_negative_unless_reaching_it_is_enough(kind):
    at = np.array([[0.3, 0.7], [0.1, 0.9]], kind)

    assert ABOVE_30(at).tolist() == [[False, True], [False, True]]
    assert AT_LEAST_10(at).tolist() == [[True, True], [True, True]]
    assert not Present(0.1)(at)[1, 0]


def test_a_class_that_is_predicted_but_never_there_counts_as_0():
    said, shares = np.array([[0.5, 0.5]]), np.array([[1.0, 0.0]])

    score = f1(said, shares)

    assert (score.per_class, score.macro, score.weighted) == ((1.0, 0.0), 0.5, 1.0)


def test_without_any_class_nothing_is_defined():
    flat = np.full((3, 4), 0.25)

    score = f1(flat, flat)

    assert (score.macro, score.weighted, score.macro_absent_zero) == (None, None, 0.0)


def test_a_replicate_is_f1_of_the_set_with_its_scenes_repeated():
    said, shares = random_task(absent=())
    scenes = [f"scene {i % 7}" for i in range(len(said))]
    drawn = group_draws(scenes, 3, seed=1)

    of_draws = replicated(by_group(counts(said, shares), scenes), drawn)

    for r, times in enumerate(drawn):
        rows = np.repeat(np.arange(len(said)), [times[i % 7] for i in range(len(said))])
        score = f1(said[rows], shares[rows])
        assert macro(of_draws)[r] == pytest.approx(score.macro, abs=1e-12)
        assert weighted(of_draws)[r] == pytest.approx(score.weighted, abs=1e-12)


def test_an_interval_over_scenes_holds_the_score_of_the_whole_set():
    said, shares = random_task(absent=())
    scenes = [i % 20 for i in range(len(said))]
    of_scenes = by_group(counts(said, shares), scenes)

    draws = macro(replicated(of_scenes, group_draws(scenes, 500, seed=0)))
    low, high = interval(draws, groups=20)

    assert low < macro(total(of_scenes)) < high


def test_logits_are_refused():
    with pytest.raises(ValueError, match=r"prediction must hold values in 0\.\.1, found -2"):
        f1(np.array([[-2.0, 3.0]]), np.array([[0.0, 1.0]]))


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"\(1, 2\) and shares \(1, 3\) must have one shape"):
        f1(np.zeros((1, 2)), np.zeros((1, 3)))
