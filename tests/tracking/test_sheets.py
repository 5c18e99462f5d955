from crosslook.tracking.flatten import Point
from crosslook.tracking.records import Record
from crosslook.tracking.sheets import metric, sheets


def entry(checkpoint, ap, detector="faster_rcnn"):
    scores = {"ap": ap, "ap50": ap, "ap75": ap, "ar": ap}
    about = {"detector": detector, "translation": "cut", "checkpoint": checkpoint}
    return {**about, "engine": "torchvision", **scores}


def detectors(*entries):
    value = {"translation": "cut", "method": "cut", "entries": list(entries), "reason": None}
    (sheet,) = sheets([Record("train_detector", "cut", value)])["train_detector"]
    return sheet


def test_each_checkpoint_is_one_logged_model_with_every_detectors_score():
    sheet = detectors(entry(100, 0.2), entry(200, 0.3), entry(200, 0.4, "cascade"))

    assert [model.name for model in sheet.models] == ["cut-step_000100", "cut-step_000200"]
    assert sheet.models[1].params == {"translation": "cut", "checkpoint": "200", "method": "cut"}
    assert Point("ap__sar_dev__faster_rcnn", 0.3, 200, 1) in sheet.points
    assert Point("ap__sar_dev__cascade", 0.4, 200, 1) in sheet.points


def test_a_logged_model_says_where_dvc_has_its_weights():
    assert detectors(entry(100, 0.2)).models[0].tags == {
        "dvc.path": "build/train_translator/cut/step_000100.safetensors"
    }


def test_a_translation_without_a_gan_has_checkpoint_none():
    (model,) = detectors(entry(None, 0.2)).models

    assert model.name == "cut-only"
    assert model.params["checkpoint"] == "none"


def test_a_null_score_is_not_logged():
    assert "ap__sar_dev__faster_rcnn" not in {p.key for p in detectors(entry(100, None)).points}


def test_logged_models_carry_dev_scores_only():
    points = [point.key for point in detectors(entry(100, 0.2)).points if point.model is not None]

    assert {key for key in points if "test" in key} == set()
    assert metric("ap", "faster_rcnn") in points


def test_every_trial_is_a_nested_run():
    trials = [
        {"number": n, "params": {"weight/cut": 1.0}, "value": value, "ap": value, "ar": 0.0}
        for n, value in enumerate([0.3, 0.2, None])
    ]
    study = {"ap": 0.3, "answer": "tuned fusion", "trials": trials}
    value = {"detectors": {"faster_rcnn": {"all": study}}}
    (sheet,) = sheets([Record("tune_fusion", "tune_fusion", value)])["tune_fusion"]

    assert sheet.children[0].key == "faster_rcnn-all-trial_0000"
    assert sheet.children[0].params == {
        "detector": "faster_rcnn",
        "ensemble": "all",
        "weight/cut": "1.0",
    }
    best = [point.value for point in sheet.points if point.key == "faster_rcnn/all/best_so_far"]
    assert best == [0.3, 0.3]


def test_each_row_of_the_table_is_a_run_with_its_interval():
    row = {"detector": "d", "translation": "cut", "checkpoint": 100, "protocol": "dev"}
    row |= {"ap": 0.3, "ap_low": 0.2, "ap_high": 0.4}
    (sheet,) = sheets([Record("evaluate", "evaluate", [row])])["evaluate"]

    assert sheet.key == "cut-step_000100-d-dev"
    assert sheet.points[-2:] == [Point("ap_low", 0.2), Point("ap_high", 0.4)]


def test_differences_stand_in_the_experiment_evaluate():
    row = {"detector": "d", "a": "cut", "b": "none", "difference": 0.1, "low": 0.0, "high": 0.2}
    row["protocol"] = "nested"
    found = sheets([Record("evaluate_differences", "evaluate_differences", [row])])

    assert [name for name, made in found.items() if made] == ["evaluate"]
    assert found["evaluate"][0].key == "cut-minus-none-d-nested"
    assert found["evaluate"][0].points[0] == Point("difference", 0.1)


def test_what_was_chosen_is_a_parameter():
    row = {"detector": "d", "translation": "cut", "checkpoint": 100, "ap": 0.3}
    (sheet,) = sheets([Record("choose", "choose", [row])])["choose"]

    assert sheet.params == {"d/cut": "step_000100"}


def test_pictures_are_files_of_their_run_and_no_part_of_its_digest(tmp_path):
    picture = tmp_path / "curves.png"
    picture.write_bytes(b"1")
    value = {"method": "cut"}
    made = [
        sheets([Record("train_translator", "cut", value, files)])["train_translator"][0]
        for files in ({}, {"curves.png": picture})
    ]

    assert made[1].files == {"curves.png": picture}
    assert made[0].digest == made[1].digest
    before = made[1].digest_of_files
    picture.write_bytes(b"2")
    assert made[1].digest_of_files != before


def test_a_changed_number_changes_the_digest():
    assert detectors(entry(100, 0.2)).digest != detectors(entry(100, 0.3)).digest
    assert detectors(entry(100, 0.2)).digest == detectors(entry(100, 0.2)).digest


def test_stages_without_records_are_named_so_that_old_runs_can_be_retired():
    assert sheets([], ["tile", "evaluate_differences"]) == {"tile": [], "evaluate": []}


def test_every_protocol_of_a_row_is_a_run_of_its_own():
    rows = [
        {"detector": "d", "translation": "cut", "checkpoint": 100, "protocol": protocol, "ap": 0.3}
        for protocol in ("dev", "paper", "nested")
    ]

    made = sheets([Record("evaluate", "evaluate", rows)])["evaluate"]

    assert [sheet.key for sheet in made] == [
        f"cut-step_000100-d-{protocol}" for protocol in ("dev", "paper", "nested")
    ]


