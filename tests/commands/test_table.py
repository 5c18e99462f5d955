import json

import pytest
from click.testing import CliRunner

from crosslook.commands.table import command, lines
from crosslook.errors import StaleError


def row(translation, ap, **changes):
    return {
        "detector": "faster_rcnn",
        "engine": "torchvision",
        "weights": "warm_start",
        "translation": translation,
        "checkpoint": None,
        "protocol": "dev",
        "ap": ap,
        "ap_low": max(ap - 0.05, 0),
        "ap_high": ap + 0.05,
        "ap50": 0.71,
        "ap75": 0.32,
        "ar": 0.43,
        "n_images": 72,
        "n_scenes": 6,
        "n_boxes": 188,
        "seed": 1,
    } | changes


def gap(a, b, low, high, **changes):
    return {
        "detector": "faster_rcnn",
        "a": a,
        "b": b,
        "difference": (low + high) / 2,
        "low": low,
        "high": high,
        "share_not_above_zero": 0.125,
        "distinguishable": not low <= 0 <= high,
        "best_gan": False,
        "best_single": False,
    } | changes


ROWS = [row("none", 0.02), row("cut", 0.3, checkpoint=300), row("ensemble", 0.32)]
GAPS = [
    gap("cut", "none", 0.2, 0.3, best_gan=True),
    gap("ensemble", "cut", -0.01, 0.05, best_single=True),
]
FUSION = {
    "answer": "tuned fusion",
    "weights": {"cyclegan": 0.6, "cut": 0.4},
    "iou_threshold": 0.5,
    "skip_threshold": 0.1,
    "ap": 0.45,
    "equal": {"ap": 0.44},
    "best_single": {"translation": "cut", "ap": 0.41},
}
TUNED = {"faster_rcnn": FUSION}


def line(text, start):
    return next(found for found in text if found.startswith(start))


def test_a_row_shows_checkpoint_score_and_interval():
    cut = line(lines(ROWS, GAPS, TUNED), "cut ").split()

    assert cut[:6] == ["cut", "300", "0.300", "0.250", "-", "0.350"]
    assert cut[-3:] == ["0.710", "0.320", "0.430"]


def test_no_line_is_wider_than_a_hundred_columns():
    long = row("a_translation_with_a_long_name", 0.5, checkpoint=123456)

    text = lines(
        [*ROWS, long], [*GAPS, gap("a_translation_with_a_long_name", "none", -1, 1)], TUNED
    )

    assert max(map(len, text)) <= 100


def test_the_numbers_of_images_scenes_boxes_and_the_seed_are_said():
    assert "72 images of 6 scenes, 188 boxes, seed 1" in line(
        lines(ROWS, GAPS, TUNED), "faster_rcnn"
    )


def test_a_difference_whose_interval_holds_zero_is_not_distinguishable():
    text = lines(ROWS, GAPS, TUNED)

    assert line(text, "ensemble, tuned minus cut**").endswith("not distinguishable")
    assert not line(text, "cut* minus none").endswith("not distinguishable")


def test_a_second_ensemble_is_called_by_its_name():
    text = lines([*ROWS, row("ensemble_paper", 0.3), row("ensemble_paper_equal", 0.3)], [], {})

    assert line(text, "paper, tuned")
    assert line(text, "paper, equal")


def test_the_marks_are_explained_only_where_they_stand():
    assert "* the GAN that was best on dev" in lines(ROWS, GAPS, TUNED)
    assert "* the GAN that was best on dev" not in lines(ROWS, GAPS[1:], TUNED)


def test_what_was_fused_is_said_with_its_score_on_dev():
    text = lines(ROWS, GAPS, TUNED)

    assert (
        "Ensemble, tuned: tuned fusion (cyclegan 0.60, cut 0.40; IoU 0.50, skip below 0.10)" in text
    )
    assert "On dev: AP 0.450; best single member, cut, 0.410; equal weights 0.440" in text


def test_a_single_member_as_the_answer_has_no_thresholds():
    alone = {**FUSION, "answer": "single member", "weights": {"cut": 1.0}}
    alone["iou_threshold"] = alone["skip_threshold"] = None

    assert "Ensemble, tuned: single member (cut 1.00)" in lines(ROWS, GAPS, {"faster_rcnn": alone})


def test_each_detector_has_its_own_part():
    other = [row("none", 0.1, detector="cascade"), row("cut", 0.2, detector="cascade")]

    text = lines([*ROWS, *other], GAPS, TUNED)

    assert [part.split()[0] for part in text if "(torchvision" in part] == [
        "faster_rcnn",
        "cascade",
    ]


def test_a_detector_that_finds_nothing_is_drawn_too():
    assert line(lines([row("none", 0.0, ap_high=0.0)], [], {}), "none").split()[6] == "o"


def test_the_command_prints_the_results_of_the_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    for name, value in (
        ("evaluate", ROWS),
        ("evaluate_differences", GAPS),
        ("tune_fusion", {"detectors": {"faster_rcnn": {"all": FUSION}}}),
    ):
        (tmp_path / f"results/{name}.json").write_text(json.dumps(value))

    result = CliRunner().invoke(command)

    assert result.exit_code == 0
    assert result.output.splitlines() == lines(ROWS, GAPS, TUNED)


def test_without_results_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(StaleError, match=r"evaluate.json is missing: run 'make repro'"):
        CliRunner().invoke(command, catch_exceptions=False)
