"""Units of work for the engine: fuse some detectors in every fold of one repeat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosslook.ensemble.folding import Fold
from crosslook.ensemble.fusion import Answers, FusionRules, fuse_images, normalised
from crosslook.ensemble.labelled import Rows, only
from crosslook.ensemble.problem import patch_sizes
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.patches.boxes import Detections, to_coco_results


@dataclass(frozen=True)
class FuseJob:
    """The folds of one repeat, and what the members chosen in each of them saw on all images."""

    detector: str
    ensemble: str
    repeat: int
    ground_truth: Mapping[str, Any]
    folds: Sequence[Fold]
    answers: Sequence[Answers]  # one per fold
    params: TuneFusionParams
    seeds: Sequence[int]  # one per fold


@dataclass(frozen=True)
class Fused:
    """What the ensemble saw in the images that the folds held out."""

    detector: str
    ensemble: str
    repeat: int
    tuned: Rows
    equal: Rows


def run_fuse(job: FuseJob) -> Fused:
    """In every fold, tune the fusion on the images it learns from and fuse those it holds out."""
    from crosslook.ensemble.tuning import tune

    sizes = patch_sizes(job.ground_truth)
    tuned: dict[int, Detections] = {}
    equal: dict[int, Detections] = {}
    for fold, answers, seed in zip(job.folds, job.answers, job.seeds, strict=True):
        members = list(answers)
        truth = only(job.ground_truth, fold.learn)
        learnt = {name: {i: answers[name][i] for i in fold.learn} for name in members}
        best = tune(learnt, members, truth, job.params, seed, quickly=True).best
        held = {name: {i: answers[name][i] for i in fold.hold} for name in members}
        places = {image: sizes[image] for image in fold.hold}
        alike = normalised(dict.fromkeys(members, 1.0))
        untuned = FusionRules(confidence=job.params.confidence)
        tuned |= fuse_images(held, best.weights, places, best.rules, job.params.backend)
        equal |= fuse_images(held, alike, places, untuned, job.params.backend)
    rows = to_coco_results(tuned), to_coco_results(equal)
    return Fused(job.detector, job.ensemble, job.repeat, *rows)
