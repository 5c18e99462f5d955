"""What pruning saves, and what it costs in AP, on simulated translations.

    python benchmarks/pruning.py

A translation has C checkpoints whose true AP is 0.25 with a standard deviation of 0.1. A score
follows it with a given correlation. What is measured on dev differs from the truth by noise of its
own, so that the 95 % interval of a paired difference is about as wide as on 60 images; a bootstrap
moves the same way. Printed are the share of trainings that are saved, and the true AP that is lost
against training on all and choosing by the same measured AP; beside them, what is lost by training
on the same number of checkpoints at random.
"""

import argparse
from dataclasses import dataclass

import numpy as np

from crosslook.detectors.prune_settings import Prune
from crosslook.detectors.pruning import Measured, Plan, halve, sets
from crosslook.scores.matching import Floats

MEAN, SPREAD, NOISE, DRAWS, SCENES = 0.25, 0.1, 0.012, 200, 16
SCORE = "survival"  # any score whose higher end is the better one


@dataclass(frozen=True)
class Outcome:
    """Means over translations."""

    saved: float  # share of trainings
    lost: float  # true AP
    lost_at_random: float


def outcome(c: int, correlation: float, settings: Prune, times: int, seed: int) -> Outcome:
    """Prune ``times`` simulated translations of ``c`` checkpoints each."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(times):
        z = rng.normal(size=c)
        score = correlation * z + np.sqrt(1 - correlation**2) * rng.normal(size=c)
        truth = np.clip(MEAN + SPREAD * z, 0, 1)
        seen = truth + NOISE * rng.normal(size=c)
        draws = seen[:, None] + NOISE * rng.normal(size=(c, DRAWS))
        found.append(_once(score, truth, seen, draws, settings, rng))
    return Outcome(*np.mean(found, axis=0).tolist())


def _once(
    score: Floats,
    truth: Floats,
    seen: Floats,
    draws: Floats,
    settings: Prune,
    rng: np.random.Generator,
) -> tuple[float, float, float]:
    order = [int(i) for i in np.argsort(-score)]
    plan = Plan(tuple(order), tuple(score[order].tolist()), sets(len(order), settings))

    def measure(pair: tuple[str, int | str | None]) -> Measured:
        i = int(pair[1] or 0)
        return Measured(float(seen[i]), draws[i])

    course = halve(plan, ["one"], len, measure, SCENES)["one"]
    best = truth[np.argmax(seen)]
    trained = np.array([int(i or 0) for i in course.trained])
    by_chance = rng.permutation(len(order))[: len(trained)]
    return (
        len(course.pruned) / len(order),
        float(best - truth[trained[np.argmax(seen[trained])]]),
        float(best - truth[by_chance[np.argmax(seen[by_chance])]]),
    )


def main() -> None:
    """Print one line per number of checkpoints, smallest set and correlation."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=400, help="simulated translations per line")
    arguments = parser.parse_args()
    print(f"{'C':>3}{'least':>7}{'correlation':>13}{'saved':>8}{'AP lost':>9}{'at random':>11}")
    for c in (8, 20):
        for least in (2, 3):
            for correlation in (0.0, 0.5, 0.8, 0.95):
                settings = Prune(score=SCORE, least=least)
                one = outcome(c, correlation, settings, arguments.times, 0)
                print(
                    f"{c:>3}{least:>7}{correlation:>13.2f}{one.saved:>8.0%}{one.lost:>9.3f}"
                    f"{one.lost_at_random:>11.3f}"
                )


if __name__ == "__main__":
    main()
