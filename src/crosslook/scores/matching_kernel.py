"""COCO's matching as a loop for the compiler; ``scores.matching`` is its twin in numpy."""

from typing import NamedTuple

import numpy as np

from crosslook.scores.compiling import Floats, Integers, compiled


class Boxes(NamedTuple):
    """Boxes in pixels, column by column."""

    x1: Floats
    y1: Floats
    x2: Floats
    y2: Floats
    area: Floats


class Objects(NamedTuple):
    """Ground truth as arrays. K categories, I images; group k * I + i is a category's image."""

    start: Integers  # (K * I + 1,) where a group's objects begin
    crowds: Integers  # (K * I,) where, among them, its crowd regions begin
    boxes: Boxes
    number: Integers  # (K,) objects to be found; crowd regions are none
    first: Integers  # (K,) where a category begins in ``gained``
    gained: Integers  # how many of COCO's recall values the j-th hit is the first to reach


class Verdicts(NamedTuple):
    """The fate of boxes: bit t is about IoU threshold t."""

    hit: Integers  # (N,) the box was given an object
    ignored: Integers  # (N,) it lies in a crowd region and counts neither for nor against


@compiled
def match_group(
    boxes: Boxes,
    begin: int,
    end: int,
    objects: Objects,
    group: int,
    thresholds: Floats,
    verdicts: Verdicts,
    place: int,
) -> None:
    """Give the boxes of one image, best score first, the free object that each overlaps most.

    Args:
        boxes: of one category; those of the image stand from ``begin`` to ``end``.
        begin: see above.
        end: see above.
        objects: the ground truth.
        group: category and image.
        thresholds: (T,) of IoU, rising, above 0.
        verdicts: written from ``place`` on.
        place: see above.
    """
    first, crowds, last = objects.start[group], objects.crowds[group], objects.start[group + 1]
    iou = np.empty(last - first)
    taken = np.zeros(crowds - first, np.int64)  # bit t: given away at threshold t
    for i in range(begin, end):
        single, inside = 0.0, 0.0
        for j in range(first, last):
            width = min(boxes.x2[i], objects.boxes.x2[j]) - max(boxes.x1[i], objects.boxes.x1[j])
            height = min(boxes.y2[i], objects.boxes.y2[j]) - max(boxes.y1[i], objects.boxes.y1[j])
            shared = width * height if width > 0 and height > 0 else 0.0
            if not shared > 0:
                iou[j - first] = 0.0
            elif j < crowds:
                iou[j - first] = shared / (boxes.area[i] + objects.boxes.area[j] - shared)
                single = max(single, iou[j - first])
            else:
                inside = max(inside, shared / boxes.area[i])
        given, out = 0, 0
        if max(single, inside) >= thresholds[0]:
            for t in range(len(thresholds)):
                best, pick = thresholds[t], -1
                for j in range(len(taken)):
                    if iou[j] >= best and not (taken[j] >> t) & 1:
                        best, pick = iou[j], j
                if pick >= 0:
                    taken[pick] |= 1 << t
                    given |= 1 << t
                elif inside >= thresholds[t]:
                    out |= 1 << t
        verdicts.hit[place + i - begin] = given
        verdicts.ignored[place + i - begin] = out
