"""Boxes and detections: one type between detectors, scores, fusion and delivery.

Boxes are x1 y1 x2 y2, float pixels, origin at the top left corner of the top left pixel, x2 and y2
exclusive. Labels are category ids as in the COCO file, from 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Detections:
    """What one detector saw in one patch, best score first."""

    boxes: npt.NDArray[np.float32]  # (N, 4) x1 y1 x2 y2, pixels
    scores: npt.NDArray[np.float32]  # (N,) in [0, 1]
    labels: npt.NDArray[np.int64]  # (N,) category ids, from 1

    def __post_init__(self) -> None:
        n = len(self.scores)
        if self.boxes.shape != (n, 4) or self.labels.shape != (n,):
            raise ValueError(
                f"boxes {self.boxes.shape}, scores {self.scores.shape} and labels "
                f"{self.labels.shape} must be (N, 4), (N,) and (N,) with one N."
            )

    def __len__(self) -> int:
        return len(self.scores)


def nothing() -> Detections:
    """No detections at all."""
    return Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64))


def to_coco_results(detections: Mapping[int, Detections]) -> list[dict[str, Any]]:
    """COCO result rows (bbox = x y width height) from image id -> detections, sorted by id."""
    rows = []
    for image_id in sorted(detections):
        found = detections[image_id]
        for box, score, label in zip(found.boxes, found.scores, found.labels, strict=True):
            x1, y1, x2, y2 = (float(value) for value in box)
            rows.append(
                {
                    "image_id": image_id,
                    "category_id": int(label),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "score": float(score),
                }
            )
    return rows


def from_coco_results(
    rows: Sequence[Mapping[str, Any]], image_ids: Sequence[int]
) -> dict[int, Detections]:
    """The inverse of ``to_coco_results``; every id of ``image_ids`` has an entry, maybe empty.

    Raises:
        ValueError: if a row names an image that is not in ``image_ids``.
    """
    by_image: dict[int, list[Mapping[str, Any]]] = {image_id: [] for image_id in image_ids}
    for row in rows:
        if row["image_id"] not in by_image:
            raise ValueError(f"a detection names image {row['image_id']}, which does not exist.")
        by_image[row["image_id"]].append(row)
    return {image_id: _from_rows(found) for image_id, found in by_image.items()}


def _from_rows(rows: Sequence[Mapping[str, Any]]) -> Detections:
    if not rows:
        return nothing()
    xywh = np.array([row["bbox"] for row in rows], np.float64)
    boxes = np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)
    scores = np.array([row["score"] for row in rows], np.float32)
    labels = np.array([row["category_id"] for row in rows], np.int64)
    order = np.argsort(-scores, kind="stable")
    return Detections(boxes[order].astype(np.float32), scores[order], labels[order])
