import json

import pytest
from click.testing import CliRunner

from crosslook.commands.table import command
from crosslook.errors import StaleError
from crosslook.report.table_text import lines


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
TUNED = {"faster_rcnn": {"all": FUSION}}
POINT = {
    "detector": "faster_rcnn",
    "translation": "cut",
    "threshold": 0.512,
    "recall": 0.61,
    "precision": 0.72,
    "false_alarms_per_1000_km2": 41.4,
    "area_km2": 150.2,
}


def line(text, start):
    return next(found for found in text if found.startswith(start))


def test_a_row_shows_checkpoint_score_and_interval():
    cut = line(lines(ROWS, GAPS, TUNED), "cut ").split()

    assert cut[:6] == ["cut", "300", "0.300", "0.250", "-", "0.350"]
    assert cut[-3:] == ["0.710", "0.320", "0.430"]


def test_no_line_is_wider_than_a_hundred_columns():
    long = row("a_translation_with_a_long_name", 0.5, checkpoint=123456)

    gaps = [*GAPS, gap("a_translation_with_a_long_name", "none", -1, 1, p_holm=1.0)]
    many = {"weights": {f"translation_{i}": 0.1 for i in range(10)}}
    text = lines([*ALL, long], gaps, {"faster_rcnn": {"all": FUSION | many}}, [POINT])

    assert max(map(len, text)) <= 100


def test_the_numbers_of_images_scenes_boxes_and_the_seed_are_said():
    assert line(lines(ROWS, GAPS, TUNED), "72 images of 6 scenes, 188 boxes, seed 1")


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
        "Ensemble all, tuned: tuned fusion (cyclegan 0.60, cut 0.40; IoU 0.50, skip below 0.10)"
    ) in text
    assert "On dev: AP 0.450; best single member, cut, 0.410; equal weights 0.440" in text


def test_a_single_member_as_the_answer_has_no_thresholds():
    alone = {**FUSION, "answer": "single member", "weights": {"cut": 1.0}}
    alone["iou_threshold"] = alone["skip_threshold"] = None

    text = lines(ROWS, GAPS, {"faster_rcnn": {"all": alone}})
    assert "Ensemble all, tuned: single member (cut 1.00)" in text


def test_each_detector_has_its_own_part():
    other = [row("none", 0.1, detector="cascade"), row("cut", 0.2, detector="cascade")]

    text = lines([*ROWS, *other], GAPS, TUNED)

    assert [part.split()[0] for part in text if "(torchvision" in part] == [
        "faster_rcnn",
        "cascade",
    ]


NESTED = {"protocol": "nested", "folds": "5 folds of scenes", "repeats": 10, "n_images": 98}
ALL = [
    *ROWS,
    *({**one, "protocol": "paper", "ap": 0.4} for one in ROWS),
    *({**one, **NESTED, "ap": 0.2} for one in ROWS),
]


def test_the_other_protocols_stand_in_the_same_line():
    cut = line(lines(ALL, GAPS, TUNED), "cut ").split()

    assert cut[9:11] == ["0.400", "0.200"]


def test_what_is_tuned_on_test_is_marked():
    text = lines(ALL, GAPS, TUNED)

    assert line(text, "paper: ").endswith("tuned on test.")
    assert not [one for one in lines(ROWS, GAPS, TUNED) if "tuned on test" in one]


def test_each_set_of_images_is_counted():
    text = lines(ALL, GAPS, TUNED)

    assert line(text, "dev, paper: 72 images of 6 scenes")
    assert line(text, "nested: 98 images of 6 scenes")


def test_thresholds_and_the_gap_stand_below():
    rows = [
        *ROWS[:1],
        {**ROWS[1], "gap_closed": 0.5, "gap_closed_low": 0.4, "gap_closed_high": 0.7},
    ]

    text = lines(rows, GAPS, TUNED, [POINT])

    below = [one for one in text if one.startswith("cut ")][1].split()
    assert below == ["cut", "0.50", "0.40", "to", "0.70", "0.512", "0.610", "0.720", "41"]


def test_a_difference_that_holm_does_not_confirm_is_said():
    unsure = gap("cut", "none", 0.01, 0.3, p_holm=0.2, distinguishable_holm=False)

    assert line(lines(ROWS, [unsure], {}), "cut minus").endswith("0.200 not after Holm")


def test_the_command_prints_the_results_of_the_project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    for name, value in (
        ("evaluate", ROWS),
        ("evaluate_differences", GAPS),
        ("evaluate_operating_points", [POINT]),
        ("tune_fusion", {"detectors": TUNED}),
    ):
        (tmp_path / f"results/{name}.json").write_text(json.dumps(value))

    result = CliRunner().invoke(command)

    assert result.exit_code == 0
    assert result.output.splitlines() == lines(ROWS, GAPS, TUNED, [POINT])
    for form, start in (("markdown", "**Table I.**"), ("latex", "% needs")):
        assert CliRunner().invoke(command, ["--format", form]).output.startswith(start)


def test_without_results_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(StaleError, match=r"evaluate.json is missing: run 'make repro'"):
        CliRunner().invoke(command, catch_exceptions=False)
