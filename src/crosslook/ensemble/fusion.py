"""Weighted boxes fusion: several detectors' boxes for one patch become one set.

The only module that imports ensemble_boxes, which ends the process on lists of unequal length,
answers a wrong number of weights with equal ones, and returns NaN for a weight of zero.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import ensemble_boxes
import numpy as np
import numpy.typing as npt

from crosslook.ensemble.settings import ConfidenceType
from crosslook.patches.boxes import Detections, nothing

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FusionRules:
    """How boxes are fused, beside the weights."""

    iou_threshold: float = 0.55  # boxes that overlap more than this are one object
    skip_threshold: float = 0.0  # boxes that score less are dropped first
    confidence: ConfidenceType = "avg"


def weighted_boxes_fusion(
    boxes_list: Sequence[Any],
    scores_list: Sequence[Any],
    labels_list: Sequence[Any],
    weights: Sequence[float] | None = None,
    iou_thr: float = 0.55,
    skip_box_thr: float = 0.0,
    conf_type: str = "avg",
    allows_overflow: bool = False,
) -> tuple[Floats, Floats, Floats]:
    """``ensemble_boxes.weighted_boxes_fusion``, with its arguments checked.

    A box joins the cluster whose fused box it overlaps most, if by more than ``iou_thr``; a
    cluster's corners are the mean of its members', weighted with score times weight. Under "avg"
    its score is mean(score * weight) * min(models, boxes) / sum(weights): a box that only one of
    M models sees loses. That score can pass 1 when one model puts several boxes into a cluster;
    "box_and_model_avg" avoids it. Only ratios of weights matter.

    Source: Solovyev et al. 2019, arXiv:1910.13302, as ensemble-boxes 1.0.9 computes it: clusters of
    two boxes and more are rounded to float32.

    Args:
        boxes_list: per model (N, 4) x1 y1 x2 y2, as shares of the patch's width and height.
        scores_list: per model (N,).
        labels_list: per model (N,) whole numbers.
        weights: per model > 0; None is 1 for each.
        iou_thr: see above.
        skip_box_thr: boxes scoring less are dropped first.
        conf_type: "avg", "max", "box_and_model_avg" or "absent_model_aware_avg".
        allows_overflow: under "avg", multiply with the number of boxes, without a limit.

    Returns:
        boxes (K, 4), scores (K,) and labels (K,), best score first.

    Raises:
        ValueError: unequal lengths, a wrong number of weights, a weight that is not > 0, a value
            that is NaN or infinite, or an unknown ``conf_type``.
    """
    if not boxes_list or not len(boxes_list) == len(scores_list) == len(labels_list):
        raise ValueError(
            f"boxes of {len(boxes_list)}, scores of {len(scores_list)} and labels of "
            f"{len(labels_list)} models: all three need one entry per model, and at least one."
        )
    if weights is None:
        weights = [1.0] * len(boxes_list)
    if len(weights) != len(boxes_list):
        raise ValueError(f"{len(weights)} weights for {len(boxes_list)} models: give each one.")
    if bad := [float(weight) for weight in weights if not 0 < weight < math.inf]:
        raise ValueError(f"weights must be > 0, got {bad}. Leave a model out to silence it.")
    if conf_type not in get_args(ConfidenceType):
        raise ValueError(
            f"conf_type {conf_type!r} is unknown; choose one of {list(get_args(ConfidenceType))}."
        )
    if math.isnan(iou_thr) or math.isnan(skip_box_thr):
        raise ValueError(f"iou_thr={iou_thr} and skip_box_thr={skip_box_thr} must be numbers.")
    models = [
        _checked(i, *model)
        for i, model in enumerate(zip(boxes_list, scores_list, labels_list, strict=True))
    ]
    # Plain lists: the library reads them box by box, which costs half as much as from arrays.
    boxes, scores, labels = ensemble_boxes.weighted_boxes_fusion(
        [boxes.tolist() for boxes, _, _ in models],
        [scores.tolist() for _, scores, _ in models],
        [labels.tolist() for _, _, labels in models],
        weights=[float(weight) for weight in weights],
        iou_thr=iou_thr,
        skip_box_thr=skip_box_thr,
        conf_type=conf_type,
        allows_overflow=allows_overflow,
    )
    return boxes, scores, labels


def fuse(
    answers: Mapping[str, Detections],
    weights: Mapping[str, float],
    patch_size: tuple[int, int],
    rules: FusionRules,
) -> Detections:
    """Merge several detectors' boxes for one patch into one set.

    Args:
        answers: detector name -> its detections in this patch; one that saw nothing is named too,
            because its silence counts.
        weights: detector name -> trust, > 0. Must name exactly the detectors in ``answers``.
        patch_size: (height, width) in pixels.
        rules: thresholds and confidence.

    Returns:
        The fused boxes in pixels, best score first; boxes are cut at the patch's edge.

    Raises:
        ValueError: if a detector has no weight, a weight has no detector, or a weight is not > 0.
    """
    if answers.keys() != weights.keys():
        raise ValueError(
            f"weights name {sorted(weights)}, answers come from {sorted(answers)}: "
            "give each detector one weight."
        )
    height, width = patch_size
    size = np.array([width, height, width, height], np.float64)
    names = sorted(answers)
    kept = [_with_area(answers[name], size) for name in names]
    boxes, scores, labels = weighted_boxes_fusion(
        [boxes for boxes, _, _ in kept],
        [scores for _, scores, _ in kept],
        [labels for _, _, labels in kept],
        weights=[weights[name] for name in names],
        iou_thr=rules.iou_threshold,
        skip_box_thr=rules.skip_threshold,
        conf_type=rules.confidence,
    )
    if not len(scores):
        return nothing()
    return Detections(
        boxes=(boxes * size).astype(np.float32),
        scores=scores.astype(np.float32),
        labels=labels.astype(np.int64),
    )


def fuse_images(
    answers: Mapping[str, Mapping[int, Detections]],
    weights: Mapping[str, float],
    patch_sizes: Mapping[int, tuple[int, int]],
    rules: FusionRules | None,
) -> dict[int, Detections]:
    """``fuse`` for every image of a set.

    Args:
        answers: detector name -> image id -> its detections.
        weights: detector name -> trust; divided by their sum here, so that scores of differently
            weighted ensembles stand on one scale. A detector of weight 0 is left out.
        patch_sizes: image id -> (height, width) in pixels; names the images.
        rules: None takes the one detector with a weight as it is.

    Raises:
        ValueError: as ``fuse``, or if ``rules`` is None and several detectors have weights.
    """
    share = normalised({name: weight for name, weight in weights.items() if weight != 0})
    if rules is None:
        if len(share) != 1:
            raise ValueError(f"detectors {sorted(share)} cannot be combined without rules.")
        (only,) = share
        return {image: answers[only][image] for image in patch_sizes}
    return {
        image: fuse({name: answers[name][image] for name in share}, share, size, rules)
        for image, size in patch_sizes.items()
    }


def normalised(weights: Mapping[str, float]) -> dict[str, float]:
    """The weights divided by their sum.

    Raises:
        ValueError: if there is none, or one is not > 0.
    """
    if not weights or not all(0 < weight < math.inf for weight in weights.values()):
        raise ValueError(f"weights must be > 0, and at least one; got {dict(weights)}.")
    total = math.fsum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _with_area(
    detections: Detections, size: Floats
) -> tuple[Floats, npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Boxes as shares of the patch; those without area inside it are left out."""
    boxes = (detections.boxes / size).clip(0.0, 1.0)
    real = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return boxes[real], detections.scores[real], detections.labels[real]


def _checked(i: int, boxes: Any, scores: Any, labels: Any) -> tuple[Floats, Floats, Floats]:
    n = len(scores)
    if len(boxes) != n or len(labels) != n:
        raise ValueError(
            f"model {i} has {len(boxes)} boxes, {n} scores and {len(labels)} labels: "
            "each box needs one score and one label."
        )
    boxes, scores, labels = (np.asarray(values, np.float64) for values in (boxes, scores, labels))
    boxes = boxes.reshape(n, -1) if n else boxes.reshape(0, 4)
    if boxes.shape != (n, 4):
        raise ValueError(f"model {i} has boxes of shape {boxes.shape}, expected ({n}, 4).")
    if not all(np.isfinite(values).all() for values in (boxes, scores, labels)):
        raise ValueError(f"model {i} has a box, score or label that is NaN or infinite.")
    return boxes, scores, labels
