"""Several detectors' boxes and the objects they should find, ready to be fused and scored often.

What no weight and no threshold changes is done once: boxes become shares of their image, sorted by
label, image, detector and score; objects become arrays. A trial then is one compiled call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosslook.ensemble.clustering_kernel import Shares
from crosslook.ensemble.fusion import Answers, FusionRules, fuse_images, inside, normalised, weigh
from crosslook.ensemble.ordering_kernel import Seen
from crosslook.ensemble.settings import Backend
from crosslook.ensemble.trial_kernel import Judging, run_trial
from crosslook.patches.boxes import Detections
from crosslook.scores import bootstrap, compiling, quick
from crosslook.scores.matching import (
    BOXES_PER_IMAGE,
    IOU_THRESHOLDS,
    RECALLS,
    Truth,
    prepare,
)
from crosslook.scores.matching_kernel import Objects


@dataclass(frozen=True)
class FusionProblem:
    """From ``prepare_fusion``."""

    members: tuple[str, ...]  # sorted
    answers: Answers
    sizes: Mapping[int, tuple[int, int]]
    truth: Truth
    backend: Backend
    packed: tuple[Seen, Objects] | None  # None: trials are not compiled


def prepare_fusion(
    answers: Answers,
    ground_truth: Mapping[str, Any],
    members: Sequence[str],
    backend: Backend = "compiled",
) -> FusionProblem:
    """Do once what every trial needs.

    Args:
        answers: detector -> image id -> its detections, for every image of ``ground_truth``.
        ground_truth: a COCO data set.
        members: the detectors to be fused.
        backend: as ``fusion.weighted_boxes_fusion``; all give the same scores.

    Raises:
        ValueError: as ``average_precision.evaluate``, or if a detection is NaN or infinite.
    """
    names = tuple(sorted(members))
    truth, sizes = prepare(ground_truth), patch_sizes(ground_truth)
    for name in names:
        for image in sizes:
            found = answers[name][image]
            if not (np.isfinite(found.boxes).all() and np.isfinite(found.scores).all()):
                raise ValueError(f"{name} has a box or score in image {image} that is not finite.")
    compile_it = backend == "compiled" and compiling.AVAILABLE
    packed = (_pack(answers, names, truth, sizes), quick.pack(truth)) if compile_it else None
    return FusionProblem(names, answers, sizes, truth, backend, packed)


def score_fusion(
    problem: FusionProblem, weights: Mapping[str, float], rules: FusionRules
) -> dict[str, float]:
    """AP, AP50, AP75 and AR100 of the members' boxes, fused: one trial.

    Equal to ``average_precision.evaluate`` on ``fusion.fuse_images`` to 1e-12, and the same bit
    for bit with every backend.

    Args:
        problem: from ``prepare_fusion``.
        weights: member -> trust, > 0; divided by their sum.
        rules: thresholds and confidence.

    Raises:
        ValueError: if a member has no weight, a weight no member, or a threshold is not a number
            from 0 on.
    """
    share = normalised(weights)
    if share.keys() != set(problem.members):
        raise ValueError(f"weights name {sorted(share)}, the members are {list(problem.members)}.")
    if not (rules.iou_threshold >= 0 and rules.skip_threshold >= 0):
        raise ValueError(f"thresholds must be >= 0, got {rules}.")
    if problem.packed is None:
        fused = fuse_images(problem.answers, share, problem.sizes, rules, problem.backend)
        return score_detections(problem.truth, fused)
    values = run_trial(
        *problem.packed,
        weigh(np.array([share[name] for name in problem.members]), rules.confidence),
        float(rules.iou_threshold),
        float(rules.skip_threshold),
        _JUDGING,
    )
    return dict(zip(bootstrap.STATISTICS, values, strict=True))


def score_detections(truth: Truth, detections: Mapping[int, Detections]) -> dict[str, float]:
    """AP, AP50, AP75 and AR100, compiled where numba is there; equal to pycocotools to 1e-12."""
    seen = [detections[image] for image in truth.image_ids]
    boxes = np.concatenate([one.boxes for one in seen]).astype(np.float64)
    return quick.statistics(
        truth,
        np.repeat(np.arange(len(seen)), [len(one) for one in seen]),
        np.concatenate([one.labels for one in seen]),
        np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1),
        np.concatenate([one.scores for one in seen]).astype(np.float64),
    )


def patch_sizes(ground_truth: Mapping[str, Any]) -> dict[int, tuple[int, int]]:
    """Image id -> (height, width) of a COCO data set."""
    return {row["id"]: (row["height"], row["width"]) for row in ground_truth["images"]}


_JUDGING = Judging(IOU_THRESHOLDS, len(RECALLS), BOXES_PER_IMAGE)


def _pack(
    answers: Answers,
    names: Sequence[str],
    truth: Truth,
    sizes: Mapping[int, tuple[int, int]],
) -> Seen:
    images, models = len(truth.image_ids), len(names)
    boxes, scores, slots = [np.zeros((0, 4))], [np.zeros(0)], [np.zeros(0, np.int64)]
    for place, image in enumerate(truth.image_ids):
        for model, name in enumerate(names):
            shares, score, labels = inside(answers[name][image], sizes[image])
            for k, category in enumerate(truth.categories):
                mine = np.flatnonzero(labels == category)
                boxes.append(shares[mine])
                scores.append(score[mine])
                slots.append(np.full(len(mine), (k * images + place) * models + model))
    slot, score = np.concatenate(slots), np.concatenate(scores)
    order = np.lexsort((-np.arange(len(slot)), -score, slot))
    x1, y1, x2, y2 = np.ascontiguousarray(np.concatenate(boxes)[order].T)
    slot = slot[order]
    start = np.searchsorted(slot, np.arange(len(truth.categories) * images * models + 1))
    height, width = np.array([sizes[image] for image in truth.image_ids], np.float64).T.copy()
    return Seen(Shares(x1, y1, x2, y2, slot % max(models, 1)), score[order], start, width, height)
