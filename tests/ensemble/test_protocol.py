import pytest

from crosslook.ensemble.protocol import (
    Model,
    best_gan,
    chosen_checkpoints,
    ensembles,
    score,
    single,
)
from crosslook.ensemble.settings import EvaluateParams
from crosslook.errors import InputError, StaleError

TRUTH = {
    "images": [{"id": i, "width": 64, "height": 64} for i in (1, 2, 3, 4)],
    "categories": [{"id": 1, "name": "ship"}],
    "annotations": [
        {"id": i, "image_id": i, "category_id": 1, "bbox": [5, 5, 20, 20], "area": 400}
        for i in (1, 2, 3, 4)
    ],
}
SCENES = ["p", "p", "q", "q"]
CHOSEN = [
    {"detector": "faster_rcnn", "translation": "none", "checkpoint": None, "ap": 0.9},
    {"detector": "faster_rcnn", "translation": "cut", "checkpoint": 100, "ap": 0.5},
    {"detector": "faster_rcnn", "translation": "cyclegan", "checkpoint": 300, "ap": 0.6},
]
RULES = {"iou_threshold": 0.55, "skip_threshold": 0.0, "confidence": "avg"}
RECORD = {
    "members": [
        {"translation": "cut", "checkpoint": 100},
        {"translation": "cyclegan", "checkpoint": 300},
    ],
    "weights": {"cut": 0.25, "cyclegan": 0.75},
    **RULES,
    "equal": RULES,
    "best_single": {"translation": "cyclegan"},
}
TUNED = {"faster_rcnn": {"all": RECORD}}
PARAMS = EvaluateParams(replicates=200)


def seen(*images, value=0.9):
    return [
        {"image_id": i, "category_id": 1, "bbox": [5.0, 5.0, 20.0, 20.0], "score": value}
        for i in images
    ]


def model(translation, checkpoint, rows):
    return Model("faster_rcnn", "torchvision", "random", translation, checkpoint, rows)


SINGLES = [
    model("none", None, []),
    model("cut", 100, seen(1, 2)),
    model("cyclegan", 300, seen(1, 2, 3, value=0.5)),
]


def scored(models, **changes):
    arguments = {"scenes": SCENES, "chosen": CHOSEN, "tuned": TUNED, "params": PARAMS, "seed": 7}
    return score(models, TRUTH, **{**arguments, **changes})


def everything(**changes):
    return scored([*SINGLES, *ensembles(TUNED, SINGLES, TRUTH)], **changes)


def test_a_row_says_what_was_scored_and_on_what():
    table, _ = everything()

    row = {key: table[1][key] for key in table[1] if not key.startswith("a")}
    assert row == {
        "detector": "faster_rcnn",
        "engine": "torchvision",
        "weights": "random",
        "translation": "cut",
        "checkpoint": 100,
        "protocol": "dev",
        "n_images": 4,
        "n_scenes": 2,
        "n_boxes": 4,
        "seed": 7,
    }


def test_a_detector_that_finds_half_the_objects_has_half_the_average_precision():
    table, _ = everything()

    assert table[1]["ap"] == pytest.approx(51 / 101)  # recalls 0, .01, ... .50 of 101
    assert table[1]["ar"] == pytest.approx(0.5)


def test_a_detector_without_boxes_scores_zero():
    table, _ = everything()

    assert [table[0][key] for key in ("ap", "ap_low", "ap_high", "ap50", "ar")] == [0] * 5


def test_the_interval_holds_the_score():
    table, _ = everything()

    assert all(row["ap_low"] <= row["ap"] <= row["ap_high"] for row in table)
    assert table[1]["ap_low"] < table[1]["ap_high"]


def test_drawing_scenes_widens_the_interval():
    images, scenes = (
        everything(params=EvaluateParams(500, unit))[0][1] for unit in ("images", "scenes")
    )

    assert (scenes["ap_low"], scenes["ap_high"]) == (0, pytest.approx(1))
    assert images["ap_high"] - images["ap_low"] <= scenes["ap_high"] - scenes["ap_low"]


def test_the_ensembles_come_last_and_have_no_checkpoint():
    table, _ = everything()

    ends = [(row["translation"], row["checkpoint"]) for row in table[3:]]
    assert ends == [("ensemble", None), ("ensemble_equal", None)]


