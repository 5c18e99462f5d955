"""The twelve COCO statistics of six recorded cases; the file says which pycocotools made them.

CROSSLOOK_GOLDEN_COCO names another file of the same form.
"""

import json
import os
from pathlib import Path

import pytest

from crosslook.scores.average_precision import STATISTICS, evaluate
from crosslook.scores.bootstrap import once
from crosslook.scores.matching import match, prepare

GOLDEN = Path(os.environ.get("CROSSLOOK_GOLDEN_COCO", Path(__file__).with_name("coco.json")))
CASES = {case["name"]: case for case in json.loads(GOLDEN.read_text())["cases"]}


@pytest.mark.parametrize("name", CASES)
def test_pycocotools_gives_the_recorded_statistics(name):
    case = CASES[name]

    found = evaluate(case["gt"], case["dt"])

    assert list(found) == list(STATISTICS)
    assert list(found.values()) == pytest.approx(case["stats"], rel=0, abs=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_own_matching_gives_the_recorded_statistics_over_all_areas(name):
    case = CASES[name]
    recorded = dict(zip(STATISTICS, case["stats"], strict=True))

    found = once(match(prepare(case["gt"]), case["dt"]))

    assert found == pytest.approx({key: recorded[key] for key in found}, rel=0, abs=1e-12)
