import pytest

from crosslook.ensemble.models import Trained
from crosslook.ensemble.protocol import best_gan, chosen_checkpoints, ensembles, singles
from crosslook.errors import StaleError

TRUTH = {
    "images": [{"id": i, "width": 64, "height": 64} for i in (1, 2, 3, 4)],
    "categories": [{"id": 1, "name": "ship"}],
    "annotations": [],
}
CHOSEN = [
    {"detector": "faster_rcnn", "translation": "none", "checkpoint": None, "ap": 0.9},
    {"detector": "faster_rcnn", "translation": "cut", "checkpoint": 100, "ap": 0.5},
    {"detector": "faster_rcnn", "translation": "cyclegan", "checkpoint": 300, "ap": 0.6},
]
RULES = {"iou_threshold": 0.55, "skip_threshold": 0.0, "confidence": "avg"}
STUDY = {
    "members": [
        {"translation": "cut", "checkpoint": 100},
        {"translation": "cyclegan", "checkpoint": 300},
    ],
    "weights": {"cut": 0.25, "cyclegan": 0.75},
    **RULES,
    "equal": RULES,
    "best_single": {"translation": "cyclegan"},
}
TUNED = {"faster_rcnn": {"all": STUDY}}


def seen(*images, value=0.9):
    return [
        {"image_id": i, "category_id": 1, "bbox": [5.0, 5.0, 20.0, 20.0], "score": value}
        for i in images
    ]


def trained(translation, checkpoint, rows):
    splits = {"dev": [], "test": rows}
    return Trained("faster_rcnn", "torchvision", "coco", translation, checkpoint, splits)


TRAINED = [
    trained("none", None, []),
    trained("cut", 50, seen(4)),
    trained("cut", 100, seen(1, 2)),
    trained("cyclegan", 300, seen(1, 2, 3, value=0.5)),
]


def test_a_single_model_is_the_checkpoint_that_dev_chose():
    _, cut, _ = singles(CHOSEN, TRAINED, "test")

    assert (cut.translation, cut.checkpoint, cut.engine, cut.weights) == (
        *("cut", 100, "torchvision", "coco"),
    )
    assert cut.seen == (seen(1, 2),)


def test_the_split_says_whose_detections_are_taken():
    assert [model.seen for model in singles(CHOSEN, TRAINED, "dev")] == [([],)] * 3


def test_tuned_weights_reach_the_fused_scores():
    tuned, equal = ensembles(TUNED, singles(CHOSEN, TRAINED, "test"), TRUTH)

    first = [min(m.seen[0], key=lambda row: row["image_id"])["score"] for m in (tuned, equal)]
    assert first == pytest.approx([0.25 * 0.9 + 0.75 * 0.5, 0.5 * 0.9 + 0.5 * 0.5])


def test_the_first_ensemble_has_the_plain_name_and_the_others_their_own():
    records = {"faster_rcnn": {"all": STUDY, "paper": STUDY}}

    made = ensembles(records, singles(CHOSEN, TRAINED, "test"), TRUTH)

    assert [(model.translation, model.checkpoint) for model in made] == [
        ("ensemble", None),
        ("ensemble_equal", None),
        ("ensemble_paper", None),
        ("ensemble_paper_equal", None),
    ]


def test_a_single_member_as_the_answer_is_passed_on_as_it_is():
    record = {**STUDY, "weights": {"cut": 0.0, "cyclegan": 1.0}, "iou_threshold": None}

    tuned, _ = ensembles({"faster_rcnn": {"all": record}}, singles(CHOSEN, TRAINED, "test"), TRUTH)

    assert tuned.seen == (seen(1, 2, 3, value=0.5),)


def test_what_has_no_checkpoint_is_no_gan():
    assert best_gan(CHOSEN, "faster_rcnn") == "cyclegan"
    assert best_gan(CHOSEN[:1], "faster_rcnn") is None


def test_a_chosen_detector_that_was_never_trained_is_refused():
    with pytest.raises(StaleError, match=r"cut.json has no faster_rcnn of checkpoint 100"):
        singles(CHOSEN, TRAINED[:2], "test")


def test_a_member_that_dev_did_not_choose_is_refused():
    with pytest.raises(StaleError, match="no row of faster_rcnn with munit"):
        chosen_checkpoints(CHOSEN, "faster_rcnn", ["cut", "munit"])


def test_a_fusion_of_a_checkpoint_no_longer_chosen_is_refused():
    others = [{**row, "checkpoint": 50} if row["checkpoint"] == 100 else row for row in CHOSEN]

    with pytest.raises(StaleError, match="fuses faster_rcnn of cut, checkpoint 100, which"):
        ensembles(TUNED, singles(others, TRAINED, "test"), TRUTH)