def test_a_land_cover_model_is_a_run_with_its_scores_and_the_logs_of_its_trainings():
    key = {"samples": 0, "seed": 3}
    log = [{"step": 10, "triplet": 0.5}, {"step": 20, "triplet": 0.4}]
    homogeneity = {"sensors": ["s1", "s2"], "homogeneity": {"s": 0.7, "interval": [0.6, 0.8]}}
    value = {
        "data": None,
        "scores": [
            {"configuration": name, **key, "test": {"pairs": [homogeneity], "patches": 9}}
            for name in ("baseline", "c_t")
        ],
        "trainings": [
            {"configuration": name, **key, "precision": "float32", "log": log}
            for name in ("baseline_s1", "baseline_s2", "c_t")
        ],
    }

    baseline, whole = sheets([Record("train_classifier", "train_classifier", value)])[
        "train_classifier"
    ]

    assert [baseline.key, whole.key] == ["baseline-all-seed3", "c_t-all-seed3"]
    assert whole.params == {
        "configuration": "c_t",
        "samples": "0",
        "seed": "3",
        "c_t/precision": "float32",
    }
    found = {(point.key, point.step): point.value for point in whole.points}
    assert found["test/patches", 0] == 9
    assert found["test/pairs/s1-s2/homogeneity/s", 0] == 0.7
    assert found["c_t/log/triplet", 20] == 0.4
    curves = {point.key for point in baseline.points if point.step}
    assert curves == {"baseline_s1/log/triplet", "baseline_s2/log/triplet"}


def test_checkpoints_are_curves_over_steps_and_averages_are_left_out():
    rows = [
        {"detector": "d", "translation": "cut", "checkpoint": step, "split": "dev"}
        | {"ap": 0.1, "ap_low": 0.0, "ap_high": 0.2}
        for step in (100, "100-average", 200)
    ]

    (sheet,) = sheets([Record("evaluate_checkpoints", "evaluate_checkpoints", rows)])["evaluate"]

    found = [(point.step, point.value) for point in sheet.points if point.key == "dev/d/cut/ap"]
    assert found == [(100, 0.1), (200, 0.1)]


def test_a_threshold_is_a_run_without_its_curve():
    row = {"detector": "d", "translation": "cut", "checkpoint": 100, "threshold": 0.4}
    row |= {"false_alarms_per_1000_km2": None, "curve": {"recall": [0.1]}}

    (sheet,) = sheets([Record("evaluate_operating_points", "evaluate_operating_points", [row])])[
        "evaluate"
    ]

    assert sheet.key == "threshold-cut-step_000100-d"
    assert Point("threshold", 0.4) in sheet.points
    assert not [point for point in sheet.points if "curve" in point.key or "false" in point.key]


def test_rho_of_a_score_is_a_metric_and_a_missing_one_is_none():
    row = {"score": "kid__x", "detector": "d", "form": "pooled", "rho": -0.5}
    row |= {"low": None, "high": None, "p_holm": 0.1}
    alone = row | {"form": "alone", "translation": "cut"}
    value = {"associations": [row, alone], "pictures": 3, "left_out": []}

    (sheet,) = sheets([Record("report", "report", value)])["report"]

    assert sheet.points == [
        Point("rho/d/pooled/kid__x", -0.5),
        Point("p_holm/d/pooled/kid__x", 0.1),
    ]
    assert sheet.record == value


def test_alarms_are_curves_over_steps_and_averages_are_left_out():
    row = {"variation": 0.5, "saturated": None, "distance": [0.1, 0.2], "flagged": ["distance"]}
    value = {
        "translation": "cut",
        "probes": {"images": 16, "real": {"variation": 1.1}},
        "alarms": [{"checkpoint": step} | row for step in (100, "100-average")],
    }
    (sheet,) = sheets([Record("train_translator", "cut", value)])["train_translator"]

    assert sorted((p.key, p.value, p.step) for p in sheet.points if p.key.startswith("alarms")) == [
        ("alarms/distance/band_1", 0.1, 100),
        ("alarms/distance/band_2", 0.2, 100),
        ("alarms/flagged", 1.0, 100),
        ("alarms/variation", 0.5, 100),
    ]
    assert Point("probes/real/variation", 1.1) in sheet.points
    assert sheet.record == value


def qualities():
    drawn = {"value": 3.0, "n": 12, "how": "so"}
    entries = [
        {
            "checkpoint": step,
            "scores": {"fd__a": value, "l1__VH/VV": 0.1, "survival": None},
            "details": {"fd__a": {"at_n": drawn}, "survival": {"reason": "no label"}},
            "lost": [],
        }
        for step, value in ((100, 9.0), (200, 8.0), ("200-average", 7.0))
    ]
    value = {"translation": "cut", "real": {"a": {"fd": drawn}}, "checkpoints": entries}
    (sheet,) = sheets([Record("score_translator", "cut", value)])["score_translator"]
    return sheet


def test_scores_of_images_are_curves_of_their_translation_under_their_own_names():
    points = qualities().points

    assert [p for p in points if p.key == "fd__a"] == [
        Point("fd__a", 9.0, 100),
        Point("fd__a", 8.0, 200),
    ]
    assert Point("real/a/fd/value", 3.0) in points
    assert "survival" not in {p.key for p in points}


def test_every_checkpoint_is_a_run_of_its_own_with_the_details():
    children = qualities().children

    assert [child.key for child in children] == [
        "cut-step_000100",
        "cut-step_000200",
        "cut-step_000200_average",
    ]
    assert Point("fd__a", 7.0, 200) in children[2].points
    assert Point("details/fd__a/at_n/value", 3.0) in children[0].points
    assert children[0].params["details/survival/reason"] == "no label"
