"""Weighted boxes fusion of one label in one image, as loops for the compiler.

``ensemble.clustering`` is their twin in numpy; both give the same boxes and scores bit for bit.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crosslook.scores.averaging_kernel import pairwise_sum
from crosslook.scores.compiling import Flags, Floats, Integers, compiled

AVERAGE, OVERFLOWING, HIGHEST, BOX_AND_MODEL, ABSENT_AWARE = range(5)


class Shares(NamedTuple):
    """Boxes as shares of their image's width and height, column by column."""

    x1: Floats
    y1: Floats
    x2: Floats
    y2: Floats
    model: Integers  # who saw the box


class Weighing(NamedTuple):
    """What the models' word counts, and how a cluster's score comes of it."""

    weights: Floats  # (M,) > 0
    total: float  # their sum
    highest: float
    rule: int  # AVERAGE, ...


class Clusters(NamedTuple):
    """Fused boxes, and what they are made of; there is room for one per box."""

    x1: Floats
    y1: Floats
    x2: Floats
    y2: Floats
    area: Floats
    excess: Floats  # > 0 where the box at hand may join
    score: Floats
    size: Integers  # number of boxes
    first: Floats  # the highest weighted score
    confidence: Floats  # the sum of weighted scores
    trust: Floats  # the sum of weights
    corners: npt.NDArray[np.float32]  # (N, 4) the sum of weighted score times corner
    seen: Flags  # (N, M) which models have a box in the cluster


@compiled
def fuse(
    boxes: Shares, weighted: Floats, weighing: Weighing, iou_threshold: float
) -> tuple[Floats, Floats]:
    """Fused boxes (K, 4) and their scores (K,) from boxes sorted by weighted score, falling."""
    n = len(weighted)
    clusters = room(n, len(weighing.weights))
    found = cluster(boxes, np.arange(n), weighted, n, weighing, iou_threshold, clusters)
    corners = np.empty((found, 4))
    for c in range(found):
        corners[c, 0], corners[c, 1] = clusters.x1[c], clusters.y1[c]
        corners[c, 2], corners[c, 3] = clusters.x2[c], clusters.y2[c]
    return corners, clusters.score[:found].copy()


@compiled
def room(n: int, models: int) -> Clusters:
    """Room for the clusters of n boxes."""
    return Clusters(
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty(n, np.int64),
        np.empty(n),
        np.empty(n),
        np.empty(n),
        np.empty((n, 4), np.float32),
        np.empty((n, models), np.bool_),
    )


@compiled
def cluster(
    boxes: Shares,
    order: Integers,
    weighted: Floats,
    n: int,
    weighing: Weighing,
    iou_threshold: float,
    clusters: Clusters,
) -> int:
    """Put every box into the cluster that it overlaps most, and score the clusters.

    Args:
        boxes: inside 0..1, with area.
        order: positions of n boxes, highest weighted score first.
        weighted: (n,) their weighted scores, > 0, in that order.
        n: number of boxes.
        weighing: the models' weights and the rule of scores.
        iou_threshold: >= 0; a box joins a cluster if it overlaps by more than this.
        clusters: is written.

    Returns:
        The number of clusters.
    """
    # Arrays get names: reading them from the tuple inside the loop would cost more than the loop.
    left, top, right, bottom, model = boxes.x1, boxes.y1, boxes.x2, boxes.y2, boxes.model
    x1s, y1s, x2s, y2s, areas = (
        clusters.x1,
        clusters.y1,
        clusters.x2,
        clusters.y2,
        clusters.area,
    )
    excess, corners, seen = clusters.excess, clusters.corners, clusters.seen
    size, first = clusters.size, clusters.first
    confidence, trust = clusters.confidence, clusters.trust
    weights = weighing.weights
    # IoU > t is shared > t / (1 + t) * (sum of both areas); a hair less, against rounding.
    enough = iou_threshold / (1 + iou_threshold) * (1 - 1e-12)
    found = 0
    for rank in range(n):
        i, word = order[rank], weighted[rank]
        x1, y1, x2, y2 = left[i], top[i], right[i], bottom[i]
        area = (x2 - x1) * (y2 - y1)
        for c in range(found):  # without a branch, so that several are taken at once
            low_x, high_x = max(x1s[c], x1), min(x2s[c], x2)
            low_y, high_y = max(y1s[c], y1), min(y2s[c], y2)
            shared = max(high_x - low_x, 0.0) * max(high_y - low_y, 0.0)
            excess[c] = shared - enough * (areas[c] + area)
        best, pick = iou_threshold, -1
        for c in range(found):
            if excess[c] > 0:
                shared = (min(x2s[c], x2) - max(x1s[c], x1)) * (min(y2s[c], y2) - max(y1s[c], y1))
                iou = shared / (areas[c] + area - shared)
                if iou > best:
                    best, pick = iou, c
        if pick >= 0:
            size[pick] += 1
            confidence[pick] += word
            trust[pick] += weights[model[i]]
            # Sums are float32 and grow box by box, as in the reference.
            corners[pick, 0] = np.float32(corners[pick, 0] + word * x1)
            corners[pick, 1] = np.float32(corners[pick, 1] + word * y1)
            corners[pick, 2] = np.float32(corners[pick, 2] + word * x2)
            corners[pick, 3] = np.float32(corners[pick, 3] + word * y2)
            x1 = np.float64(np.float32(corners[pick, 0] / confidence[pick]))
            y1 = np.float64(np.float32(corners[pick, 1] / confidence[pick]))
            x2 = np.float64(np.float32(corners[pick, 2] / confidence[pick]))
            y2 = np.float64(np.float32(corners[pick, 3] / confidence[pick]))
            area = (x2 - x1) * (y2 - y1)
        else:
            pick = found
            found += 1
            size[pick] = 1
            first[pick] = confidence[pick] = word
            trust[pick] = weights[model[i]]
            corners[pick, 0], corners[pick, 1] = np.float32(word * x1), np.float32(word * y1)
            corners[pick, 2], corners[pick, 3] = np.float32(word * x2), np.float32(word * y2)
            for m in range(len(weights)):
                seen[pick, m] = False
        x1s[pick], y1s[pick], x2s[pick], y2s[pick], areas[pick] = x1, y1, x2, y2, area
        seen[pick, model[i]] = True
    scores = clusters.score
    for c in range(found):
        scores[c] = score(size[c], first[c], confidence[c], trust[c], seen[c], weighing)
    return found


@compiled
def score(
    size: int, first: float, confidence: float, trust: float, seen: Flags, weighing: Weighing
) -> float:
    """A cluster's score; what stands in clusters of two boxes and more was float32."""
    word = first
    if size > 1:
        if weighing.rule != HIGHEST:
            word = confidence / size
        word, trust = np.float64(np.float32(word)), np.float64(np.float32(trust))
    if weighing.rule == AVERAGE:
        return word * min(len(weighing.weights), size) / weighing.total
    if weighing.rule == OVERFLOWING:
        return word * size / weighing.total
    if weighing.rule == HIGHEST:
        return word / weighing.highest
    wanted = weighing.rule == BOX_AND_MODEL
    chosen, models = np.empty(len(weighing.weights)), 0
    for m in range(len(weighing.weights)):
        if seen[m] == wanted:
            chosen[models] = weighing.weights[m]
            models += 1
    if wanted:
        return word * size / trust * pairwise_sum(chosen, models) / weighing.total
    return word * size / (trust + pairwise_sum(chosen, models))
