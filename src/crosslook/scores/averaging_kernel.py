"""AP and AR from matches, as loops for the compiler; ``scores.bootstrap`` is their twin in numpy.

Both give the same numbers bit for bit, because ``pairwise_sum`` adds in numpy's order.
"""

import numpy as np

from crosslook.scores.compiling import Floats, Integers, compiled
from crosslook.scores.matching_kernel import Boxes, Objects, Verdicts, match_group


@compiled
def score_boxes(
    boxes: Boxes,
    start: Integers,
    order: Integers,
    objects: Objects,
    thresholds: Floats,
    recalls: int,
) -> tuple[float, float, float, float]:
    """AP, AP50, AP75 and AR of boxes.

    Args:
        boxes: sorted by group, best score first; no more in a group than count.
        start: (K * I + 1,) where a group's boxes begin.
        order: (N,) sorted by category, best score first; positions within the category.
        objects: the ground truth.
        thresholds: (T,) of IoU.
        recalls: number of recall values at which precision is read.
    """
    categories, images = len(objects.number), len(objects.crowds) // max(len(objects.number), 1)
    precision = np.zeros((categories, len(thresholds)))
    recall = np.zeros((categories, len(thresholds)))
    verdicts = Verdicts(np.empty(len(order), np.int64), np.empty(len(order), np.int64))
    for k in range(categories):
        if objects.number[k] == 0:
            continue
        low, high = start[k * images], start[(k + 1) * images]
        for group in range(k * images, (k + 1) * images):
            match_group(
                boxes,
                start[group],
                start[group + 1],
                objects,
                group,
                thresholds,
                verdicts,
                start[group] - low,
            )
        average(order[low:high], verdicts, objects, k, recalls, precision[k], recall[k])
    return means(precision, recall, objects.number)


@compiled
def average(
    order: Integers,
    verdicts: Verdicts,
    objects: Objects,
    category: int,
    recalls: int,
    precision: Floats,
    recall: Floats,
) -> None:
    """Average precision and final recall of one category at every threshold.

    Args:
        order: (N,) positions of boxes in ``verdicts``, best score first.
        verdicts: from ``match_group``.
        objects: the ground truth.
        category: position of one that has objects.
        recalls: number of recall values at which precision is read.
        precision: (T,) is written.
        recall: (T,) is written.
    """
    count, first = objects.number[category], objects.first[category]
    true, left_out = np.zeros(len(precision), np.int64), np.zeros(len(precision), np.int64)
    at_hit = np.empty((len(precision), count))
    for rank in range(len(order)):
        hit, ignored = verdicts.hit[order[rank]], verdicts.ignored[order[rank]]
        if hit == 0 and ignored == 0:
            continue
        for t in range(len(precision)):
            if (hit >> t) & 1:
                true[t] += 1
                boxes = rank + 1 - left_out[t]
                at_hit[t, true[t] - 1] = true[t] / (boxes + np.spacing(1.0))
            elif (ignored >> t) & 1:
                left_out[t] += 1
    for t in range(len(precision)):
        best = 0.0
        for k in range(true[t] - 1, -1, -1):
            best = max(best, at_hit[t, k])
            at_hit[t, k] = best * objects.gained[first + k]
        precision[t] = pairwise_sum(at_hit[t], true[t]) / recalls
        recall[t] = true[t] / count


@compiled
def means(precision: Floats, recall: Floats, number: Integers) -> tuple[float, float, float, float]:
    """AP, AP50, AP75 and AR over the categories that have objects; -1 without any.

    Args:
        precision: (K, T), 0 for a category without objects.
        recall: (K, T), likewise.
        number: (K,) of objects.
    """
    categories, thresholds = precision.shape
    defined = 0
    for k in range(categories):
        defined += number[k] > 0
    if defined == 0:
        return -1.0, -1.0, -1.0, -1.0
    return (
        pairwise_sum(precision.reshape(-1), precision.size) / (defined * thresholds),
        pairwise_sum(precision[:, 0].copy(), categories) / defined,
        pairwise_sum(precision[:, 5].copy(), categories) / defined,
        pairwise_sum(recall.reshape(-1), recall.size) / (defined * thresholds),
    )


@compiled
def pairwise_sum(values: Floats, n: int) -> float:
    """The sum of the first n values, added in the order in which numpy adds a contiguous array.

    numpy halves the array until 128 values are left at most. (A loop with a stack: numba cannot
    keep functions that call themselves.)
    """
    begin, length = np.empty(64, np.int64), np.empty(64, np.int64)
    sums = np.empty(64)
    begin[0], length[0], waiting, done = 0, n, 1, 0
    while waiting > 0:
        waiting -= 1
        start, size = begin[waiting], length[waiting]
        if size < 0:  # both halves are done
            done -= 1
            sums[done - 1] += sums[done]
        elif size > 128:
            half = size // 2 - (size // 2) % 8
            length[waiting] = -1
            begin[waiting + 1], length[waiting + 1] = start + half, size - half
            begin[waiting + 2], length[waiting + 2] = start, half
            waiting += 3
        else:
            sums[done] = block_sum(values, start, size)
            done += 1
    return float(sums[0])


@compiled
def block_sum(values: Floats, start: int, n: int) -> float:
    """The sum of up to 128 values in numpy's order: eight lanes, then what is left over."""
    total, rest = 0.0, start
    if n >= 8:
        lanes = np.zeros(8)
        rest = start + n - n % 8
        for i in range(start, rest):
            lanes[(i - start) % 8] += values[i]
        total = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + (
            (lanes[4] + lanes[5]) + (lanes[6] + lanes[7])
        )
    for i in range(rest, start + n):
        total += values[i]
    return total
