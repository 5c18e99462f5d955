import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from contracts import SAR

from crosslook import params
from crosslook.detectors import pruning, training
from crosslook.detectors.checkpoints import load_detector
from crosslook.errors import CheckpointError, RadiometryError, StaleError
from crosslook.results import digest_folder
from crosslook.stages import train_detector, warm_start

ENTRY = {
    "detector", "engine", "weights", "translation", "checkpoint", "seed", "trained_on", "ap",
    "ap50", "ap75", "ar", "n_images", "n_scenes", "n_boxes", "n_train_images", "kept_step",
    "validation", "losses",
}  # fmt: skip


def run(translation):
    CliRunner().invoke(train_detector.command, [translation], catch_exceptions=False)
    return json.loads(Path("results/train_detector", f"{translation}.json").read_text())


@pytest.fixture
def started(detector_project):
    CliRunner().invoke(warm_start.command, ["faster_rcnn"], catch_exceptions=False)
    return detector_project


def test_every_checkpoint_gets_a_detector_and_an_entry(started):
    record = run("cut")

    assert [entry["checkpoint"] for entry in record["entries"]] == [10, 20]
    assert all(set(entry) == ENTRY for entry in record["entries"])
    assert record["reason"] is None
    for step in (10, 20):
        folder = started / f"build/train_detector/cut/faster_rcnn/step_0000{step}"
        assert {p.name for p in folder.iterdir()} == {
            "weights.safetensors",
            "dev.json",
            "entry.json",
        }


def test_entries_say_what_was_counted_and_where_training_began(started):
    entry = run("cut")["entries"][0]

    assert (entry["n_images"], entry["n_scenes"], entry["n_boxes"]) == (3, 2, 3)
    assert (entry["weights"], entry["trained_on"], entry["n_train_images"]) == (
        "warm_start",
        "sar",
        4,
    )


def test_detections_on_dev_are_coco_rows(started):
    run("cut")

    path = started / "build/train_detector/cut/faster_rcnn/step_000010/dev.json"
    rows = json.loads(path.read_text())
    assert rows
    assert all(set(row) == {"image_id", "category_id", "bbox", "score"} for row in rows)
    assert {row["image_id"] for row in rows} <= {1, 2, 3}


def test_the_untranslated_baseline_learns_optical_pixels_and_says_so(started):
    record = run("none")

    assert record["method"] == "none"
    assert record["entries"][0]["trained_on"] == "optical"
    assert record["entries"][0]["checkpoint"] is None


def test_fakes_of_another_radiometry_are_refused(started, squares):
    other = json.loads((started / "build/tile/sar_dev/contract.json").read_text())
    squares(started / "build/tile/sar_dev", 3, other | {"ratio": "power"}, 5)

    with pytest.raises(RadiometryError, match="sar_dev has ratio = 'power', but the detector"):
        run("cut")


def test_a_translation_without_labelled_patches_has_no_entries_and_a_reason(started):
    record = run("real_sar")

    assert record["entries"] == []
    assert record["reason"] == "the set holds no patch"
    assert (started / "build/train_detector/real_sar").is_dir()


def test_only_what_changed_is_trained_again(started, squares, monkeypatch):
    first = run("cut")
    contract = json.loads((started / "build/tile/sar_dev/contract.json").read_text())
    squares(started / "build/translate/cut/step_000020", 5, contract, 9)
    trained, real = [], training.train
    monkeypatch.setattr(
        "crosslook.detectors.fitting.train", lambda *a: trained.append(a) or real(*a)
    )

    second = run("cut")

    assert len(trained) == 1
    assert second["entries"][0] == first["entries"][0]
    assert second["entries"][1] != first["entries"][1]


def test_detectors_behind_are_trained_ahead_and_not_again_to_the_same_bytes(
    started, detector_params, monkeypatch
):
    def all_detectors(ahead):
        shutil.rmtree(".work/train_detector", ignore_errors=True)
        every = detector_params["train_detector"]["every"] | ahead
        section = detector_params["train_detector"] | {"every": every}
        Path("params.yaml").write_text(
            yaml.safe_dump(detector_params | {"train_detector": section})
        )
        params.load.cache_clear()
        first = run("cut")
        with monkeypatch.context() as patched:
            if ahead:
                patched.setattr(training, "train", None)
            second = run("none")
        return first, second, digest_folder(Path("build/train_detector"))

    assert all_detectors({"ahead": 1}) == all_detectors({})


@pytest.mark.slow
def test_two_workers_give_the_bytes_of_one(started, detector_params):
    run("cut")
    one = digest_folder(started / "build/train_detector")
    detector_params["train_detector"]["every"]["workers"] = 2
    (started / "params.yaml").write_text(yaml.safe_dump(detector_params))
    params.load.cache_clear()
    (started / ".work").rename(started / ".work_before")

    run("cut")

    assert digest_folder(started / "build/train_detector") == one


def test_a_damaged_start_is_refused(started):
    path = started / "build/warm_start/faster_rcnn/weights.safetensors"
    path.write_bytes(path.read_bytes()[:-10])

    with pytest.raises(CheckpointError, match="damaged, not a whole safetensors file"):
        run("cut")


