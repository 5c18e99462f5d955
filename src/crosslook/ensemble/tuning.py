"""Which weights and thresholds fuse several detectors best on the dev images.

A trial is one call of compiled code (``problem``), which equals pycocotools to 1e-12; the numbers
that are handed on are pycocotools' own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from crosslook.ensemble import study
from crosslook.ensemble.fusion import Answers, FusionRules, fuse_images, normalised
from crosslook.ensemble.importance import importances
from crosslook.ensemble.problem import (
    FusionProblem,
    patch_sizes,
    prepare_fusion,
    score_detections,
    score_fusion,
)
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.ensemble.space import THRESHOLDS, shares
from crosslook.ensemble.study import Score, Trial
from crosslook.errors import InputError
from crosslook.patches.boxes import to_coco_results
from crosslook.scores.average_precision import count_objects, evaluate


@dataclass(frozen=True)
class Fusion:
    """One way to make one answer of several, and what it scores on dev."""

    answer: Literal["single member", "equal fusion", "tuned fusion"]
    weights: dict[str, float]  # sum 1; 0 for a member that is left out
    rules: FusionRules | None  # None: the one member with a weight, as it is
    score: Score


@dataclass(frozen=True)
class Tuned:
    """What the study found."""

    best: Fusion
    equal: Fusion  # the untuned control: equal weights, IoU .55, nothing skipped
    singles: dict[str, Score]
    best_single: str  # the member with the highest AP
    trials: list[Trial]


def tune(
    answers: Answers,
    members: Sequence[str],
    ground_truth: Mapping[str, Any],
    params: TuneFusionParams,
    seed: int,
    journal: Path | None = None,
    quickly: bool = False,
) -> Tuned:
    """Search the fusion with the highest AP + AR100 on the images of ``ground_truth``.

    Candidates are every member alone, equal weights, and all trials. Of those whose AP is not
    below the best single member's, the highest AP + AR100 wins, and the simpler one when equal: so
    the answer's AP is at least that of the best single member, on these images.

    Args:
        answers: member -> image id -> its detections, for every image of ``ground_truth``.
        members: whose answers are fused; others in ``answers`` are left out.
        ground_truth: a COCO data set.
        params: trials and the searched ranges; its ``ensembles`` are not looked at.
        seed: of the sampler.
        journal: where the trials are kept; a study of other inputs needs another journal. None
            keeps them in memory only.
        quickly: take all scores from compiled code, which equals pycocotools to 1e-12: for those
            who tune in many folds and hand on no score.

    Raises:
        InputError: if the images have no object, so that nothing can be compared.
    """
    if not count_objects(ground_truth):
        raise InputError(
            "the dev images have no labelled object, so no fusion is better than another: "
            "give the dev split a scene with labels."
        )
    sizes = patch_sizes(ground_truth)
    problem = prepare_fusion(answers, ground_truth, members, params.backend)

    def referee(weights: Mapping[str, float], rules: FusionRules | None) -> Score:
        if quickly and rules:
            return quick_score(problem, weights, rules)
        fused = fuse_images(answers, weights, sizes, rules, params.backend)
        statistics = (
            score_detections(problem.truth, fused)
            if quickly
            else evaluate(ground_truth, to_coco_results(fused))
        )
        return Score(statistics["AP"], statistics["AR100"])

    def quick(values: Mapping[str, float]) -> Score:
        return quick_score(problem, *_fusion(values, members, params))

    trials = study.run(quick, members, params, seed, journal)
    singles = {name: referee({name: 1.0}, None) for name in members}
    best_single = max(members, key=lambda name: (singles[name].ap, singles[name].ar))
    alone = {name: float(name == best_single) for name in members}
    alike = normalised(dict.fromkeys(members, 1.0))
    untuned = FusionRules(confidence=params.confidence)

    best = Fusion("single member", alone, None, singles[best_single])
    equal = Fusion("equal fusion", alike, untuned, referee(alike, untuned))
    floor = best.score.ap
    if equal.score.ap >= floor and equal.score.value > best.score.value:
        best = equal
    for trial in sorted(trials, key=lambda trial: -trial.score.value):
        if trial.score.value <= best.score.value + 1e-12:
            break
        weights, rules = _fusion(trial.params, members, params)
        if trial.ap >= floor and (score := referee(weights, rules)).ap >= floor:
            best = Fusion("tuned fusion", weights, rules, score)
            break
    return Tuned(best, equal, singles, best_single, trials)


def record(tuned: Tuned, checkpoints: Mapping[str, int | str | None]) -> dict[str, Any]:
    """What stands in results/tune_fusion.json for one ensemble; weights have the sum 1.

    Args:
        tuned: from ``tune``.
        checkpoints: member -> the training step of its translator, None without one.
    """
    best, rules = tuned.best, tuned.best.rules
    trials = [_trial(trial) for trial in tuned.trials]
    return {
        "members": [
            {"translation": name, "checkpoint": checkpoints[name], **asdict(score)}
            for name, score in tuned.singles.items()
        ],
        "answer": best.answer,
        "weights": best.weights,
        "iou_threshold": rules.iou_threshold if rules else None,
        "skip_threshold": rules.skip_threshold if rules else None,
        "confidence": rules.confidence if rules else None,
        **asdict(best.score),
        "equal": {**asdict(tuned.equal.rules or FusionRules()), **asdict(tuned.equal.score)},
        "best_single": {
            "translation": tuned.best_single,
            **asdict(tuned.singles[tuned.best_single]),
        },
        "importance": importances(trials),
        "trials": trials,
    }


def quick_score(problem: FusionProblem, weights: Mapping[str, float], rules: FusionRules) -> Score:
    """What one trial is worth; equal to pycocotools to 1e-12."""
    statistics = score_fusion(problem, weights, rules)
    return Score(statistics["AP"], statistics["AR100"])


def _fusion(
    values: Mapping[str, float], members: Sequence[str], params: TuneFusionParams
) -> tuple[dict[str, float], FusionRules]:
    """Weights of sum 1, and rules, from a point of the search."""
    rules = FusionRules(values["iou_threshold"], values["skip_threshold"], params.confidence)
    return shares(values, members, params), rules


def _trial(trial: Trial) -> dict[str, Any]:
    weights = {f"weight/{name}": share for name, share in trial.weights.items()}
    return {
        "number": trial.number,
        "params": weights | {name: trial.params[name] for name in THRESHOLDS},
        "value": trial.score.value,
        **asdict(trial.score),
    }
