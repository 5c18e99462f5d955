import json
import shutil

import pytest
import yaml
from click.testing import CliRunner
from three_ships import CORNERS, write, write_three_ships

from crosslook import params
from crosslook.errors import StaleError
from crosslook.results import digest_folder
from crosslook.stages.evaluate import command

STEPS = {"none": None, "cyclegan": 300, "cut": 100}
RULES = {"iou_threshold": 0.5, "skip_threshold": 0.0, "confidence": "avg"}


def found(n):
    """COCO rows of a detector that finds the first ``n`` objects."""
    return [
        {"image_id": i, "category_id": 1, "bbox": [float(x), float(y), 12.0, 12.0], "score": 0.9}
        for i, (x, y) in enumerate(CORNERS[:n], start=1)
    ]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project folder as the stages before leave it."""
    monkeypatch.chdir(tmp_path)
    params.load.cache_clear()
    values = {
        "seed": 3,
        "translations": list(STEPS),
        "detectors": ["faster_rcnn"],
        "tune_fusion": {"ensembles": {"all": ["cyclegan", "cut"]}, "trials": 4},
        "evaluate": {"replicates": 50, "nested": {"folds": 2, "repeats": 2, "trials": 2}},
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values))
    write_three_ships(tmp_path / "build/tile/sar_test")
    write_three_ships(tmp_path / "build/tile/sar_dev")
    chosen = []
    for n, (name, step) in enumerate(STEPS.items()):
        row = {"detector": "faster_rcnn", "translation": name, "checkpoint": step}
        chosen.append({**row, "ap": n / 10})
        entry = {**row, "engine": "torchvision", "weights": "coco"}
        write(
            tmp_path / f"results/train_detector/{name}.json",
            {"translation": name, "entries": [entry]},
        )
        folder = "only" if step is None else f"step_{step:06d}"
        write(
            tmp_path / "build/detect_test" / name / "faster_rcnn" / folder / "test.json", found(n)
        )
        write(
            tmp_path / "build/train_detector" / name / "faster_rcnn" / folder / "dev.json", found(3)
        )
    write(tmp_path / "results/choose.json", chosen)
    fusion = {
        "members": [{"translation": m, "checkpoint": STEPS[m]} for m in ("cyclegan", "cut")],
        "weights": {"cyclegan": 0.5, "cut": 0.5},
        **RULES,
        "equal": RULES,
        "best_single": {"translation": "cut"},
    }
    write(tmp_path / "results/tune_fusion.json", {"detectors": {"faster_rcnn": {"all": fusion}}})
    yield tmp_path
    params.load.cache_clear()


def run():
    result = CliRunner().invoke(command, catch_exceptions=False)
    assert result.exit_code == 0


def read(project, name):
    return json.loads((project / "results" / f"{name}.json").read_text())


def test_the_table_has_each_translation_and_two_ensembles(project):
    run()

    found = read(project, "evaluate")
    for protocol in ("dev", "paper", "nested"):
        mine = [row for row in found if row["protocol"] == protocol]
        rows = [(row["translation"], row["checkpoint"]) for row in mine]
        assert rows == [*STEPS.items(), ("ensemble", None), ("ensemble_equal", None)]


def test_a_row_has_the_columns_that_the_table_and_the_registry_read(project):
    run()

    assert list(read(project, "evaluate")[0]) == [
        "detector",
        "engine",
        "weights",
        "translation",
        "checkpoint",
        "protocol",
        "ap",
        "ap_low",
        "ap_high",
        "ap50",
        "ap75",
        "ar",
        "n_images",
        "n_scenes",
        "n_boxes",
        "seed",
        "resampled",
        "replicates",
        "checkpoint_share",
        "repeats",
        "folds",
        "ap_fold_mean",
        "gap_closed",
        "gap_closed_low",
        "gap_closed_high",
    ]


def test_images_and_scenes_are_counted(project):
    run()

    row = read(project, "evaluate")[0]
    assert (row["n_images"], row["n_scenes"], row["n_boxes"]) == (3, 2, 3)


def test_a_detector_without_boxes_on_the_test_images_scores_zero(project):
    run()

    assert read(project, "evaluate")[0]["ap"] == 0


def test_the_best_gan_on_dev_is_compared_with_no_translation(project):
    run()

    gaps = [gap for gap in read(project, "evaluate_differences") if gap["protocol"] == "dev"]
    (gap,) = [gap for gap in gaps if gap["best_gan"]]
    assert (gap["a"], gap["b"]) == ("cut", "none")
    assert gap["difference"] == pytest.approx(read(project, "evaluate")[2]["ap"])


def test_the_fused_boxes_are_kept(project):
    run()

    for name in ("ensemble", "ensemble_equal"):
        rows = json.loads((project / f"build/evaluate/faster_rcnn/{name}.json").read_text())
        assert [row["image_id"] for row in rows] == [1, 2]


def test_a_second_run_gives_the_same_bytes(project):
    run()
    first = digest_folder(project / "results"), digest_folder(project / "build/evaluate")

    run()

    assert (digest_folder(project / "results"), digest_folder(project / "build/evaluate")) == first


def test_the_pictures_are_there(project):
    run()

    pictures = {path.name for path in (project / "build/evaluate").glob("*.png")}
    assert pictures == {"checkpoints_dev.png", "checkpoints_test.png", "precision_recall.png"}


def test_false_alarms_are_counted_on_the_ground_of_the_test_patches(project):
    run()

    found = {row["translation"]: row for row in read(project, "evaluate_operating_points")}
    assert found["cut"]["area_km2"] == pytest.approx(3 * 64 * 64 * 100 / 1e6)
    assert (found["cut"]["threshold"], found["cut"]["false_alarms"]) == (0.9, 0)
    assert found["cut"]["recall"] == pytest.approx(2 / 3)


def test_missing_detections_name_the_file_and_the_remedy(project):
    (project / "build/detect_test/cut/faster_rcnn/step_000100/test.json").unlink()

    with pytest.raises(StaleError, match=r"cut/faster_rcnn/step_000100/test.json is missing: run"):
        run()


def test_a_detector_may_have_fewer_checkpoints_than_another_one(project):
    values = yaml.safe_load((project / "params.yaml").read_text())
    values["detectors"].append("cascade_rcnn")
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    params.load.cache_clear()
    chosen, tuned = read(project, "choose"), read(project, "tune_fusion")
    tuned["detectors"]["cascade_rcnn"] = tuned["detectors"]["faster_rcnn"]
    write(project / "results/tune_fusion.json", tuned)
    write(
        project / "results/choose.json",
        chosen + [row | {"detector": "cascade_rcnn"} for row in chosen],
    )
    for name in STEPS:
        record = read(project, f"train_detector/{name}")
        record["entries"].append(record["entries"][0] | {"detector": "cascade_rcnn"})
        for stage in ("train_detector", "detect_test"):
            folder = project / "build" / stage / name
            shutil.copytree(folder / "faster_rcnn", folder / "cascade_rcnn")
        if name == "cut":  # of which one detector was trained at step 200 too
            record["entries"].insert(1, record["entries"][0] | {"checkpoint": 200})
            write(project / "build/detect_test/cut/faster_rcnn/step_000200/test.json", found(3))
            write(project / "build/train_detector/cut/faster_rcnn/step_000200/dev.json", found(1))
        write(project / f"results/train_detector/{name}.json", record)

    run()

    rows = [row for row in read(project, "evaluate_checkpoints") if row["translation"] == "cut"]
    assert {(row["detector"], row["checkpoint"]) for row in rows} == {
        ("faster_rcnn", 100),
        ("faster_rcnn", 200),
        ("cascade_rcnn", 100),
    }
    protocols = {row["protocol"] for row in read(project, "evaluate")}
    assert protocols == {"dev", "paper", "nested"}
