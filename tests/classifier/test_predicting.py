import numpy as np
import pytest
import torch

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.predicting import predict


@pytest.fixture
def network(tiny):
    model = LandCoverNetwork({"s1": 2, "s2": 5}, 3, tiny)
    model.train()
    for _ in range(3):
        model.embed("s1", torch.randn(8, 2, 8, 8))
    return model


def test_predictions_are_the_softmax_of_the_classifier_on_the_embeddings(network, planted):
    pixels = planted(7, 0).sensors["s1"]

    found = predict(network, "s1", pixels)

    with torch.no_grad():
        vectors = network.eval().embed("s1", torch.from_numpy(pixels))
        shares = network.classify(vectors).softmax(1)
    np.testing.assert_allclose(found.embeddings, vectors, atol=1e-6)
    np.testing.assert_allclose(found.probabilities, shares, atol=1e-6)


def test_rows_are_shares_with_sum_one(network, planted):
    found = predict(network, "s2", planted(7, 0).sensors["s2"])

    assert (found.probabilities.shape, found.embeddings.shape) == ((7, 3), (7, 16))
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-6)


def test_the_answer_for_a_patch_depends_neither_on_the_batch_nor_on_the_others(network, planted):
    pixels = planted(9, 0).sensors["s1"]
    whole = predict(network, "s1", pixels, batch=64)

    for batch in (1, 2, 4):
        some = predict(network, "s1", pixels, batch=batch)
        np.testing.assert_allclose(some.embeddings, whole.embeddings, atol=1e-5)
    alone = predict(network, "s1", pixels[3:4])
    np.testing.assert_allclose(alone.probabilities[0], whole.probabilities[3], atol=1e-6)


def test_predicting_changes_no_statistics(network, planted):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    predict(network, "s1", planted(9, 0).sensors["s1"])

    assert all(torch.equal(before[name], t) for name, t in network.state_dict().items())


def test_an_unknown_sensor_and_an_empty_set_are_errors(network):
    with pytest.raises(ValueError, match="sensor 's3': the model knows s1, s2"):
        predict(network, "s3", np.zeros((1, 2, 8, 8), np.float32))
    with pytest.raises(ValueError, match="0 patches"):
        predict(network, "s1", np.zeros((0, 2, 8, 8), np.float32))


def test_pixels_that_are_not_finite_are_an_error_that_names_the_row(network, planted):
    pixels = planted(5, 0).sensors["s1"].copy()
    pixels[3, 0, 0, 0] = np.nan

    with pytest.raises(FloatingPointError, match="row 3 is not finite"):
        predict(network, "s1", pixels)
