"""Each loss moves its own quantity, on a planted task: classes with a mean of their own per band.

Four numbers in the latent space are two more than three classes need, so that classification
alone leaves room for the sensor.
"""

from functools import cache

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from crosslook.classifier import network as networks
from crosslook.classifier.configurations import configuration_named
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patches import Draws
from crosslook.classifier.predicting import predict
from crosslook.classifier.reversal import reverse
from crosslook.classifier.settings import LossSettings, NetworkSettings, TrainingSettings
from crosslook.classifier.training import train

pytestmark = pytest.mark.slow

BOTH = ("s1", "s2")
NETWORK = NetworkSettings("tiny", merging=(32, 16, 4))
SETTINGS = TrainingSettings(
    steps=300,
    batch=32,
    learning_rate=1e-3,
    head_rate=1e-2,
    betas=(0.0, 0.999),
    log_every=50,
    precision="float32",
    losses=LossSettings(reversal=1.0, reversal_rise=100.0, triplet_weight=10.0),
)
SEEDS = (0, 1)


def train_one(planted, name, seed):
    """Predictions by sensor for unseen places, and the log."""
    torch.set_num_threads(1)
    teach, test = planted(300, 0), planted(200, 1)
    named = configuration_named(name, BOTH)
    bands = {sensor: teach.sensors[sensor].shape[1] for sensor in named.sensors}
    model = LandCoverNetwork(bands, 3, NETWORK, seed)
    log = train(model, named, Draws(teach, named, SETTINGS.batch, seed), SETTINGS, seed, None)
    return {sensor: predict(model, sensor, test.sensors[sensor]) for sensor in BOTH}, log


@pytest.fixture(scope="module")
def trained(planted):
    """A configuration, once per seed."""
    return cache(lambda name: [train_one(planted, name, seed) for seed in SEEDS])


def probe(found):
    """Accuracy of a logistic regression for the sensor, on places that it has not seen."""
    half = len(found["s1"].embeddings) // 2
    parts = [
        (
            np.concatenate([found[sensor].embeddings[part] for sensor in BOTH]),
            np.repeat([0, 1], half),
        )
        for part in (slice(half), slice(half, None))
    ]
    mean, deviation = parts[0][0].mean(axis=0), parts[0][0].std(axis=0)
    (learn, truth), (unseen, wanted) = (((x - mean) / deviation, y) for x, y in parts)
    return LogisticRegression(max_iter=1000).fit(learn, truth).score(unseen, wanted)


def agreement(found):
    first, second = (found[sensor].probabilities for sensor in BOTH)
    return np.minimum(first, second).sum(axis=1).mean()


def mean_of(score, runs):
    return np.mean([score(found) for found, _ in runs])


def test_classification_alone_learns_the_classes_of_both_sensors(trained):
    for _, log in trained("c"):
        assert log.rows[-1]["classification/s1"] < 0.2
        assert log.rows[-1]["classification/s2"] < 0.2


def test_the_modality_loss_lowers_what_a_linear_probe_tells_of_the_sensor(trained):
    assert mean_of(probe, trained("c_m")) < mean_of(probe, trained("c")) - 0.1


def test_the_triplet_loss_raises_the_agreement_of_the_sensors(trained):
    assert mean_of(agreement, trained("c_t")) > mean_of(agreement, trained("c")) + 0.01


def test_with_the_sign_of_the_reversal_flipped_the_modality_accuracy_rises(
    trained, planted, monkeypatch
):
    usual = [log.rows[-1]["modality_accuracy"] for _, log in trained("c_m")]
    monkeypatch.setattr(networks, "reverse", lambda x, factor: reverse(x, -factor))
    flipped = [train_one(planted, "c_m", seed)[1].rows[-1]["modality_accuracy"] for seed in SEEDS]

    assert max(usual) < 0.7
    assert min(flipped) > 0.95
