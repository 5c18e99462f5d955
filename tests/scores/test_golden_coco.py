"""The twelve COCO statistics of recorded cases; the file says which pycocotools made them.

CROSSLOOK_GOLDEN_COCO names another file of the same form.
"""

import json
import os
from pathlib import Path

import pytest

from crosslook.scores.average_precision import STATISTICS, evaluate
from crosslook.scores.bootstrap import once
from crosslook.scores.matching import match, prepare, result_arrays
from crosslook.scores.quick import statistics

GOLDEN = Path(os.environ.get("CROSSLOOK_GOLDEN_COCO", Path(__file__).with_name("coco.json")))
RECORD = json.loads(GOLDEN.read_text())
CASES = [pytest.param(case, id=case["name"]) for case in RECORD["cases"]]


def test_the_file_holds_nothing_that_is_not_tested():
    assert RECORD.keys() <= {"about", "cases"}
    assert CASES
    for case in RECORD["cases"]:
        assert case.keys() <= {"name", "note", "gt", "dt", "stats"}, case["name"]
        assert case["gt"].keys() <= {"info", "licenses", "images", "annotations", "categories"}


@pytest.mark.parametrize("case", CASES)
def test_pycocotools_gives_the_recorded_statistics(case):
    found = evaluate(case["gt"], case["dt"])

    assert list(found) == list(STATISTICS)
    assert list(found.values()) == pytest.approx(case["stats"], rel=0, abs=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_own_matching_gives_the_recorded_statistics_over_all_areas(case):
    found = once(match(prepare(case["gt"]), case["dt"]))

    recorded = dict(zip(STATISTICS, case["stats"], strict=True))
    assert found == pytest.approx({key: recorded[key] for key in found}, rel=0, abs=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_the_compiled_loops_give_the_recorded_statistics_over_all_areas(case):
    truth = prepare(case["gt"])

    found = statistics(truth, *result_arrays(truth, case["dt"]))

    recorded = dict(zip(STATISTICS, case["stats"], strict=True))
    assert found == pytest.approx({key: recorded[key] for key in found}, rel=0, abs=1e-12)
