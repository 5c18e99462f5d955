"""Which land-cover model is best on split dev.

Candidates are the models that take every sensor, of any configuration, number of samples and seed.
They are rated by the mean over sensors of the weighted F1 on dev.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from crosslook.classifier.configurations import OF_ONE_SENSOR
from crosslook.classifier.scoring import READING
from crosslook.classifier.studying import Member
from crosslook.delivery.champion import NothingToPromote

Scores = dict[str, Any]
KEYS = ("weighted", "weighted_interval", "macro", "macro_interval")


@dataclass(frozen=True)
class Candidate:
    """One model, and its F1 of each sensor and in the mean."""

    member: Member
    dev: Scores
    test: Scores

    @property
    def f1(self) -> float:
        """What is compared: the weighted F1 on dev, mean over sensors."""
        return float(self.dev["weighted"])


def candidates(records: Sequence[Mapping[str, Any]]) -> list[Candidate]:
    """The models that can be promoted.

    Args:
        records: ``scores`` of results/train_classifier.json.

    Raises:
        NothingToPromote: if there is none, saying why.
    """
    if not records:
        raise _nothing("results/train_classifier.json names none that was trained.")
    able = [one for one in records if one["configuration"] not in OF_ONE_SENSOR.values()]
    if not able:
        raise _nothing("only models of one sensor each were trained.")
    able = [one for one in able if one.get("dev")]
    if not able:
        raise _nothing("none was scored on split dev: raise train_classifier.patches.dev_share.")
    found = [
        Candidate(
            Member(one["configuration"], one["samples"], one["seed"]),
            _scores(one["dev"]),
            _scores(one["test"]),
        )
        for one in able
    ]
    rated = [one for one in found if one.dev["weighted"] is not None]
    if not rated:
        raise _nothing("no class is above 30 % in any patch of split dev, so there is no F1.")
    return rated


def best(found: Sequence[Candidate]) -> Candidate:
    """The highest weighted F1 on dev, then the highest macro F1, then the first by name."""

    def order(one: Candidate) -> tuple[float, float, str]:
        macro = one.dev["macro"]
        return -one.f1, 0.0 if macro is None else -macro, one.member.name

    return min(found, key=order)


def _scores(part: Mapping[str, Any]) -> Scores:
    """F1 of one part of the patches; None in the mean where a sensor has none."""
    sensors = {
        sensor: {key: scored[READING][key] for key in KEYS}
        for sensor, scored in part["sensors"].items()
    }
    means: Scores = {}
    for key in ("weighted", "macro"):
        values = [one[key] for one in sensors.values()]
        means[key] = None if None in values else fmean(values)
    return means | {"sensors": sensors}


def _nothing(reason: str) -> NothingToPromote:
    return NothingToPromote(f"no land-cover model is promoted: {reason}")
