"""Land-cover patches at their smallest, and a task in which each loss has something to do."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from crosslook.classifier.settings import NetworkSettings, TrainingSettings

BANDS = {"s1": 2, "s2": 5}


@dataclass(frozen=True)
class Patches:
    sensors: dict
    shares: np.ndarray
    classes: tuple
    places: tuple
    scenes: tuple
    positions: np.ndarray | None = None


def plant(count, seed, size=8, classes=3, bands=BANDS):
    """Each pixel is of a class drawn by the shares; a class has a mean of its own in each band."""
    rng, means = np.random.default_rng(seed), np.random.default_rng(99)
    shares = rng.dirichlet([0.3] * classes, count)
    sensors = {}
    for sensor, number in bands.items():
        of_class = means.normal(size=(classes, number))
        drawn = [rng.choice(classes, size=(size, size), p=row) for row in shares]
        pixels = of_class[np.stack(drawn)].transpose(0, 3, 1, 2)
        pixels = pixels + rng.normal(size=pixels.shape)
        mean, deviation = (f(pixels, axis=(0, 2, 3), keepdims=True) for f in (np.mean, np.std))
        sensors[sensor] = ((pixels - mean) / deviation).astype(np.float32)
    names = tuple(f"place{i}" for i in range(count))
    return Patches(sensors, shares.astype(np.float32), tuple("abcdefgh"[:classes]), names, names)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def planted():
    return plant


@pytest.fixture
def tiny():
    return NetworkSettings("tiny")


@pytest.fixture
def training():
    def build(**values):
        every = {"steps": 6, "batch": 4, "save_every": 2, "log_every": 2, "precision": "float32"}
        return TrainingSettings(**(every | values))

    return build


@pytest.fixture
def radiometry():
    """What the planted numbers are said to mean."""
    return {
        sensor: {
            "bands": [f"{sensor}_{i}" for i in range(bands)],
            "clip": [[-25.0, 0.0]] * bands,
            "mean": [0.0] * bands,
            "std": [1.0] * bands,
            "unit": "sigma0_db",
        }
        for sensor, bands in BANDS.items()
    }
