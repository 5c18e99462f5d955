import pytest

from crosslook.delivery.promotion import best, candidates, scores_on_test
from crosslook.ensemble.fusion import FusionRules
from crosslook.errors import StaleError


def study(ap, equal_ap, **changes):
    members = [
        {"translation": "cut", "checkpoint": 200, "ap": 0.2, "ar": 0.3},
        {"translation": "none", "checkpoint": None, "ap": 0.1, "ar": 0.3},
    ]
    equal = {"iou_threshold": 0.55, "skip_threshold": 0.0, "confidence": "avg"}
    return {
        "members": members,
        "weights": {"cut": 0.75, "none": 0.25},
        "iou_threshold": 0.5,
        "skip_threshold": 0.1,
        "confidence": "avg",
        "ap": ap,
        "ar": 0.5,
        "equal": {**equal, "ap": equal_ap, "ar": 0.5},
        **changes,
    }


def test_the_highest_ap_on_dev_of_all_detectors_is_best():
    found = best(candidates({"a": {"all": study(0.4, 0.3)}, "b": {"all": study(0.45, 0.5)}}))

    assert (found.detector, found.fusion, found.ap) == ("b", "equal", 0.5)
    assert found.shares == {"cut": 0.5, "none": 0.5}
    assert found.checkpoints == {"cut": 200, "none": None}
    assert found.rules == FusionRules(0.55, 0.0, "avg")


def test_only_the_first_ensemble_can_be_promoted():
    found = best(candidates({"a": {"all": study(0.4, 0.3), "paper": study(0.9, 0.9)}}))

    assert found.ap == 0.4


def test_the_tuned_ensemble_is_taken_when_both_are_equal():
    assert best(candidates({"a": {"all": study(0.4, 0.4)}})).fusion == "tuned"


def test_a_single_member_has_no_rules():
    alone = study(0.4, 0.3, weights={"cut": 1.0, "none": 0.0}, iou_threshold=None)

    found = best(candidates({"a": {"all": alone}}))

    assert found.rules is None
    assert found.shares == {"cut": 1.0, "none": 0.0}


def test_nothing_can_be_promoted_without_an_ensemble():
    with pytest.raises(StaleError, match="holds no ensemble: run 'make repro'"):
        best([])


def test_test_scores_come_with_their_interval():
    found = best(candidates({"a": {"all": study(0.4, 0.3)}}))
    scores = {"ap": 0.3, "ap_low": 0.2, "ap_high": 0.4, "ap50": 0.5, "ap75": 0.2, "ar": 0.4}
    row = {"detector": "a", "translation": "ensemble", "protocol": "dev", "seed": 0, **scores}

    assert scores_on_test(found, [{**row, "translation": "cut"}, row]) == {"dev": scores}


def test_an_ensemble_without_a_row_in_the_table_is_refused():
    found = best(candidates({"a": {"all": study(0.4, 0.3)}}))

    with pytest.raises(StaleError, match=r"evaluate.json has no row 'ensemble' of a: run"):
        scores_on_test(found, [])
