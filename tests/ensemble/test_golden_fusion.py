"""Recorded outputs of weighted boxes fusion, bit for bit; the file says who made them.

CROSSLOOK_GOLDEN_FUSION names another file of the same form.
"""

import inspect
import json
import os
from pathlib import Path

import numpy as np
import pytest

from crosslook.ensemble.fusion import weighted_boxes_fusion

GOLDEN = Path(os.environ.get("CROSSLOOK_GOLDEN_FUSION", Path(__file__).with_name("wbf.json")))
RECORD = json.loads(GOLDEN.read_text())
CASES = [
    pytest.param(case, expected, id=f"{case['name']}-{i}")
    for case in RECORD["cases"]
    for i, expected in enumerate(case["expected"])
]
SETTINGS = set(inspect.signature(weighted_boxes_fusion).parameters) - {"backend"}


def test_the_file_holds_nothing_that_is_not_tested():
    assert RECORD.keys() <= {"about", "versions", "recipe", "notes", "cases"}
    assert CASES
    for case in RECORD["cases"]:
        assert case.keys() <= {"name", "note", "generator", "input", "expected"}, case["name"]
        assert case["input"].keys() == {"boxes", "scores", "labels"}, case["name"]
        assert case["expected"], case["name"]
        for expected in case["expected"]:
            assert expected.keys() == {"params", "boxes", "scores", "labels"}, case["name"]
            assert expected["params"].keys() <= SETTINGS, case["name"]


@pytest.mark.parametrize("backend", ["compiled", "numpy", "ensemble_boxes"])
@pytest.mark.parametrize(("case", "expected"), CASES)
@pytest.mark.filterwarnings("ignore:.*(box|Zero area).*:UserWarning")
def test_fusion_gives_the_recorded_boxes(case, expected, backend):
    given = case["input"]

    boxes, scores, labels = weighted_boxes_fusion(
        given["boxes"], given["scores"], given["labels"], **expected["params"], backend=backend
    )

    np.testing.assert_array_equal(boxes, np.reshape(expected["boxes"], (-1, 4)))
    np.testing.assert_array_equal(scores, expected["scores"])
    np.testing.assert_array_equal(labels, expected["labels"])
