"""The scores of one model, or of one baseline per sensor, on patches that were held out."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from crosslook.classifier.predictions import PartPredictions
from crosslook.scores import f1
from crosslook.scores.bootstrap import difference, interval
from crosslook.scores.grouped import group_draws, mean_replicates
from crosslook.scores.homogeneity import Distributions, controls, homogeneity, intersections
from crosslook.scores.matching import Floats, Integers
from crosslook.scores.probe import sensor_probe

Record = dict[str, Any]
READING = "above_30"  # of the truth, for what is compared


def score(found: PartPredictions, replicates: int, seed: int) -> Record:
    """F1 of each sensor, and of each two of them gap and homogeneity, with their intervals.

    Intervals are over scenes, and differences between sensors are paired. With one scene there is
    none.

    Args:
        found: predictions of the sensors for the same places.
        replicates: of the bootstrap.
        seed: of its draws; equal seeds pair models that were tested on the same places.
    """
    drawn = group_draws(found.scenes, replicates, seed)
    sensors = sorted(found.probabilities)
    record: Record = {
        "patches": len(found.shares),
        "scenes": len(set(found.scenes)),
        "sensors": {sensor: _sensor(found, sensor, drawn) for sensor in sensors},
        "pairs": [_pair(found, pair, drawn, seed) for pair in combinations(sensors, 2)],
        "probe": None,
    }
    if len(found.embeddings) > 1 and len(set(found.scenes)) > 1:
        groups = dict.fromkeys(found.embeddings, found.scenes)
        probe = sensor_probe(found.embeddings, groups, seed=seed)
        record["probe"] = {"accuracy": probe.accuracy, "chance": probe.chance, "folds": probe.folds}
    return record


def _sensor(found: PartPredictions, sensor: str, drawn: Integers) -> Record:
    prediction = found.probabilities[sensor]
    record: Record = {"kl": divergence(prediction, found.shares)}
    for reading, true in f1.READINGS.items():
        scored = f1.f1(prediction, found.shares, true=true)
        replicates = _replicates(found, sensor, reading, drawn)
        scenes = drawn.shape[1]
        record[reading] = {
            "macro": scored.macro,
            "macro_interval": _interval(replicates["macro"], scenes),
            "macro_absent_zero": scored.macro_absent_zero,
            "weighted": scored.weighted,
            "weighted_interval": _interval(replicates["weighted"], scenes),
            "per_class": dict(zip(found.classes, scored.per_class, strict=True)),
            "support": dict(zip(found.classes, scored.support, strict=True)),
            "absent": [found.classes[i] for i in scored.absent],
        }
    return record


def _pair(found: PartPredictions, pair: Sequence[str], drawn: Integers, seed: int) -> Record:
    first, second = (found.probabilities[sensor] for sensor in pair)
    each = intersections(first, second)
    about = controls(
        {sensor: found.probabilities[sensor] for sensor in pair}, found.shares, seed=seed
    )
    return {
        "sensors": list(pair),
        "gap": {name: _gap(found, pair, name, drawn) for name in ("macro", "weighted")},
        "homogeneity": {
            "s": homogeneity(first, second),
            "interval": _interval(mean_replicates(each, found.scenes, drawn), drawn.shape[1]),
            "against_labels": dict(about.against_labels),
            "shuffled": about.shuffled,
            "shuffled_deviation": about.shuffled_deviation,
            "constant": about.constant,
            "constant_against_labels": about.constant_against_labels,
        },
    }


def _gap(found: PartPredictions, pair: Sequence[str], name: str, drawn: Integers) -> Record | None:
    """F1 of the second sensor minus that of the first."""
    true = f1.READINGS[READING]
    low, high = (
        getattr(f1.f1(found.probabilities[sensor], found.shares, true=true), name)
        for sensor in pair
    )
    if low is None or high is None:
        return None
    a, b = (_replicates(found, sensor, READING, drawn)[name] for sensor in reversed(pair))
    gap = difference(a, b, high - low, drawn.shape[1])
    alone = drawn.shape[1] < 2
    return {"value": gap.difference, "interval": None if alone else [gap.low, gap.high]}


def _replicates(
    found: PartPredictions, sensor: str, reading: str, drawn: Integers
) -> Mapping[str, Floats]:
    each = f1.counts(found.probabilities[sensor], found.shares, true=f1.READINGS[reading])
    summed = f1.replicated(f1.by_group(each, found.scenes), drawn)
    return {"macro": f1.macro(summed), "weighted": f1.weighted(summed)}


def _interval(values: Floats, scenes: int) -> list[float] | None:
    """The 95 % interval of replicates; None of a single scene, or where nothing is defined."""
    if scenes < 2 or not (values >= 0).any():
        return None
    return list(interval(values, scenes))


def divergence(prediction: Distributions, shares: Distributions) -> float:
    """Mean KL(label || prediction) over the patches, in nats: eq. (1), without any threshold."""
    p, y = prediction.astype(np.float64), shares.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(y > 0, y * np.log(y / np.maximum(p, 1e-30)), 0.0)
    return float(terms.sum(axis=1).mean())