def test_a_second_ensemble_has_its_name_in_its_rows():
    two = {"faster_rcnn": {"all": RECORD, "paper": RECORD}}

    assert [model.translation for model in ensembles(two, SINGLES, TRUTH)] == [
        "ensemble",
        "ensemble_equal",
        "ensemble_paper",
        "ensemble_paper_equal",
    ]


def test_tuned_weights_reach_the_fused_scores():
    tuned, equal = ensembles(TUNED, SINGLES, TRUTH)

    first = [min(m.seen, key=lambda row: row["image_id"])["score"] for m in (tuned, equal)]
    assert first == pytest.approx([0.25 * 0.9 + 0.75 * 0.5, 0.5 * 0.9 + 0.5 * 0.5])


def test_a_single_member_as_the_answer_is_passed_on_as_it_is():
    record = {**RECORD, "weights": {"cut": 0.0, "cyclegan": 1.0}}
    record["iou_threshold"] = None

    tuned, _ = ensembles({"faster_rcnn": {"all": record}}, SINGLES, TRUTH)

    assert tuned.seen == SINGLES[2].seen


def test_every_row_is_compared_with_none_and_the_ensemble_with_its_best_member():
    _, differences = everything()

    assert [(gap["a"], gap["b"]) for gap in differences] == [
        ("cut", "none"),
        ("cyclegan", "none"),
        ("ensemble", "none"),
        ("ensemble_equal", "none"),
        ("ensemble", "cyclegan"),
    ]


def test_the_best_gan_on_dev_and_the_best_member_are_marked():
    _, differences = everything()

    assert [(g["a"], g["b"]) for g in differences if g["best_gan"]] == [("cyclegan", "none")]
    assert [(g["a"], g["b"]) for g in differences if g["best_single"]] == [("ensemble", "cyclegan")]


def test_a_difference_is_that_of_the_two_rows():
    table, differences = everything()

    assert differences[0]["difference"] == pytest.approx(table[1]["ap"] - table[0]["ap"])


def test_detectors_that_see_the_same_are_not_distinguishable():
    _, (gap,) = scored([model("none", None, seen(1)), model("cut", 100, seen(1))], tuned={})

    assert (gap["low"], gap["high"], gap["distinguishable"]) == (0, 0, False)


def test_without_the_baseline_only_the_ensemble_is_compared():
    models = [*SINGLES[1:], *ensembles(TUNED, SINGLES, TRUTH)]

    _, differences = scored(models)

    assert [(gap["a"], gap["b"]) for gap in differences] == [("ensemble", "cyclegan")]


def test_the_same_seed_gives_the_same_table():
    assert everything() == everything()


def test_what_has_no_checkpoint_is_no_gan():
    assert best_gan(CHOSEN, "faster_rcnn") == "cyclegan"
    assert best_gan(CHOSEN[:1], "faster_rcnn") is None


def test_test_images_without_objects_are_refused():
    with pytest.raises(InputError, match="give the test split a scene with labels"):
        score(SINGLES, {**TRUTH, "annotations": []}, SCENES, CHOSEN, TUNED, PARAMS, 7)


def test_a_single_model_takes_engine_and_weights_from_its_training():
    entries = [
        {"detector": "faster_rcnn", "checkpoint": 50, "engine": "x", "weights": "y"},
        {"detector": "faster_rcnn", "checkpoint": 100, "engine": "torchvision", "weights": "coco"},
    ]

    made = single(CHOSEN[1], entries, [])

    assert (made.engine, made.weights) == ("torchvision", "coco")


def test_a_chosen_detector_that_was_never_trained_is_refused():
    with pytest.raises(StaleError, match=r"cut.json has no faster_rcnn of checkpoint 100"):
        single(CHOSEN[1], [], [])


def test_a_member_that_dev_did_not_choose_is_refused():
    with pytest.raises(StaleError, match="no row of faster_rcnn with munit"):
        chosen_checkpoints(CHOSEN, "faster_rcnn", ["cut", "munit"])


def test_a_fusion_of_a_checkpoint_no_longer_chosen_is_refused():
    with pytest.raises(StaleError, match="fuses faster_rcnn of cut, checkpoint 100, which"):
        ensembles(TUNED, [model("cut", 200, []), SINGLES[2]], TRUTH)