def test_fakes_that_only_results_know_are_missed_in_one_line(started):
    shutil.rmtree("build/translate/cut")

    with pytest.raises(StaleError, match=r"build/translate/cut is missing: run 'make repro'"):
        run("cut")


def test_translations_behind_whose_turn_has_not_come_do_not_matter(started, detector_params):
    detector_params["train_detector"]["every"]["ahead"] = 1
    (started / "params.yaml").write_text(yaml.safe_dump(detector_params))
    params.load.cache_clear()
    shutil.rmtree("build/translate/none")  # its record lies in results/, as in a fresh clone

    assert run("cut")["entries"]


def test_without_fakes_the_command_to_run_is_named(started):
    (started / "results/translate/cut.json").unlink()

    with pytest.raises(StaleError, match=r"results/translate/cut\.json is missing: run"):
        run("cut")


def test_a_killed_stage_goes_on_and_ends_in_the_same_bytes(started, detector_params):
    detector_params["train_detector"]["every"]["training"]["steps"] = 30
    (started / "params.yaml").write_text(yaml.safe_dump(detector_params))
    params.load.cache_clear()
    run("none")
    whole = digest_folder(started / "build/train_detector/none")
    (started / ".work").rename(started / ".work_before")

    code = "import sys; from crosslook.stages.train_detector import command; command(['none'])"
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    deadline = time.monotonic() + 120
    while not (saved := list(started.glob(f".work/*/*/state/{training.STATE}"))):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert saved
    assert not list(started.glob(".work/*/*/out"))

    run("none")

    assert digest_folder(started / "build/train_detector/none") == whole


def test_the_detector_on_disk_is_the_one_that_was_scored(started):
    run("cut")

    detector = load_detector(
        started / "build/train_detector/cut/faster_rcnn/step_000020/weights.safetensors"
    )

    assert detector.about.contract["sensor"] == "sar"
    assert [kind["name"] for kind in detector.about.categories] == ["port"]


def test_fakes_of_cloudy_patches_do_not_teach_when_thresholds_say_so(
    started, squares, project, detector_params
):
    cloudy = [{"cloud": share} for share in (0.0, 0.5, None, 0.0, 0.9)]
    for step in (10, 20):
        folder = started / f"build/translate/cut/step_0000{step}"
        shutil.rmtree(folder)
        squares(folder, 5, SAR, step, cloudy)
    detector_params["train_detector"]["every"]["select"] = {"max_cloud": 0.1}
    project(detector_params)

    record = run("cut")

    assert record["selected"] == {"kept": 3, "too much cloud": 2, "unknown": 1}
    assert [entry["n_train_images"] for entry in record["entries"]] == [2, 2]


def prune(started, squares, project, detector_params, **settings):
    """Five checkpoints, the later the better in survival."""
    steps = (10, 20, 30, 40, 50)
    for step in steps[2:]:
        squares(started / f"build/translate/cut/step_0000{step}", 5, SAR, step)
    rows = [{"checkpoint": step, "scores": {"survival": step / 100}} for step in steps]
    path = started / "results/score_translator/cut.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"translation": "cut", "checkpoints": rows, "left_out": []}))
    detector_params["train_detector"]["every"]["prune"] = settings
    project(detector_params)


def test_pruned_checkpoints_have_no_detector_and_the_results_say_so(
    started, squares, project, detector_params, monkeypatch
):
    prune(started, squares, project, detector_params, score="survival", least=2)
    ap = iter([0.4, 0.5, 0.1])

    def measured(*_):
        value = next(ap)
        return pruning.Measured(value, np.full(100, value))

    monkeypatch.setattr(pruning, "measured", measured)

    record = run("cut")

    assert [entry["checkpoint"] for entry in record["entries"]] == [30, 40, 50]
    folder = started / "build/train_detector/cut/faster_rcnn"
    assert [path.name for path in sorted(folder.iterdir())] == [
        "step_000030",
        "step_000040",
        "step_000050",
    ]
    said = record["pruning"]
    assert [row["checkpoint"] for row in said["order"]] == [50, 40, 30, 20, 10]
    assert said["detectors"]["faster_rcnn"]["pruned"] == [20, 10]
    assert said["detectors"]["faster_rcnn"]["judgements"][0]["best"] == 40
    assert said["saved"] == {"trainings": 2, "steps": 8, "images": 16}


def test_pruning_that_spares_nothing_leaves_the_bytes_and_the_entries_as_they_are(
    started, squares, project, detector_params
):
    before = run("cut")
    bytes_before = digest_folder(started / "build/train_detector/cut")
    units_before = sorted((started / ".work/train_detector").iterdir())
    path = started / "results/score_translator/cut.json"
    path.parent.mkdir(parents=True)
    rows = [{"checkpoint": step, "scores": {"survival": -step}} for step in (10, 20)]
    path.write_text(json.dumps({"translation": "cut", "checkpoints": rows, "left_out": []}))
    detector_params["train_detector"]["every"]["prune"] = {"score": "survival", "least": 1}
    project(detector_params)

    after = run("cut")

    assert "pruning" not in before
    assert after.pop("pruning")["saved"]["trainings"] == 0
    assert after == before
    assert digest_folder(started / "build/train_detector/cut") == bytes_before
    assert sorted((started / ".work/train_detector").iterdir()) == units_before
