"""How alike the predictions of two sensors are for the same places, and what that is worth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crosslook.scores.matching import Floats

Distributions = npt.NDArray[np.floating]  # (N, K) rows that sum to 1
TOLERANCE = 1e-3  # of a row's sum; a softmax in half precision is this good


@dataclass(frozen=True)
class Controls:
    """What homogeneity has to be read against: alone it says nothing about quality."""

    against_labels: Mapping[str, float]  # sensor -> s of its predictions and the labels
    shuffled: float  # mean s of pairs of different places: agreement by the class prior alone
    shuffled_deviation: float  # over the shuffles
    constant: float  # s of two sensors that both answer the mean label: 1, and worth nothing
    constant_against_labels: float  # s of that answer and the labels


def homogeneity(first: Distributions, second: Distributions) -> float:
    """Mean histogram intersection of two sensors' predictions for the same places.

        s = 1/N sum_i sum_c min(p1_i(c), p2_i(c)) = 1 - 1/N sum_i 1/2 sum_c |p1_i(c) - p2_i(c)|

    which is 1 - the mean total variation distance, as the rows sum to 1.

    Source: Senchugova and Haensch, eq. (5).

    Args:
        first: (N, K) predictions of one sensor.
        second: (N, K) of the other, row by row for the same places.

    Returns:
        0 (no class in common) to 1 (equal). Two constant answers reach 1: see ``controls``.

    Raises:
        ValueError: if the shapes differ, there is no row, or a row is no distribution.
    """
    return float(intersections(first, second).mean())


def intersections(first: Distributions, second: Distributions) -> Floats:
    """The terms of ``homogeneity``, (N,), for intervals over scenes.

    Raises:
        ValueError: as ``homogeneity``.
    """
    if first.shape != second.shape or first.ndim != 2 or not first.size:
        raise ValueError(
            f"predictions {first.shape} and {second.shape} must have one shape (N, K), row by row "
            "for the same places."
        )
    for values in (first, second):
        require_distributions(values)
    common: Floats = np.minimum(first.astype(np.float64), second.astype(np.float64)).sum(axis=1)
    return common


def require_distributions(values: Distributions) -> None:
    """Refuse rows that are negative or do not sum to 1.

    Raises:
        ValueError: naming the first such row and its sum.
    """
    sums = values.sum(axis=1, dtype=np.float64)
    wrong = np.flatnonzero(~((abs(sums - 1) <= TOLERANCE) & (values >= 0).all(axis=1)))
    if len(wrong):
        raise ValueError(
            f"{len(wrong)} of {len(values)} rows are no distribution: row {wrong[0]} sums to "
            f"{sums[wrong[0]]:.4g} and has the least value {values[wrong[0]].min():.4g}. Expected "
            "values >= 0 with the sum 1: give probabilities after a softmax."
        )


def controls(
    predictions: Mapping[str, Distributions],
    labels: Distributions,
    shuffles: int = 20,
    seed: int = 0,
) -> Controls:
    """The three controls of the homogeneity of two sensors.

    Args:
        predictions: sensor -> (N, K), two of them, row by row for the same places.
        labels: (N, K) shares of the same places.
        shuffles: the second sensor's rows are put into so many random orders, in which no place
            keeps its own.
        seed: of the orders.

    Raises:
        ValueError: if there are not two sensors, fewer than two rows, or as ``homogeneity``.
    """
    if len(predictions) != 2 or shuffles < 1:
        raise ValueError(f"need two sensors and shuffles >= 1, got {len(predictions)}, {shuffles}.")
    first, second = predictions.values()
    if len(first) < 2:
        raise ValueError(f"shuffled pairs need >= 2 places, got {len(first)}.")
    rng = np.random.default_rng(seed)
    by_chance = [homogeneity(first, second[deranged(rng, len(first))]) for _ in range(shuffles)]
    constant = np.broadcast_to(labels.mean(axis=0, dtype=np.float64), labels.shape)
    return Controls(
        against_labels={name: homogeneity(p, labels) for name, p in predictions.items()},
        shuffled=float(np.mean(by_chance)),
        shuffled_deviation=float(np.std(by_chance)),
        constant=homogeneity(constant, constant),
        constant_against_labels=homogeneity(constant, labels),
    )


def deranged(rng: np.random.Generator, count: int) -> npt.NDArray[np.intp]:
    """An order of ``count`` rows that leaves none in its place: one random cycle through all."""
    cycle = rng.permutation(count)
    order = np.empty(count, np.intp)
    order[cycle] = np.roll(cycle, 1)
    return order
