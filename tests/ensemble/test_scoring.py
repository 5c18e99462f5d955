import numpy as np
import pytest

from crosslook.ensemble.differences import Pair, differences, pairs
from crosslook.ensemble.evaluation_settings import EvaluateParams
from crosslook.ensemble.labelled import Labelled
from crosslook.ensemble.models import Model
from crosslook.ensemble.scoring import score
from crosslook.errors import InputError
from crosslook.scores import bootstrap
from crosslook.scores.average_precision import evaluate
from crosslook.scores.matching import match, prepare

PARAMS = EvaluateParams(replicates=200)


def labelled(n, scenes=None):
    """One object in each of n images."""
    truth = {
        "images": [{"id": i, "width": 64, "height": 64} for i in range(1, n + 1)],
        "categories": [{"id": 1, "name": "ship"}],
        "annotations": [
            {"id": i, "image_id": i, "category_id": 1, "bbox": [5, 5, 20, 20], "area": 400}
            for i in range(1, n + 1)
        ],
    }
    return Labelled(truth, tuple(scenes or (f"s{i}" for i in range(n))))


def seen(*images, value=0.9, shift=0.0):
    return [
        {"image_id": i, "category_id": 1, "bbox": [5.0 + shift, 5.0, 20.0, 20.0], "score": value}
        for i in images
    ]


def model(translation, *answers, checkpoint=None):
    return Model("faster_rcnn", "torchvision", "random", translation, checkpoint, answers)


FOUR = labelled(4, ["p", "p", "q", "q"])
SINGLES = [
    model("none", []),
    model("cut", seen(1, 2), checkpoint=100),
    model("cyclegan", seen(1, 2, 3, value=0.5), checkpoint=300),
]


def scored(models=SINGLES, images=FOUR, params=PARAMS, seed=7, **more):
    return score(models, images, "dev", params, seed, **more)


def test_a_row_says_what_was_scored_and_on_what():
    row = scored().rows[1]

    assert {key: row[key] for key in row if not key.startswith(("a", "gap"))} == {
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
        "resampled": "images",
        "replicates": 200,
        "checkpoint_share": 1.0,
        "repeats": 1,
        "folds": None,
    }


def test_a_detector_that_finds_half_the_objects_has_half_the_average_precision():
    row = scored().rows[1]

    assert row["ap"] == pytest.approx(51 / 101)  # recalls 0, .01, ... .50 of 101
    assert row["ar"] == pytest.approx(0.5)


def test_a_detector_without_boxes_scores_zero():
    row = scored().rows[0]

    assert [row[key] for key in ("ap", "ap_low", "ap_high", "ap50", "ar")] == [0] * 5


def test_the_interval_holds_the_score():
    rows = scored().rows

    assert all(row["ap_low"] <= row["ap"] <= row["ap_high"] for row in rows)
    assert rows[1]["ap_low"] < rows[1]["ap_high"]


def test_eight_scenes_are_drawn_as_scenes_and_seven_are_not():
    eight, seven = (labelled(16, [f"s{i % n}" for i in range(16)]) for n in (8, 7))

    units = [scored([model("none", seen(1, 2))], images).rows[0] for images in (eight, seven)]

    assert [row["resampled"] for row in units] == ["scenes", "images"]


def test_drawing_scenes_widens_the_interval():
    images = labelled(40, [f"s{i // 4}" for i in range(40)])
    found = [model("none", seen(*range(1, 17)))]

    narrow, wide = (
        scored(found, images, EvaluateParams(500, unit)).rows[0] for unit in ("images", "scenes")
    )

    assert wide["ap_high"] - wide["ap_low"] > narrow["ap_high"] - narrow["ap_low"]


def test_the_score_of_several_repeats_is_their_mean_and_equals_pycocotools():
    answers = seen(1, 2, shift=3.0), seen(1, 2, 3, shift=1.0)

    row = scored([model("none", *answers)]).rows[0]

    each = [evaluate(FOUR.ground_truth, answer) for answer in answers]
    for key, name in (("ap", "AP"), ("ap50", "AP50"), ("ap75", "AP75"), ("ar", "AR100")):
        assert row[key] == pytest.approx(np.mean([one[name] for one in each]), rel=0, abs=1e-12)


