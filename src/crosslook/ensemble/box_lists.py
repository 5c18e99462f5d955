"""What weighted boxes fusion is given, model by model: checked, then made of one piece."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from crosslook.scores.compiling import Flags, Floats, Integers

Model = tuple[Floats, Floats, Floats]  # boxes (N, 4), scores (N,), labels (N,)


def checked(
    boxes_list: Sequence[Any],
    scores_list: Sequence[Any],
    labels_list: Sequence[Any],
    weights: Sequence[float] | None,
) -> tuple[list[Model], Floats]:
    """Per model its boxes, scores and labels, and one weight each; see ``fusion``.

    Raises:
        ValueError: unequal lengths, a weight that is not > 0, or a value that is not finite.
    """
    if not len(boxes_list) or not len(boxes_list) == len(scores_list) == len(labels_list):
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
    models = [
        _checked(i, *model)
        for i, model in enumerate(zip(boxes_list, scores_list, labels_list, strict=True))
    ]
    return models, np.array([float(weight) for weight in weights])


def cleaned(
    models: Sequence[Model], skip_box_thr: float
) -> tuple[Floats, Floats, Integers, Integers]:
    """The boxes of all models that score enough, inside 0..1 and with area.

    Returns:
        boxes (N, 4), scores (N,), labels (N,) and models (N,), in the order in which they came.
    """
    model = np.repeat(np.arange(len(models)), [len(scores) for _, scores, _ in models])
    boxes, scores, labels = (np.concatenate(column) for column in zip(*models, strict=True))
    kept = ~(scores < skip_box_thr)
    boxes, scores, labels, model = boxes[kept], scores[kept], labels[kept], model[kept]
    for low, high in ((0, 2), (1, 3)):
        wrong = boxes[:, high] < boxes[:, low]
        boxes[wrong, low], boxes[wrong, high] = boxes[wrong, high], boxes[wrong, low]
        _warn(wrong, "have corners in the wrong order, which were swapped.")
    outside: Flags = np.any((boxes < 0) | (boxes > 1), axis=1)
    _warn(outside, "leave 0..1 and were cut: give shares of width and height.")
    boxes[boxes < 0], boxes[boxes > 1] = 0, 1
    empty: Flags = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) == 0
    _warn(empty, "have no area and were left out.")
    real = ~empty
    return boxes[real], scores[real], labels[real].astype(np.int64), model[real]


def _warn(which: Flags, what: str) -> None:
    if which.any():
        warnings.warn(f"{int(which.sum())} boxes {what}", UserWarning, stacklevel=4)


def _checked(i: int, boxes: Any, scores: Any, labels: Any) -> Model:
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
