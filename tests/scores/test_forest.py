import numpy as np
import pytest
from sklearn import metrics

from crosslook.scores import forest
from crosslook.scores.forest import PAPER, ForestSettings, forest_log_loss, halves

FEW = ForestSettings(smallest=2, largest=2, trees=20)


def sample(n, seed, shift=0.0):
    return np.random.default_rng(seed).normal(shift, 1, (n, 6))


def test_three_of_four_trees_and_none_of_four_give_their_logarithms():
    votes = np.array([0.75, 0.0])

    smoothed = forest._log_loss(votes, ForestSettings(trees=4))
    raw = forest._log_loss(votes, ForestSettings(trees=4, smoothed=False))

    assert smoothed == pytest.approx(-(np.log(4 / 6) + np.log(1 / 6)) / 2)
    assert raw == pytest.approx(-(np.log(0.75) + np.log(2.0**-52)) / 2)


def test_raw_votes_give_the_log_loss_of_scikit_learn():
    votes = np.array([0.75, 0.0, 1.0, 0.2])
    true = np.array([0, 1, 1, 0])
    of_one = np.where(true == 1, votes, 1 - votes)

    assert forest._log_loss(votes, PAPER) == pytest.approx(metrics.log_loss(true, of_one))


def test_equal_distributions_are_near_chance():
    found = forest_log_loss(sample(60, 0), sample(60, 1), settings=FEW)

    assert found.chance == pytest.approx(0.6931, abs=1e-4)
    assert found.value == pytest.approx(found.chance, abs=0.1)


def test_different_distributions_are_told_apart():
    assert forest_log_loss(sample(60, 0), sample(60, 1, 3.0), settings=FEW).value < 0.2


def test_a_forest_that_knows_the_scenes_does_not_know_the_generator():
    rng = np.random.default_rng(0)
    places = rng.normal(0, 20, (40, 6))  # real and fake patches of different ground
    real, fake = (
        np.repeat(side, 6, axis=0) + rng.normal(0, 0.1, (120, 6))
        for side in (places[:20], places[20:])
    )
    scenes = [i // 6 for i in range(120)]

    alone = forest_log_loss(real, fake, settings=FEW)
    grouped = forest_log_loss(real, fake, scenes, [i + 50 for i in scenes], FEW)

    assert alone.value < 0.2  # it has seen each scene
    assert grouped.value > 0.5


def test_a_fold_holds_whole_scenes_and_half_of_each_side():
    groups = [i // 5 for i in range(40)] + [100 + i // 10 for i in range(40)]
    is_fake = np.repeat([False, True], 40)

    for seed in range(20):
        fold = halves(groups, is_fake, np.random.default_rng(seed))
        assert all(len({fold[i] for i in range(80) if groups[i] == g}) == 1 for g in set(groups))
        assert fold[:40].sum() == fold[40:].sum() == 20


def test_it_stops_at_the_standard_error():
    settings = ForestSettings(standard_error=1.0, smallest=4, largest=9, trees=5)
    assert forest_log_loss(sample(10, 0), sample(10, 1), settings=settings).repeats == 4


def test_it_stops_at_the_largest_number_of_repeats():
    settings = ForestSettings(standard_error=1e-9, smallest=2, largest=3, trees=5)
    found = forest_log_loss(sample(10, 0), sample(10, 1), settings=settings)

    assert found.repeats == 3
    assert found.standard_error > 1e-9


def test_the_papers_setting_is_a_hundred_repeats_of_raw_votes():
    assert (PAPER.smallest, PAPER.largest, PAPER.smoothed, PAPER.trees) == (100, 100, False, 100)


def test_one_answer_of_zero_for_the_truth_is_counted_and_costs_less_smoothed():
    real, fake = sample(20, 0), sample(20, 1, 9.0)
    fake[0] = real.mean(axis=0)  # a fake that looks real
    settings = ForestSettings(smallest=2, largest=2, trees=20)
    raw = ForestSettings(smallest=2, largest=2, trees=20, smoothed=False)

    of_smoothed = forest_log_loss(real, fake, settings=settings)
    of_raw = forest_log_loss(real, fake, settings=raw)

    assert of_smoothed.zero_hits == of_raw.zero_hits == 2
    assert of_smoothed.value < 0.2 < 0.7 < of_raw.value


def test_the_seed_decides():
    first, again = (forest_log_loss(sample(9, 0), sample(9, 1), settings=FEW) for _ in range(2))

    assert first == again
    assert first != forest_log_loss(sample(9, 0), sample(9, 1), settings=FEW, seed=1)


def test_unequal_numbers_are_refused():
    with pytest.raises(ValueError, match="got 9 and 8: draw equal numbers"):
        forest_log_loss(sample(9, 0), sample(8, 1))


def test_one_scene_cannot_be_halved():
    with pytest.raises(ValueError, match="1 groups cannot be halved"):
        forest_log_loss(sample(9, 0), sample(9, 1), ["one"] * 9, ["one"] * 9)
