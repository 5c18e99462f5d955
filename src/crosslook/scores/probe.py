"""How well a linear probe tells the sensor from an embedding: what is left of it in there."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from crosslook.scores.features import Features
from crosslook.scores.matching import Floats, Integers


@dataclass(frozen=True)
class Probe:
    """Accuracy of a logistic regression for the sensor, on groups it has not seen."""

    accuracy: float  # 0..1, mean over the sensors of the share found; chance is 1 / sensors
    chance: float
    folds: tuple[float, float]  # the accuracy on each half of the groups
    n: Mapping[str, int]  # embeddings of each sensor
    # Of each sensor, (N): which rows were found, and in which fold (0 or 1) they were held out.
    right: Mapping[str, npt.NDArray[np.bool_]] = field(compare=False)
    held_out: Mapping[str, Integers] = field(compare=False)


def sensor_probe(
    embeddings: Mapping[str, Features],
    groups: Mapping[str, Sequence[Hashable]],
    strength: float = 1.0,
    seed: int = 0,
) -> Probe:
    """Cross-validate a logistic regression for the sensor, in two folds of whole groups.

    Embeddings of one group (a scene) are in one fold, whatever their sensor: else the probe could
    know the place. Features are standardised by the fold that it learns from. The accuracy is
    balanced, the mean over sensors of the share that was found, so that a sensor with more patches
    does not raise it.

    Args:
        embeddings: sensor -> (N, D), two sensors or more; N may differ.
        groups: sensor -> (N) the group of each row.
        strength: inverse of the L2 penalty, scikit-learn's C.
        seed: of which groups make a fold.

    Raises:
        ValueError: if there is one sensor, D differs, a value is not finite, a row has no group,
            or a fold lacks a sensor.
    """
    names = list(embeddings)
    values, sensor, places = _stacked(embeddings, groups)
    half = _halves(places, seed)
    right = np.zeros(len(sensor), np.bool_)
    accuracies = []
    for held_out in (0, 1):
        learn, test = half != held_out, half == held_out
        for part in (learn, test):
            if missing := [n for i, n in enumerate(names) if not (sensor[part] == i).any()]:
                raise ValueError(
                    f"no embedding of {missing[0]} in one half of the {len(set(places))} groups: "
                    "give every sensor patches of several groups."
                )
        mean, deviation = values[learn].mean(axis=0), values[learn].std(axis=0)
        scaled = (values - mean) / np.where(deviation > 0, deviation, 1.0)
        judge = LogisticRegression(C=strength, class_weight="balanced", max_iter=1000)
        found = judge.fit(scaled[learn], sensor[learn]).predict(scaled[test])
        right[test] = found == sensor[test]
        each = [right[test & (sensor == i)].mean() for i in range(len(names))]
        accuracies.append(float(np.mean(each)))
    return Probe(
        accuracy=float(np.mean(accuracies)),
        chance=1 / len(names),
        folds=(accuracies[0], accuracies[1]),
        n={name: len(embeddings[name]) for name in names},
        right={name: right[sensor == i] for i, name in enumerate(names)},
        held_out={name: half[sensor == i] for i, name in enumerate(names)},
    )


def _stacked(
    embeddings: Mapping[str, Features], groups: Mapping[str, Sequence[Hashable]]
) -> tuple[Floats, Integers, list[Hashable]]:
    if len(embeddings) < 2 or embeddings.keys() != groups.keys():
        raise ValueError(
            f"need two sensors or more, and groups of each: embeddings of {sorted(embeddings)}, "
            f"groups of {sorted(groups)}."
        )
    shapes = {name: features.shape for name, features in embeddings.items()}
    if any(len(s) != 2 for s in shapes.values()) or len({s[1] for s in shapes.values()}) > 1:
        raise ValueError(f"expected (N, D) with one D for all sensors, got {shapes}.")
    if uneven := [name for name in shapes if shapes[name][0] != len(groups[name])]:
        raise ValueError(
            f"{uneven[0]}: {shapes[uneven[0]][0]} embeddings, but {len(groups[uneven[0]])} groups."
        )
    values = np.concatenate([np.asarray(f, np.float64) for f in embeddings.values()])
    if not np.isfinite(values).all():
        raise ValueError("embeddings hold values that are not finite: did the training diverge?")
    sensor = np.repeat(np.arange(len(shapes)), [s[0] for s in shapes.values()])
    return values, sensor, [place for of_one in groups.values() for place in of_one]


def _halves(groups: Sequence[Hashable], seed: int) -> Integers:
    """0 or 1 for each row: groups in random order, the first ones that hold half of the rows."""
    number = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    if len(number) < 2:
        raise ValueError(f"two folds need >= 2 groups, got {len(number)}.")
    row = np.array([number[group] for group in groups])
    order = np.random.default_rng(seed).permutation(len(number))
    before = np.cumsum(np.bincount(row)[order]) - np.bincount(row)[order]
    second = np.zeros(len(number), np.int64)
    second[order] = before >= len(row) / 2
    if not second.any():  # one group holds more than half
        second[order[-1]] = 1
    return np.asarray(second[row])
