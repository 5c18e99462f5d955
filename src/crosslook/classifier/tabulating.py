"""The rows of a study's table: each score's mean over seeds, and how far the seeds lie apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from crosslook.classifier.configurations import shown_as
from crosslook.scores.f1 import READINGS

Record = dict[str, Any]
Value = tuple[float | None, list[float] | None]  # a score of one model, and its interval
Name = tuple[str, int]  # of a row: configuration, number of samples

PROBE = "probe"  # accuracy of the linear probe for the sensor
ENDS = {reading: f"_{reading}" if i else "" for i, reading in enumerate(READINGS)}
"""Reading of the truth -> what stands behind the name of an F1; that which is compared: nothing."""


def rows_of(
    scores: Sequence[Mapping[str, Any]],
    trainings: Sequence[Mapping[str, Any]],
    part: str = "test",
) -> list[Record]:
    """One row per configuration and number of samples.

    A row's ``scores`` are named "macro/s1", "weighted_at_least_10/s2", "gap_macro/s1-s2" (the
    second sensor minus the first), "s/s1-s2" (homogeneity), "s_against_labels/s1",
    "s_shuffled/s1-s2" and so on, and "probe". Each has the ``mean`` over seeds, the ``range`` from
    the lowest to the highest, the values of the ``seeds``, and an ``interval``: that of the model
    where there is one seed, None of several, which ``comparing.compare`` knows.

    Args:
        scores: records of ``studying.score_members``.
        trainings: a record of each model, with ``configuration``, ``samples`` and ``patches``.
        part: of the patches that were held out.
    """
    taught = {(shown_as(one["configuration"]), one["samples"]): one["patches"] for one in trainings}
    rows = []
    for name in dict.fromkeys((one["configuration"], one["samples"]) for one in scores):
        mine = [one for one in scores if (one["configuration"], one["samples"]) == name]
        found = mine[0][part]
        rows.append(
            {
                "configuration": name[0],
                "samples": name[1],
                "trained_on": taught[name],
                "patches": found["patches"],
                "scenes": found["scenes"],
                "seeds": [one["seed"] for one in mine],
                "sensors": sorted(found["sensors"]),
                "scores": _pooled([values_of(one[part]) for one in mine]),
            }
        )
    return rows


def values_of(found: Mapping[str, Any]) -> dict[str, Value]:
    """The scores of one model, by the names of ``rows_of``, from a record of ``scoring.score``."""
    made: dict[str, Value] = {}
    for sensor, scored in found["sensors"].items():
        for reading, end in ENDS.items():
            for name in ("macro", "weighted"):
                one = scored[reading]
                made[f"{name}{end}/{sensor}"] = one[name], one[f"{name}_interval"]
    for pair in found["pairs"]:
        both, alike = "-".join(pair["sensors"]), pair["homogeneity"]
        for name, gap in pair["gap"].items():
            made[f"gap_{name}/{both}"] = (gap["value"], gap["interval"]) if gap else (None, None)
        made[f"s/{both}"] = alike["s"], alike["interval"]
        for sensor, value in alike["against_labels"].items():
            made[f"s_against_labels/{sensor}"] = value, None
        for name in ("shuffled", "constant", "constant_against_labels"):
            made[f"s_{name}/{both}"] = alike[name], None
    if found["probe"]:
        made[PROBE] = found["probe"]["accuracy"], None
    return made


def _pooled(seeds: Sequence[Mapping[str, Value]]) -> dict[str, Record]:
    """Each score over the seeds; it has no mean if a seed lacks it."""
    made = {}
    for name, (_, interval) in seeds[0].items():
        values = [one[name][0] if name in one else None for one in seeds]
        known = [value for value in values if value is not None]
        whole = len(known) == len(values)
        made[name] = {
            "mean": sum(known) / len(known) if whole else None,
            "interval": interval if len(seeds) == 1 else None,
            "range": [min(known), max(known)] if whole else None,
            "seeds": values,
        }
    return made
