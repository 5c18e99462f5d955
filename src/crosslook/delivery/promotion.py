"""Which ensemble is best on split dev."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosslook.delivery.champion import NothingToPromote
from crosslook.ensemble.fusion import FusionRules, normalised
from crosslook.ensemble.naming import EQUAL, TUNED, promoted
from crosslook.errors import StaleError

ROWS = {"tuned": TUNED, "equal": EQUAL}
"""Fusion -> how results/evaluate.json calls it."""


@dataclass(frozen=True)
class Candidate:
    """One ensemble that the fusion study found."""

    detector: str
    fusion: str  # "tuned" or "equal"
    shares: dict[str, float]  # member -> weight, sum 1; 0 for one that is left out
    checkpoints: dict[str, int | str | None]
    rules: FusionRules | None
    ap: float  # on dev
    ar: float


def candidates(tuned: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[Candidate]:
    """The first ensemble of every detector in results/tune_fusion.json, tuned and equal."""
    found = []
    for detector, study in promoted(tuned).items():
        checkpoints = {one["translation"]: one["checkpoint"] for one in study["members"]}
        alike = normalised(dict.fromkeys(checkpoints, 1.0))
        for fusion, values, shares in (
            ("tuned", study, {name: float(study["weights"][name]) for name in checkpoints}),
            ("equal", study["equal"], alike),
        ):
            scores = float(values["ap"]), float(values["ar"])
            rules = _rules(values)
            found.append(Candidate(detector, fusion, shares, checkpoints, rules, *scores))
    return found


def best(found: Sequence[Candidate]) -> Candidate:
    """The highest AP on dev, then the highest AR; the first named when equal.

    Raises:
        NothingToPromote: if there is none.
    """
    if not found:
        raise NothingToPromote("results/tune_fusion.json holds no ensemble: run 'make repro'.")
    return max(found, key=lambda one: (one.ap, one.ar))


def scores_on_test(
    candidate: Candidate, table: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, float]]:
    """Protocol -> what results/evaluate.json says of this ensemble on split test.

    Raises:
        StaleError: if it has no row there.
    """
    rows = [
        row
        for row in table
        if row["detector"] == candidate.detector and row["translation"] == ROWS[candidate.fusion]
    ]
    if not rows:
        raise StaleError(
            f"results/evaluate.json has no row {ROWS[candidate.fusion]!r} of {candidate.detector}: "
            "run 'make repro'."
        )
    scores = ("ap", "ap_low", "ap_high", "ap50", "ap75", "ar")
    return {row["protocol"]: {score: row[score] for score in scores} for row in rows}


def _rules(values: Mapping[str, Any]) -> FusionRules | None:
    if values["iou_threshold"] is None:
        return None
    return FusionRules(values["iou_threshold"], values["skip_threshold"], values["confidence"])
