"""Rows and latent spaces of land-cover models, as their study makes them."""

import pytest

PAIR = "s1-s2"
NAMES = [
    *(
        f"{name}{end}/{sensor}"
        for name in ("macro", "weighted")
        for end in ("", "_at_least_10")
        for sensor in ("s1", "s2")
    ),
    *(f"{name}/{PAIR}" for name in ("gap_macro", "gap_weighted", "s", "s_shuffled")),
    *(f"s_against_labels/{sensor}" for sensor in ("s1", "s2")),
    *(f"{name}/{PAIR}" for name in ("s_constant", "s_constant_against_labels")),
    "probe",
]


def _scored(value, seeds=2):
    return {
        "mean": value,
        "interval": [value - 0.125, value + 0.125],
        "range": [value - 0.0625, value + 0.0625],
        "seeds": [value - 0.0625, value + 0.0625][:seeds],
    }


def _row(configuration, trained_on=400, value=0.5, seeds=2, **own):
    scores = {name: _scored(value, seeds) for name in NAMES}
    if configuration == "baseline":
        del scores["probe"]
    scores |= {name: _scored(one, seeds) for name, one in own.items()}
    return {
        "configuration": configuration,
        "samples": 0 if trained_on == 400 else trained_on,
        "trained_on": trained_on,
        "patches": 200,
        "scenes": 8,
        "seeds": list(range(seeds)),
        "sensors": ["s1", "s2"],
        "scores": scores,
    }


def _view(configuration, patches=12, reason=None):
    points = [[float(i), float(i % 3)] for i in range(patches)]
    return {
        "configuration": configuration,
        "samples": 0,
        "seed": 0,
        "probe": {"accuracy": 0.75, "chance": 0.5},
        "patches": patches,
        "scenes": 4,
        "classes": ["forest", "water", "moon"],
        "main": [i % 3 for i in range(patches)],
        "points": {} if reason else {"s1": points, "s2": [[x, y + 1] for x, y in points]},
        "explained": None if reason else [0.75, 0.125],
        "reason": reason,
    }


@pytest.fixture(scope="session")
def land_cover_row():
    return _row


@pytest.fixture(scope="session")
def latent_view():
    return _view