def test_the_draws_of_several_repeats_hold_those_of_each():
    answers = seen(1), seen(1, 2, 3, 4)

    (drawn,) = scored([model("none", *answers)]).drawn

    counts = bootstrap.draw(range(4), 200, 7)
    each = [
        bootstrap.statistics(match(prepare(FOUR.ground_truth), answer), counts)["AP"]
        for answer in answers
    ]
    assert np.isclose(drawn.replicates, each[0]).sum() < 200
    assert (np.isclose(drawn.replicates, each[0]) | np.isclose(drawn.replicates, each[1])).all()


def test_the_gap_is_that_between_none_and_real_sar():
    models = [model("none", seen(1)), model("cut", seen(1, 2)), model("real_sar", seen(1, 2, 3))]

    rows = scored(models).rows

    ap = [row["ap"] for row in rows]
    assert rows[1]["gap_closed"] == pytest.approx((ap[1] - ap[0]) / (ap[2] - ap[0]))
    assert (rows[0]["gap_closed"], rows[2]["gap_closed"]) == (0, 1)


def test_without_a_ceiling_there_is_no_gap():
    assert [row["gap_closed"] for row in scored().rows] == [None] * 3


def test_the_same_seed_gives_the_same_rows():
    assert scored().rows == scored().rows
    assert scored().rows != scored(seed=8).rows


def test_images_without_objects_are_refused():
    empty = Labelled({**FOUR.ground_truth, "annotations": []}, FOUR.scenes)

    with pytest.raises(InputError, match="give the test split a scene with labels"):
        scored(images=empty)


FAMILY = [Pair("cut", "none"), Pair("cyclegan", "none")]


def gaps(models=SINGLES, wanted=FAMILY):
    return differences(scored(models).drawn, wanted, "dev")


def test_a_difference_is_that_of_the_two_rows():
    assert gaps()[0]["difference"] == pytest.approx(51 / 101)


def test_detectors_that_see_the_same_are_not_distinguishable():
    (gap,) = gaps([model("none", seen(1)), model("cut", seen(1))], [Pair("cut", "none")])

    assert (gap["low"], gap["high"], gap["p"], gap["distinguishable"]) == (0, 0, 1, False)


def test_p_values_are_corrected_for_the_whole_family():
    alone, both = gaps(wanted=[Pair("cut", "none")]), gaps()

    assert alone[0]["p_holm"] == alone[0]["p"]
    assert both[0]["p"] == alone[0]["p"]
    rarest = min(both, key=lambda gap: gap["p"])
    assert rarest["p_holm"] == pytest.approx(min(1, 2 * rarest["p"]))


def test_every_row_is_compared_with_none_and_ensembles_with_their_controls():
    names = ["none", "cut", "cyclegan", "ensemble", "ensemble_equal"]
    names += ["ensemble_paper", "ensemble_paper_equal"]

    wanted = pairs(names, ["all", "paper"], "cut", {"all": "cyclegan", "paper": "cut"})

    assert [(pair.a, pair.b) for pair in wanted[:6]] == [(name, "none") for name in names[1:]]
    assert [(pair.a, pair.b) for pair in wanted[6:]] == [
        ("ensemble", "cyclegan"),
        ("ensemble", "ensemble_equal"),
        ("ensemble_paper", "cut"),
        ("ensemble_paper", "ensemble_paper_equal"),
        ("ensemble", "ensemble_paper"),
    ]
    assert [pair.a for pair in wanted if pair.best_gan] == ["cut"]
    assert [pair.b for pair in wanted if pair.best_single] == ["cyclegan", "cut"]


def test_without_the_baseline_only_ensembles_are_compared():
    wanted = pairs(["cut", "ensemble", "ensemble_equal"], ["all"], "cut", {"all": "cut"})

    assert [(pair.a, pair.b) for pair in wanted] == [
        ("ensemble", "cut"),
        ("ensemble", "ensemble_equal"),
    ]
