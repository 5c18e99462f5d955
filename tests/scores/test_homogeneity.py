import numpy as np
import pytest

from crosslook.scores.homogeneity import controls, homogeneity, intersections

RNG = np.random.default_rng(0)
FIRST = RNG.dirichlet(np.ones(5), 60)
SECOND = RNG.dirichlet(np.ones(5), 60)
LABELS = RNG.dirichlet(np.ones(5), 60)


def test_homogeneity_by_hand():
    first = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    second = np.array([[0.2, 0.3, 0.5], [0.0, 0.0, 1.0]])

    assert intersections(first, second) == pytest.approx([0.5, 0.0])
    assert homogeneity(first, second) == pytest.approx(0.25)


def test_homogeneity_is_1_minus_the_mean_total_variation_distance():
    distance = 0.5 * abs(FIRST - SECOND).sum(axis=1)

    assert homogeneity(FIRST, SECOND) == pytest.approx(1 - distance.mean(), abs=1e-12)


def test_equal_predictions_are_homogeneous_and_those_without_a_common_class_are_not():
    classes = np.eye(3)

    assert homogeneity(classes, classes) == 1
    assert homogeneity(classes, np.roll(classes, 1, axis=1)) == 0


def test_two_constant_answers_reach_1_and_the_controls_say_so():
    prior = np.broadcast_to(LABELS.mean(axis=0), LABELS.shape)

    told = controls({"s1": prior, "s2": prior}, LABELS)

    assert homogeneity(prior, prior) == pytest.approx(1)
    assert told.shuffled == pytest.approx(1)
    assert told.constant == pytest.approx(1)
    assert told.against_labels["s1"] == pytest.approx(told.constant_against_labels)
    assert told.constant_against_labels < 0.8


def test_shuffled_pairs_lose_what_the_places_have_in_common():
    told = controls({"s1": LABELS, "s2": LABELS}, LABELS, seed=3)

    assert told.shuffled == pytest.approx(homogeneity(LABELS, np.roll(LABELS, 7, 0)), abs=0.05)
    assert told.shuffled < 0.7
    assert told == controls({"s1": LABELS, "s2": LABELS}, LABELS, seed=3)


def test_no_shuffled_pair_is_of_one_place():
    told = controls({"s1": np.eye(4), "s2": np.eye(4)}, np.eye(4))

    assert (told.shuffled, told.shuffled_deviation) == (0, 0)


def test_rows_that_are_no_distribution_are_refused():
    wrong = np.array([[0.5, 0.5], [0.9, 0.9]])

    with pytest.raises(ValueError, match=r"1 of 2 rows are no distribution: row 1 sums to 1\.8"):
        homogeneity(np.full((2, 2), 0.5), wrong)
    with pytest.raises(ValueError, match="after a softmax"):
        homogeneity(np.array([[1.5, -0.5]]), np.array([[1.0, 0.0]]))
    with pytest.raises(ValueError, match="no distribution"):
        homogeneity(np.array([[np.nan, 1.0]]), np.array([[1.0, 0.0]]))


def test_pairs_must_be_as_many():
    with pytest.raises(ValueError, match=r"\(60, 5\) and \(59, 5\) must have one shape"):
        homogeneity(FIRST, SECOND[1:])


def test_controls_are_of_two_sensors():
    with pytest.raises(ValueError, match="need two sensors"):
        controls({"s1": FIRST}, LABELS)
