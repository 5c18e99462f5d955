"""One trial of the fusion study as one compiled function: fuse, match, average."""

from typing import NamedTuple

import numpy as np

from crosslook.ensemble.clustering_kernel import Clusters, Weighing, cluster, room
from crosslook.ensemble.ordering_kernel import Seen, merge, rank, rank_stable
from crosslook.scores.averaging_kernel import average, means
from crosslook.scores.compiling import Floats, Integers, compiled
from crosslook.scores.matching_kernel import Boxes, Objects, Verdicts, match_group


class Judging(NamedTuple):
    """What COCO's statistics depend on beside boxes and objects."""

    thresholds: Floats  # (T,) of IoU
    recalls: int  # number of recall values at which precision is read
    most: int  # boxes of a category in an image that count


@compiled
def run_trial(
    seen: Seen,
    objects: Objects,
    weighing: Weighing,
    iou_threshold: float,
    skip_threshold: float,
    judging: Judging,
) -> tuple[float, float, float, float]:
    """AP, AP50, AP75 and AR of the models' boxes, fused.

    Args:
        seen: the models' boxes.
        objects: the ground truth.
        weighing: the models' weights and the rule of scores.
        iou_threshold: >= 0; boxes that overlap by more are one.
        skip_threshold: boxes that score less are left out.
        judging: COCO's settings.
    """
    categories, images, models = len(objects.number), len(seen.width), len(weighing.weights)
    precision = np.zeros((categories, len(judging.thresholds)))
    recall = np.zeros((categories, len(judging.thresholds)))
    zero = int(np.int64(0))  # a plain 0 would have its callees compiled twice
    most, total = zero, len(seen.score)
    for group in range(categories * images):
        most = max(most, seen.start[(group + 1) * models] - seen.start[group * models])
    order, spare, weighted = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most)
    clusters = room(most, models)
    fused = Boxes(np.empty(most), np.empty(most), np.empty(most), np.empty(most), np.empty(most))
    verdicts = Verdicts(np.empty(total, np.int64), np.empty(total, np.int64))
    score = np.empty(total, np.float32)
    for k in range(categories):
        if objects.number[k] == 0:
            continue
        filled = zero
        for i in range(images):
            group = k * images + i
            n = merge(seen, group, weighing.weights, skip_threshold, order, weighted)
            n = cluster(seen.boxes, order, weighted, n, weighing, iou_threshold, clusters)
            rank(clusters.score, n, order, spare)
            n = min(n, judging.most)
            to_pixels(clusters, order, n, seen.width[i], seen.height[i], fused)
            for place in range(n):
                score[filled + place] = np.float32(clusters.score[order[place]])
            match_group(fused, 0, n, objects, group, judging.thresholds, verdicts, filled)
            filled += n
        ranking = rank_stable(score, filled)
        average(ranking, verdicts, objects, k, judging.recalls, precision[k], recall[k])
    return means(precision, recall, objects.number)


@compiled
def to_pixels(
    clusters: Clusters, order: Integers, n: int, width: float, height: float, boxes: Boxes
) -> None:
    """Write n fused boxes as pycocotools is given them: float32 pixels, x y width height.

    Args:
        clusters: fused boxes as shares of their image.
        order: (>= n,) which of them, and in which order.
        n: see above.
        width: of the image in pixels.
        height: likewise.
        boxes: is written.
    """
    for place in range(n):
        c = order[place]
        x1 = np.float64(np.float32(clusters.x1[c] * width))
        y1 = np.float64(np.float32(clusters.y1[c] * height))
        across = np.float64(np.float32(clusters.x2[c] * width)) - x1
        down = np.float64(np.float32(clusters.y2[c] * height)) - y1
        boxes.x1[place], boxes.x2[place] = x1, x1 + across
        boxes.y1[place], boxes.y2[place] = y1, y1 + down
        boxes.area[place] = across * down
