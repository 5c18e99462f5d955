"""Recorded outputs of weighted boxes fusion; the file says which ensemble_boxes made them.

CROSSLOOK_GOLDEN_FUSION names another file of the same form.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from crosslook.ensemble.fusion import weighted_boxes_fusion

GOLDEN = Path(os.environ.get("CROSSLOOK_GOLDEN_FUSION", Path(__file__).with_name("wbf.json")))
RECORD = json.loads(GOLDEN.read_text())
CASES = [
    pytest.param(case["input"], expected, id=f"{case['name']}-{i}")
    for case in RECORD["cases"]
    for i, expected in enumerate(case["expected"])
]


@pytest.mark.parametrize(("given", "expected"), CASES)
@pytest.mark.filterwarnings("ignore:.*(box|Zero area).*:UserWarning")
def test_fusion_gives_the_recorded_boxes(given, expected):
    boxes, scores, labels = weighted_boxes_fusion(
        given["boxes"], given["scores"], given["labels"], **expected["params"]
    )

    recorded = np.reshape(expected["boxes"], (-1, 4))
    np.testing.assert_allclose(boxes, recorded, rtol=0, atol=2e-7)
    np.testing.assert_allclose(scores, expected["scores"], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(labels, expected["labels"])
