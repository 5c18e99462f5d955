"""What the scores of a model would be on other scenes: the replicates of a bootstrap, by name."""

from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from crosslook.classifier.predictions import PartPredictions
from crosslook.classifier.tabulating import ENDS, PROBE
from crosslook.scores import f1
from crosslook.scores.grouped import group_sums, mean_replicates
from crosslook.scores.homogeneity import intersections
from crosslook.scores.matching import Floats, Integers
from crosslook.scores.probe import Probe, sensor_probe


def replicates_of(found: PartPredictions, drawn: Integers, seed: int) -> dict[str, Floats]:
    """(R,) of each score that is compared, by the names of ``tabulating.rows_of``.

    NaN in a draw where a score is not defined. Replicates of the probe's accuracy are of the two
    probes as they were fitted: none is fitted anew.

    Args:
        found: predictions of the sensors for the same places.
        drawn: (R, G) from ``grouped.group_draws`` of their scenes.
        seed: of the probe's folds.
    """
    sensors = sorted(found.probabilities)
    made: dict[str, Floats] = {}
    for sensor, (reading, end) in product(sensors, ENDS.items()):
        said = f1.counts(found.probabilities[sensor], found.shares, true=f1.READINGS[reading])
        summed = f1.replicated(f1.by_group(said, found.scenes), drawn)
        for name, values in (("macro", f1.macro(summed)), ("weighted", f1.weighted(summed))):
            made[f"{name}{end}/{sensor}"] = np.where(values < 0, np.nan, values)
    for a, b in combinations(sensors, 2):
        for name in ("macro", "weighted"):
            made[f"gap_{name}/{a}-{b}"] = made[f"{name}/{b}"] - made[f"{name}/{a}"]
        each = intersections(found.probabilities[a], found.probabilities[b])
        made[f"s/{a}-{b}"] = mean_replicates(each, found.scenes, drawn)
    if len(found.embeddings) > 1 and len(set(found.scenes)) > 1:
        groups = dict.fromkeys(found.embeddings, found.scenes)
        probe = sensor_probe(found.embeddings, groups, seed=seed)
        made[PROBE] = _of_probe(probe, found.scenes, drawn)
    return made


def _of_probe(probe: Probe, scenes: tuple[str, ...], drawn: Integers) -> Floats:
    """The mean of the two folds' accuracies; of one, where a draw has no scene of the other."""
    found = np.mean([right.astype(np.float64) for right in probe.right.values()], axis=0)
    fold = next(iter(probe.held_out.values()))  # the same for all sensors, whose rows are aligned
    number = {scene: i for i, scene in enumerate(dict.fromkeys(scenes))}
    folds = []
    for half in (0, 1):
        rows = np.flatnonzero(fold == half)
        inside = [scenes[i] for i in rows]
        weights = drawn[:, [number[scene] for scene in dict.fromkeys(inside)]]
        patches = weights @ group_sums(np.ones(len(rows), np.int64), inside)
        hits = weights @ group_sums(found[rows], inside)
        folds.append(_ratio(hits, patches))
    mean: Floats = np.nanmean(folds, axis=0)
    return mean


def _ratio(above: Floats, below: npt.NDArray[np.int64]) -> Floats:
    ratio: Floats = np.full(len(above), np.nan)
    np.divide(above, below, out=ratio, where=below > 0)
    return ratio
