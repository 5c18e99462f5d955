"""Putting boxes in order inside a trial, as loops for the compiler."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from crosslook.ensemble.clustering_kernel import Shares
from crosslook.scores.compiling import Floats, Integers, compiled

Singles = npt.NDArray[np.float32]


class Seen(NamedTuple):
    """Every model's boxes, sorted once. K categories, I images, M models.

    Boxes of one category, image and model stand together, best score first; of equal ones the one
    that came last in the input.
    """

    boxes: Shares
    score: Floats  # (N,) > 0
    start: Integers  # (K * I * M + 1,) where a model's boxes of a category in an image begin
    width: Floats  # (I,) pixels
    height: Floats  # (I,)


@compiled
def merge(
    seen: Seen,
    group: int,
    weights: Floats,
    skip_threshold: float,
    order: Integers,
    weighted: Floats,
) -> int:
    """Merge the models' boxes of one category and image by weighted score, falling.

    Of equal weighted scores that of the last model comes first.

    Args:
        seen: the boxes.
        group: category * I + image.
        weights: (M,) > 0.
        skip_threshold: boxes that score less are left out.
        order: the boxes' positions are written here.
        weighted: their weighted scores are written here.

    Returns:
        The number of boxes.
    """
    models, score = len(weights), seen.score
    following = seen.start[group * models : group * models + models].copy()
    ends = seen.start[group * models + 1 : group * models + models + 1]
    n = 0
    while True:
        best, pick = -1.0, -1
        for m in range(models):
            i = following[m]
            if i < ends[m] and score[i] >= skip_threshold and score[i] * weights[m] >= best:
                best, pick = score[i] * weights[m], m
        if pick < 0:
            return n
        order[n], weighted[n] = following[pick], best
        following[pick] += 1
        n += 1


@compiled
def rank(score: Floats, n: int, order: Integers, spare: Integers) -> None:
    """Write to ``order`` the positions of n scores, falling; of equal ones the last comes first.

    Args:
        score: its first n count.
        n: see above.
        order: (>= n,) is written.
        spare: (>= n,) room to work in.
    """
    for i in range(n):
        order[i] = i
    width = 1
    while width < n:
        for low in range(0, n, 2 * width):
            middle, high = min(low + width, n), min(low + 2 * width, n)
            a, b = low, middle
            for out in range(low, high):
                if a == middle or (b < high and score[order[b]] >= score[order[a]]):
                    spare[out] = order[b]
                    b += 1
                else:
                    spare[out] = order[a]
                    a += 1
        for i in range(n):
            order[i] = spare[i]
        width *= 2


@compiled
def rank_stable(score: Singles, n: int) -> Integers:
    """The positions of the first n scores, all >= 0, falling; equal ones keep their order.

    Floats >= 0 stand in the order of their bits, so three passes sort them by 11 bits each.
    """
    bits = score[:n].view(np.int32)
    order, spare = np.arange(n), np.empty(n, np.int64)
    for shift in (0, 11, 22):
        place = np.zeros(2049, np.int64)
        for i in range(n):
            place[2048 - ((bits[i] >> shift) & 2047)] += 1
        for digit in range(2048):
            place[digit + 1] += place[digit]
        for i in range(n):
            digit = 2047 - ((bits[order[i]] >> shift) & 2047)
            spare[place[digit]] = order[i]
            place[digit] += 1
        order, spare = spare, order
    return order
