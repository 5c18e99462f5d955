from functools import partial

import numpy as np
import pytest

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.predicting import predict
from crosslook.classifier.predictions import (
    PartPredictions,
    read_predictions,
    together,
    write_predictions,
)
from crosslook.errors import CheckpointError

SHARES = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)


def part(sensor, places=("p", "q")):
    return PartPredictions(
        {sensor: SHARES}, {sensor: SHARES}, SHARES, places, ("a", "b"), ("x", "y")
    )


def test_what_is_read_is_what_the_model_said(planted, tiny, tmp_path):
    network, data = LandCoverNetwork({"s1": 2, "s2": 5}, 3, tiny), planted(6, 0)
    path = tmp_path / "predictions.safetensors"

    answer = partial(predict, network, batch=4)
    write_predictions(path, network.sensors, {"dev": data, "test": data}, answer)

    found = read_predictions(path)
    assert list(found) == ["dev", "test"]
    said = predict(network, "s2", data.sensors["s2"], batch=4)
    assert np.array_equal(found["test"].probabilities["s2"], said.probabilities)
    np.testing.assert_allclose(
        found["test"].embeddings["s2"], said.embeddings, rtol=1e-3, atol=1e-3
    )
    assert np.array_equal(found["dev"].shares, data.shares)
    assert (found["dev"].places, found["dev"].classes) == (data.places, data.classes)


def test_a_file_of_something_else_is_an_error(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"nothing")

    with pytest.raises(CheckpointError, match="damaged"):
        read_predictions(tmp_path / "a.safetensors")


def test_models_of_one_sensor_each_become_one_record_without_a_common_space():
    found = together([part("s1"), part("s2")])

    assert list(found.probabilities) == ["s1", "s2"]
    assert found.embeddings == {}


def test_models_that_were_tested_on_other_places_are_not_compared():
    with pytest.raises(ValueError, match="not tested on the same places"):
        together([part("s1"), part("s2", ("q", "p"))])
    with pytest.raises(ValueError, match="two models for one sensor: s1, s1"):
        together([part("s1"), part("s1")])
