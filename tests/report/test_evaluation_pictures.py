import io

import matplotlib.image
import pytest

from crosslook.report.checkpoints_picture import draw_checkpoints
from crosslook.report.precision_recall_picture import draw_precision_recall

CHECKPOINTS = [
    {"detector": detector, "translation": name, "checkpoint": step, "split": split}
    | {"ap": 0.2, "ap_low": 0.1, "ap_high": 0.3}
    for split in ("dev", "test")
    for detector in ("faster_rcnn", "cascade_rcnn")
    for name, steps in (("none", [None]), ("cut", [100, "100-average", 200]), ("munit", [200]))
    for step in steps
]
POINTS = [
    {"detector": "faster_rcnn", "translation": name, "recall": 0.5, "precision": found}
    | {"curve": {"recall": [0.1, 0.5], "precision": [1.0, 0.6]}}
    for name, found in (("none", None), ("ensemble_paper_equal", 0.6))
]


def size(png):
    return matplotlib.image.imread(io.BytesIO(png)).shape


@pytest.mark.parametrize("split", ["dev", "test"])
def test_the_checkpoints_are_drawn_and_equal_rows_give_equal_bytes(split):
    first = draw_checkpoints(CHECKPOINTS, split)

    assert size(first)[1] >= 700
    assert draw_checkpoints(CHECKPOINTS, split) == first


def test_dev_and_test_are_other_pictures():
    assert draw_checkpoints(CHECKPOINTS, "dev") != draw_checkpoints(CHECKPOINTS, "test")


def test_a_model_without_a_threshold_has_a_curve_and_no_mark():
    assert size(draw_precision_recall(POINTS))[1] >= 700
    assert draw_precision_recall(POINTS[:1]) != draw_precision_recall(
        [{**POINTS[0], "precision": 0.6}]
    )
