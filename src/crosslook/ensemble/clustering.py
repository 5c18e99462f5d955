"""Weighted boxes fusion of one label in one image, in numpy and for any numbers.

``ensemble.clustering_kernel`` is its compiled twin, for the usual ones.
"""

import numpy as np

from crosslook.scores.compiling import Floats, Integers


def cluster(
    boxes: Floats,
    weighted: Floats,
    model: Integers,
    weights: Floats,
    iou_threshold: float,
    conf_type: str,
    allows_overflow: bool,
) -> tuple[Floats, Floats]:
    """Put every box into the cluster that it overlaps most, and score the clusters.

    Args:
        boxes: (N, 4) x1 y1 x2 y2, highest weighted score first.
        weighted: (N,) score times weight.
        model: (N,) who saw the box.
        weights: (M,) per model.
        iou_threshold: a box joins a cluster if it overlaps by more than this.
        conf_type: as ``fusion.weighted_boxes_fusion``.
        allows_overflow: likewise.

    Returns:
        Fused boxes (K, 4), in the order in which their clusters began, and their scores (K,). A
        cluster whose scores sum to 0 has NaN corners.
    """
    members: list[list[int]] = []
    fused, area = np.empty((len(boxes), 4)), np.empty(len(boxes))
    # Sums are float32 and grow box by box, as in the reference.
    corners, confidence = np.empty((len(boxes), 4), np.float32), np.zeros(len(boxes))
    with np.errstate(invalid="ignore", divide="ignore"):
        for i, (box, own) in enumerate(zip(boxes, _areas(boxes), strict=True)):
            known = len(members)
            pick = _most_overlapped(fused[:known], area[:known], box, own, iou_threshold)
            if pick is None:
                pick = known
                members.append([i])
                corners[pick], confidence[pick] = weighted[i] * box, weighted[i]
                fused[pick], area[pick] = box, own
            else:
                members[pick].append(i)
                corners[pick] += weighted[i] * box
                confidence[pick] += weighted[i]
                fused[pick] = np.float32(corners[pick] / confidence[pick])
                area[pick] = _areas(fused[pick : pick + 1])[0]
    scores = [
        _score(weighted[mine], model[mine], weights, conf_type, allows_overflow) for mine in members
    ]
    return fused[: len(members)], np.array(scores, np.float64)


def _most_overlapped(
    fused: Floats, area: Floats, box: Floats, own: float, iou_threshold: float
) -> int | None:
    """Which fused box to join: the first of those with the highest IoU, NaN being highest."""
    if not len(fused):
        return None
    sides = np.minimum(fused[:, 2:], box[2:]) - np.maximum(fused[:, :2], box[:2])
    np.maximum(sides, 0, out=sides)
    shared = sides[:, 0] * sides[:, 1]
    iou = shared / (area + own - shared)
    best = int(iou.argmax())
    return None if iou[best] <= iou_threshold else best


def _areas(boxes: Floats) -> Floats:
    areas: Floats = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return areas


def _score(
    weighted: Floats, model: Integers, weights: Floats, conf_type: str, allows_overflow: bool
) -> float:
    size, trust = len(weighted), float(_one_by_one(weights[model]))
    word = float(weighted.max() if conf_type == "max" else _one_by_one(weighted) / size)
    if size > 1:  # float32 in the reference
        word, trust = float(np.float32(word)), float(np.float32(trust))
    if conf_type == "max":
        return word / float(weights.max())
    seen = np.isin(np.arange(len(weights)), model)
    if conf_type == "box_and_model_avg":
        return word * size / trust * float(weights[seen].sum()) / float(weights.sum())
    if conf_type == "absent_model_aware_avg":
        return word * size / (trust + float(weights[~seen].sum()))
    votes = size if allows_overflow else min(len(weights), size)
    return word * votes / float(weights.sum())


def _one_by_one(values: Floats) -> np.float64:
    """The sum, first to last: ``np.sum`` adds in another order."""
    total: np.float64 = values.cumsum()[-1]
    return total
