"""AP, AP50, AP75 and AR100 in compiled loops, or in numpy where numba is missing.

For what is scored hundreds of times on one ground truth. Equal to pycocotools to 1e-12 and, with
numba or without, bit for bit the same; tests hold it there.
"""

import numpy as np

from crosslook.scores import bootstrap, compiling
from crosslook.scores.averaging_kernel import score_boxes
from crosslook.scores.matching import (
    BOXES_PER_IMAGE,
    IOU_THRESHOLDS,
    RECALLS,
    Floats,
    Integers,
    Truth,
    match_arrays,
)
from crosslook.scores.matching_kernel import Boxes, Objects


def statistics(
    truth: Truth,
    image: Integers,
    category: Integers,
    xywh: Floats,
    score: Floats,
    objects: Objects | None = None,
) -> dict[str, float]:
    """AP, AP50, AP75 and AR100 over all areas, as ``average_precision.evaluate`` gives them.

    Args:
        truth: from ``matching.prepare``.
        image: (N,) position of each box's image in ``truth.image_ids``.
        category: (N,) category ids; boxes of other categories do not count.
        xywh: (N, 4) x, y, width, height in pixels.
        score: (N,) higher is surer; of equal scores the first one counts first.
        objects: ``pack(truth)``, for those who call often.

    Returns:
        name -> value in 0..1, 1 is perfect; -1 where there is no object.

    Raises:
        ValueError: if a score is NaN.
    """
    if np.isnan(score).any():
        raise ValueError("a score is NaN: boxes cannot be ranked by it.")
    if not compiling.AVAILABLE:
        return bootstrap.once(match_arrays(truth, image, category, xywh, score))
    images, categories = len(truth.image_ids), np.array(truth.categories, np.int64)
    number = np.searchsorted(categories, category)
    known = np.flatnonzero(np.isin(category, categories))
    group = number * images + image
    by_group = known[np.lexsort((-score[known], group[known]))]
    start = np.searchsorted(group[by_group], np.arange(len(categories) * images + 1))
    rank = np.arange(len(by_group)) - start[group[by_group]]
    by_group = by_group[rank < BOXES_PER_IMAGE]
    start = np.searchsorted(group[by_group], np.arange(len(categories) * images + 1))
    order = np.lexsort((-score[by_group], number[by_group]))
    order -= start[number[by_group[order]] * images]
    values = score_boxes(
        columns(xywh[by_group]), start, order, objects or pack(truth), IOU_THRESHOLDS, len(RECALLS)
    )
    return dict(zip(bootstrap.STATISTICS, values, strict=True))


def pack(truth: Truth) -> Objects:
    """Ground truth for the compiled loops."""
    start, crowds, rows = [0], [], [np.zeros((0, 4))]
    for category in truth.categories:
        for place in range(len(truth.image_ids)):
            boxes, crowd = truth.boxes.get((category, place), (np.zeros((0, 4)), np.zeros(0, bool)))
            rows += [boxes[~crowd], boxes[crowd]]
            crowds.append(start[-1] + int((~crowd).sum()))
            start.append(start[-1] + len(boxes))
    count = np.array([truth.objects[category].sum() for category in truth.categories], np.int64)
    gained = [np.zeros(0, np.int64)]
    for n in count:
        reached = np.searchsorted(RECALLS, np.arange(1, n + 1) / max(n, 1), side="right")
        gained.append(np.diff(reached, prepend=0))
    return Objects(
        start=np.array(start, np.int64),
        crowds=np.array(crowds, np.int64),
        boxes=columns(np.concatenate(rows)),
        number=count,
        first=np.cumsum(count) - count,
        gained=np.concatenate(gained),
    )


def columns(xywh: Floats) -> Boxes:
    """Boxes column by column from (N, 4) x, y, width, height."""
    x, y, width, height = np.ascontiguousarray(xywh.T, np.float64)
    return Boxes(x, y, x + width, y + height, width * height)
