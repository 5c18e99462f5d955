"""Average precision and recall as COCO defines them, from COCO's own code.

Every number that a reader sees comes from here, that is from pycocotools. ``scores.matching`` does
the same arithmetic faster for tuning and bootstrap, and is tested against this module.
"""

import io
import math
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

STATISTICS = (
    "AP", "AP50", "AP75", "APs", "APm", "APl",
    "AR1", "AR10", "AR100", "ARs", "ARm", "ARl",
)  # fmt: skip


def evaluate(
    ground_truth: Mapping[str, Any], detections: Sequence[Mapping[str, Any]]
) -> dict[str, float]:
    """The twelve COCO box statistics, by name.

    AP is the mean over IoU thresholds .50:.05:.95, AP50 and AP75 are those at one threshold, and
    s, m, l those of objects below 32², between, and above 96² square pixels. AR1, AR10 and AR100
    are the recall with at most so many boxes per image.

    Source: Lin et al. 2014, arXiv:1405.0312, and the code of pycocotools.

    Args:
        ground_truth: a COCO data set with images, annotations (ids from 1) and categories. It and
            the detections are left as they are: pycocotools gets copies.
        detections: COCO result rows; may be empty. Rows of a category that the data set lacks do
            not count.

    Returns:
        name -> value in 0..1, 1 is perfect; -1 where no object defines the value, as in COCO.

    Raises:
        ValueError: an annotation id below 1 or used twice, a detection on an unknown image, or a
            score or box that is not finite, among them boxes of the ground truth.
    """
    check(ground_truth, detections)
    with redirect_stdout(io.StringIO()):  # it prints its table and its times
        truth = _index(ground_truth, [_complete(row) for row in ground_truth["annotations"]])
        found = _index(ground_truth, [_as_annotation(i, row) for i, row in enumerate(detections)])
        judge = COCOeval(truth, found, "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return {name: float(value) for name, value in zip(STATISTICS, judge.stats, strict=True)}


def count_objects(ground_truth: Mapping[str, Any]) -> int:
    """How many objects there are to be found; regions to ignore (iscrowd) are none."""
    return sum(not row.get("iscrowd") for row in ground_truth["annotations"])


def check(ground_truth: Mapping[str, Any], detections: Sequence[Mapping[str, Any]]) -> None:
    """Refuse what pycocotools would answer with a wrong number; see ``evaluate``."""
    ids = [row["id"] for row in ground_truth["annotations"]]
    if ids and min(ids) < 1:
        raise ValueError(
            f"ground truth has an annotation with id {min(ids)}: COCO's matching takes id 0 for "
            "'not matched', so this object could never be found. Number annotations from 1."
        )
    if len(set(ids)) < len(ids):
        raise ValueError("ground truth uses an annotation id twice: ids must differ.")
    for row in ground_truth["annotations"]:
        if not all(map(math.isfinite, row["bbox"])):
            raise ValueError(f"annotation {row['id']} has a box that is not finite: {row['bbox']}.")
    images = {row["id"] for row in ground_truth["images"]}
    for row in detections:
        if row["image_id"] not in images:
            raise ValueError(f"a detection names image {row['image_id']}, which does not exist.")
        if not all(map(math.isfinite, (row["score"], *row["bbox"]))):
            raise ValueError(f"a detection of image {row['image_id']} is not finite: {dict(row)}.")


def _index(ground_truth: Mapping[str, Any], annotations: list[dict[str, Any]]) -> COCO:
    coco = COCO()
    coco.dataset = {
        "images": [dict(row) for row in ground_truth["images"]],
        "categories": [dict(row) for row in ground_truth["categories"]],
        "annotations": annotations,
    }
    coco.createIndex()
    return coco


def _complete(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"iscrowd": 0, "area": row["bbox"][2] * row["bbox"][3], **row}


def _as_annotation(position: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """What ``COCO.loadRes`` makes of a result row; it fails on an empty list of them."""
    area = row["bbox"][2] * row["bbox"][3]
    return {**row, "id": position + 1, "area": area, "iscrowd": 0}
