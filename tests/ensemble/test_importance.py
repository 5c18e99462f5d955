import numpy as np
import pytest

from crosslook.ensemble.importance import importances

RNG = np.random.default_rng(0)


def trials(n, value):
    """Random shares of two members and thresholds, scored by ``value(params)``."""
    made = []
    for number in range(n):
        share = float(RNG.uniform())
        params = {"weight/cut": share, "weight/cyclegan": 1 - share}
        params |= {"iou_threshold": float(RNG.uniform(0.3, 0.8)), "skip_threshold": 0.1}
        made.append({"number": number, "params": params, "value": value(params)})
    return made


def test_what_alone_decides_comes_first_and_holds_most():
    found = importances(trials(200, lambda params: -abs(params["iou_threshold"] - 0.5)))

    assert next(iter(found)) == "iou_threshold"
    assert found["iou_threshold"] > 0.8


def test_what_never_changes_matters_little():
    found = importances(trials(200, lambda params: params["weight/cut"]))

    assert found["skip_threshold"] < 0.05


def test_the_parts_sum_to_one():
    found = importances(trials(60, lambda params: params["weight/cut"]))

    assert sum(found.values()) == pytest.approx(1)
    assert all(part >= 0 for part in found.values())


def test_too_few_trials_say_nothing():
    assert importances(trials(19, lambda params: params["weight/cut"])) is None


def test_equal_trials_say_nothing():
    assert importances(trials(40, lambda params: 0.5)) is None
