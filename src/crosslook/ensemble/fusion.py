"""Weighted boxes fusion: several detectors' boxes for one patch become one set."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from crosslook.ensemble import clustering, clustering_kernel
from crosslook.ensemble.box_lists import Model, checked, cleaned
from crosslook.ensemble.clustering_kernel import Shares, Weighing
from crosslook.ensemble.settings import Backend, ConfidenceType
from crosslook.patches.boxes import Detections, nothing
from crosslook.scores import compiling
from crosslook.scores.compiling import Floats, Integers

Answers = Mapping[str, Mapping[int, Detections]]  # detector -> image id -> what it saw


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
    backend: str = "compiled",
) -> tuple[Floats, Floats, Floats]:
    """What ``ensemble_boxes.weighted_boxes_fusion`` 1.0.9 returns, bit for bit, and faster.

    A box joins the cluster whose fused box it overlaps most, if by more than ``iou_thr``; a
    cluster's corners are the mean of its members', weighted with score times weight. Only ratios of
    weights matter. With n boxes in a cluster, of M models, its score is, by ``conf_type``:

        "avg"                     mean(score * weight) * min(M, n) / sum(weights)
        "max"                     max(score * weight) / max(weights)
        "box_and_model_avg"       sum(score * weight) / sum of the boxes' weights
                                  * sum of weights of models in the cluster / sum(weights)
        "absent_model_aware_avg"  sum(score * weight)
                                  / (sum of the boxes' weights + sum of weights of absent models)

    A box that only one of M models sees loses, except under "max". Under "avg" a score can pass 1
    when one model puts several boxes into a cluster: n counts boxes, not models. The scores of
    "box_and_model_avg" stay in [0, 1] if the boxes' do, apart from the rounding below.

    Source: Solovyev et al. 2019, arXiv:1910.13302, as ensemble-boxes 1.0.9 computes it under
    numpy 2: clusters of two boxes and more are rounded to float32. It differs in this: of boxes
    with equal weighted scores the later one is taken first on every machine (in the library that
    depends on the processor), and wrong arguments are ValueErrors (the library ends the process,
    answers a wrong number of weights with equal ones, and returns NaN for a weight of zero).

    Args:
        boxes_list: per model (N, 4) x1 y1 x2 y2, as shares of the patch's width and height. With a
            warning, corners in the wrong order are swapped, what leaves 0..1 is cut, and boxes
            without area are left out.
        scores_list: per model (N,).
        labels_list: per model (N,); fractions are cut off.
        weights: per model > 0; None is 1 for each.
        iou_thr: see above.
        skip_box_thr: boxes scoring less are dropped first.
        conf_type: see above.
        allows_overflow: under "avg", n instead of min(M, n).
        backend: "compiled", "numpy" (the same numbers; also used where numba is missing) or
            "ensemble_boxes", the library itself.

    Returns:
        boxes (K, 4), scores (K,) and labels (K,), float64, best score first.

    Raises:
        ValueError: unequal lengths, a wrong number of weights, a weight that is not > 0, a value
            that is NaN or infinite, or an unknown ``conf_type`` or ``backend``.
    """
    models, shares = checked(boxes_list, scores_list, labels_list, weights)
    for name, value, known in (
        ("conf_type", conf_type, get_args(ConfidenceType)),
        ("backend", backend, get_args(Backend)),
    ):
        if value not in known:
            raise ValueError(f"{name} {value!r} is unknown; choose one of {list(known)}.")
    if math.isnan(iou_thr) or math.isnan(skip_box_thr):
        raise ValueError(f"iou_thr={iou_thr} and skip_box_thr={skip_box_thr} must be numbers.")
    if backend == "ensemble_boxes":
        return _by_library(
            models,
            weights=shares.tolist(),
            iou_thr=iou_thr,
            skip_box_thr=skip_box_thr,
            conf_type=conf_type,
            allows_overflow=allows_overflow,
        )
    boxes, scores, labels, model = cleaned(models, skip_box_thr)
    weighted = scores * shares[model]
    usual = iou_thr >= 0 and bool((weighted > 0).all())
    fast = backend == "compiled" and compiling.AVAILABLE and usual
    fused = [(np.zeros((0, 4)), np.zeros(0), np.zeros(0))]
    for label in dict.fromkeys(labels.tolist()):
        mine = np.flatnonzero(labels == label)
        mine = mine[weighted[mine].argsort(kind="stable")[::-1]]
        if fast:
            x1, y1, x2, y2 = np.ascontiguousarray(boxes[mine].T)
            columns = Shares(x1, y1, x2, y2, model[mine])
            weighing = weigh(shares, conf_type, allows_overflow)
            found = clustering_kernel.fuse(columns, weighted[mine], weighing, float(iou_thr))
        else:
            found = clustering.cluster(
                boxes[mine],
                weighted[mine],
                model[mine],
                shares,
                iou_thr,
                conf_type,
                allows_overflow,
            )
        fused.append((*found, np.full(len(found[1]), float(label))))
    corners, confidence, kinds = (np.concatenate(parts) for parts in zip(*fused, strict=True))
    order = confidence.argsort(kind="stable")[::-1]
    return corners[order], confidence[order], kinds[order]


def weigh(weights: Floats, conf_type: str, allows_overflow: bool = False) -> Weighing:
    """The models' weights and the rule of scores, for the compiled loops."""
    rule = {
        "avg": clustering_kernel.OVERFLOWING if allows_overflow else clustering_kernel.AVERAGE,
        "max": clustering_kernel.HIGHEST,
        "box_and_model_avg": clustering_kernel.BOX_AND_MODEL,
        "absent_model_aware_avg": clustering_kernel.ABSENT_AWARE,
    }[conf_type]
    return Weighing(weights, float(weights.sum()), float(weights.max()), rule)


def fuse(
    answers: Mapping[str, Detections],
    weights: Mapping[str, float],
    patch_size: tuple[int, int],
    rules: FusionRules,
    backend: Backend = "compiled",
) -> Detections:
    """Merge several detectors' boxes for one patch into one set.

    Args:
        answers: detector name -> its detections in this patch; one that saw nothing is named too,
            because its silence counts.
        weights: detector name -> trust, > 0. Must name exactly the detectors in ``answers``.
        patch_size: (height, width) in pixels.
        rules: thresholds and confidence.
        backend: as ``weighted_boxes_fusion``.

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
    names = sorted(answers)
    kept = [inside(answers[name], patch_size) for name in names]
    boxes, scores, labels = weighted_boxes_fusion(
        [boxes for boxes, _, _ in kept],
        [scores for _, scores, _ in kept],
        [labels for _, _, labels in kept],
        weights=[weights[name] for name in names],
        iou_thr=rules.iou_threshold,
        skip_box_thr=rules.skip_threshold,
        conf_type=rules.confidence,
        backend=backend,
    )
    if not len(scores):
        return nothing()
    size = np.array([width, height, width, height], np.float64)
    return Detections(
        boxes=(boxes * size).astype(np.float32),
        scores=scores.astype(np.float32),
        labels=labels.astype(np.int64),
    )


def fuse_images(
    answers: Answers,
    weights: Mapping[str, float],
    patch_sizes: Mapping[int, tuple[int, int]],
    rules: FusionRules | None,
    backend: Backend = "compiled",
) -> dict[int, Detections]:
    """``fuse`` for every image of a set.

    Args:
        answers: detector name -> image id -> its detections.
        weights: detector name -> trust; divided by their sum here, so that scores of differently
            weighted ensembles stand on one scale. A detector of weight 0 is left out.
        patch_sizes: image id -> (height, width) in pixels; names the images.
        rules: None takes the one detector with a weight as it is.
        backend: as ``weighted_boxes_fusion``.

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
        image: fuse({name: answers[name][image] for name in share}, share, size, rules, backend)
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


def inside(detections: Detections, patch_size: tuple[int, int]) -> tuple[Floats, Floats, Integers]:
    """Boxes as shares of the patch, cut at its edge, their scores and labels.

    Boxes without area inside the patch are left out, and so are those of score 0, which say that
    nothing is there: several of them have no mean weighted by score.
    """
    height, width = patch_size
    size = np.array([width, height, width, height], np.float64)
    boxes = (detections.boxes / size).clip(0.0, 1.0)
    sides = boxes[:, 2:] - boxes[:, :2]
    real = (sides > 0).all(axis=1) & (sides.prod(axis=1) > 0) & ~(detections.scores <= 0)
    scores = detections.scores[real].astype(np.float64)
    return boxes[real], scores, detections.labels[real]


def _by_library(models: Sequence[Model], **settings: Any) -> tuple[Floats, Floats, Floats]:
    """The only use of ensemble_boxes, which ends the process where it is given nonsense."""
    import ensemble_boxes

    # Plain lists: the library reads them box by box, which costs half as much as from arrays.
    boxes, scores, labels = ensemble_boxes.weighted_boxes_fusion(
        *([column.tolist() for column in columns] for columns in zip(*models, strict=True)),
        **settings,
    )
    return boxes, scores, labels
