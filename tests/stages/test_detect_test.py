import json
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from crosslook import params
from crosslook.detectors import detecting
from crosslook.errors import RadiometryError, StaleError
from crosslook.stages import detect_test, train_detector, warm_start


def run(translation):
    CliRunner().invoke(detect_test.command, [translation], catch_exceptions=False)
    return json.loads(Path("results/detect_test", f"{translation}.json").read_text())


@pytest.fixture
def trained(detector_project):
    CliRunner().invoke(warm_start.command, ["faster_rcnn"], catch_exceptions=False)
    for name in ("cut", "none", "real_sar"):
        CliRunner().invoke(train_detector.command, [name], catch_exceptions=False)
    return detector_project


def test_every_detector_sees_the_test_patches_and_no_score_is_written(trained):
    record = run("cut")

    assert [entry["checkpoint"] for entry in record["entries"]] == [10, 20]
    for entry in record["entries"]:
        assert (entry["n_images"], entry["n_scenes"]) == (4, 2)
        assert not {"ap", "ap50", "ar"} & set(entry)
        name = f"build/detect_test/cut/faster_rcnn/step_0000{entry['checkpoint']}/test.json"
        rows = json.loads((trained / name).read_text())
        assert entry["boxes_per_patch"] == pytest.approx(len(rows) / 4)


def test_the_untranslated_baseline_says_what_it_learnt(trained):
    assert run("none")["entries"][0]["trained_on"] == "optical"


def test_no_detectors_give_an_empty_record(trained):
    assert run("real_sar")["entries"] == []
    assert (trained / "build/detect_test/real_sar").is_dir()


def test_what_was_done_is_not_done_again(trained, monkeypatch):
    first = run("cut")
    monkeypatch.setattr(detecting, "detect", None)

    assert run("cut") == first


def test_detectors_behind_are_run_ahead_and_not_again_to_the_same_bytes(
    trained, detector_params, monkeypatch
):
    def all_runs(ahead):
        shutil.rmtree(".work/detect_test", ignore_errors=True)
        values = detector_params | {"detect_test": detector_params["detect_test"] | ahead}
        Path("params.yaml").write_text(yaml.safe_dump(values))
        params.load.cache_clear()
        first = run("cut")
        with monkeypatch.context() as patched:
            if ahead:
                patched.setattr(detecting, "detect", None)
            return first, run("none"), run("real_sar")

    assert all_runs({"ahead": 1}) == all_runs({})


def test_what_is_missing_behind_is_not_missed(trained, detector_params):
    Path("results/train_detector/none.json").unlink()
    values = detector_params | {"detect_test": detector_params["detect_test"] | {"ahead": 1}}
    Path("params.yaml").write_text(yaml.safe_dump(values))
    params.load.cache_clear()

    assert len(run("cut")["entries"]) == 2
    with pytest.raises(StaleError, match=r"none\.json"):
        run("none")


def test_test_patches_of_another_radiometry_are_refused(trained, squares):
    other = json.loads((trained / "build/tile/sar_test/contract.json").read_text())
    squares(trained / "build/tile/sar_test", 4, other | {"stretch": [[-30.0, 0.0]] * 3}, 6)

    with pytest.raises(RadiometryError, match="sar_test has stretch"):
        run("cut")


def test_weights_that_only_results_know_are_missed_in_one_line(trained):
    shutil.rmtree("build/train_detector/cut")

    with pytest.raises(
        StaleError, match=r"build/train_detector/cut/.* is missing: run 'make repro'"
    ):
        run("cut")


def test_without_detectors_the_record_that_is_missing_is_named(detector_project):
    with pytest.raises(StaleError, match=r"results/train_detector/cut\.json is missing"):
        run("cut")


def test_a_checkpoint_without_a_detector_is_not_looked_for(trained):
    path = trained / "results/train_detector/cut.json"
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"entries": record["entries"][1:]}))
    shutil.rmtree(trained / "build/train_detector/cut/faster_rcnn/step_000010")

    assert [entry["checkpoint"] for entry in run("cut")["entries"]] == [20]
    folder = trained / "build/detect_test/cut/faster_rcnn"
    assert [path.name for path in folder.iterdir()] == ["step_000020"]
