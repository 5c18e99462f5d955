import json
import math

import numpy as np
import pytest

from crosslook.classifier.predictions import PartPredictions
from crosslook.classifier.scoring import divergence, score
from crosslook.results import plain

TRUTH = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.8, 0.2, 0.0], [0.0, 1.0, 0.0]])
RIGHT = np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0], [0.8, 0.2, 0.0], [0.2, 0.8, 0.0]])
WRONG = RIGHT[:, [1, 0, 2]]


def predictions(first, second, scenes=("a", "a", "b", "b"), embeddings=None):
    return PartPredictions(
        {"s1": first.astype(np.float32), "s2": second.astype(np.float32)},
        embeddings or {},
        TRUTH.astype(np.float32),
        ("p", "q", "r", "s"),
        scenes,
        ("forest", "water", "snow"),
    )


def test_divergence_is_the_equation_computed_by_hand():
    shares, prediction = np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.25, 0.75], [0.5, 0.5]])

    wanted = (0.5 * math.log(2) + 0.5 * math.log(0.5 / 0.75) + math.log(2)) / 2
    assert divergence(prediction, shares) == pytest.approx(wanted)
    assert divergence(shares, shares) == 0


def test_each_sensor_has_f1_at_both_readings_of_the_truth():
    found = score(predictions(RIGHT, WRONG), 20, 0)["sensors"]

    assert found["s1"]["above_30"]["macro"] == 1.0
    assert found["s1"]["above_30"]["per_class"] == {"forest": 1.0, "water": 1.0, "snow": None}
    assert found["s1"]["above_30"]["absent"] == ["snow"]
    assert found["s1"]["above_30"]["macro_absent_zero"] == pytest.approx(2 / 3)
    assert found["s2"]["above_30"]["weighted"] == 0.0
    # .8 and .2 are both there at the other reading: forest 2 of 2, water 2 of 3.
    assert found["s1"]["at_least_10"]["support"] == {"forest": 2, "water": 3, "snow": 0}
    assert found["s1"]["at_least_10"]["per_class"]["water"] == pytest.approx(2 * 2 / (2 * 2 + 1))


def test_the_gap_is_the_second_sensor_minus_the_first():
    (pair,) = score(predictions(WRONG, RIGHT), 20, 0)["pairs"]

    assert pair["sensors"] == ["s1", "s2"]
    assert pair["gap"]["macro"]["value"] == 1.0
    assert pair["gap"]["weighted"]["interval"] == [1.0, 1.0]


def test_homogeneity_has_its_controls():
    (pair,) = score(predictions(RIGHT, RIGHT), 20, 0)["pairs"]

    found = pair["homogeneity"]
    assert found["s"] == pytest.approx(1.0)
    assert found["against_labels"]["s1"] == pytest.approx((0.9 + 0.9 + 1.0 + 0.8) / 4)
    assert found["shuffled"] < 1
    assert found["constant"] == pytest.approx(1.0)


def test_one_scene_has_no_interval_and_no_probe():
    vectors = {"s1": RIGHT.astype(np.float32), "s2": WRONG.astype(np.float32)}

    found = score(predictions(RIGHT, WRONG, ("a",) * 4, vectors), 20, 0)

    assert found["sensors"]["s1"]["above_30"]["macro_interval"] is None
    assert found["pairs"][0]["homogeneity"]["interval"] is None
    assert found["pairs"][0]["gap"]["macro"]["interval"] is None
    assert found["probe"] is None


def test_the_probe_tells_sensors_apart_that_lie_apart():
    rng = np.random.default_rng(0)
    near = rng.normal(size=(4, 2)).astype(np.float32)

    found = score(predictions(RIGHT, RIGHT, embeddings={"s1": near, "s2": near + 100}), 20, 0)

    assert found["probe"]["accuracy"] == 1.0
    assert found["probe"]["chance"] == 0.5


def test_a_record_is_plain_json():
    json.dumps(plain(score(predictions(RIGHT, WRONG), 20, 0)), allow_nan=False)
