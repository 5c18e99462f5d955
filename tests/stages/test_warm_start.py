import json
import shutil
import sys

import pytest
import yaml
from click.testing import CliRunner

from crosslook import params
from crosslook.cli import main
from crosslook.detectors import training
from crosslook.errors import CheckpointError, ParamsError
from crosslook.stages.warm_start import command


def run(*words):
    return CliRunner().invoke(command, words, catch_exceptions=False)


def test_the_start_and_its_origin_are_written(detector_project):
    run("faster_rcnn")

    record = json.loads((detector_project / "results/warm_start/faster_rcnn.json").read_text())
    assert (record["detector"], record["engine"]) == ("faster_rcnn", "torchvision")
    assert record["weights"] == "warm_start"
    assert record["start"]["source"] == "simulated shapes"
    assert len(record["losses"]) == 2
    assert (detector_project / "build/warm_start/faster_rcnn/weights.safetensors").exists()


def test_what_was_done_is_not_done_again(detector_project, monkeypatch):
    run("faster_rcnn")
    monkeypatch.setattr(training, "_step", None)

    assert run("faster_rcnn").exit_code == 0


def test_another_seed_gives_other_weights(detector_project, detector_params):
    path = detector_project / "build/warm_start/faster_rcnn/weights.safetensors"
    run("faster_rcnn")
    before = path.read_bytes()
    (detector_project / "params.yaml").write_text(yaml.safe_dump(detector_params | {"seed": 2}))
    params.load.cache_clear()

    run("faster_rcnn")

    assert path.read_bytes() != before


def test_a_file_that_is_not_there_is_named(detector_project, detector_params):
    detector_params["train_detector"]["faster_rcnn"]["weights"] = "mine.pth"
    (detector_project / "params.yaml").write_text(yaml.safe_dump(detector_params))
    params.load.cache_clear()

    with pytest.raises(CheckpointError, match=r"'mine\.pth' is neither a file nor one of none"):
        run("faster_rcnn")


def test_an_unknown_detector_is_answered_with_the_nearest(detector_project):
    with pytest.raises(ParamsError, match=r"no 'faster_rcn'\. Did you mean 'faster_rcnn'"):
        run("faster_rcn")


def test_starts_made_ahead_are_the_same_bytes(detector_project, detector_params):
    section = detector_params["train_detector"]
    section["cascade_rcnn"] = section["faster_rcnn"]
    weights = detector_project / "build/warm_start/cascade_rcnn/weights.safetensors"
    made = []
    for ahead in (0, 1):
        values = detector_params | {"detectors": ["faster_rcnn", "cascade_rcnn"]}
        values["warm_start"] = values["warm_start"] | {"ahead": ahead}
        (detector_project / "params.yaml").write_text(yaml.safe_dump(values))
        params.load.cache_clear()
        shutil.rmtree(detector_project / ".work", ignore_errors=True)
        run("faster_rcnn")
        run("cascade_rcnn")
        made.append(weights.read_bytes())

    assert made[0] == made[1]


def test_an_engine_that_is_not_installed_is_one_line(
    detector_project, detector_params, monkeypatch
):
    monkeypatch.setitem(sys.modules, "detectron2", None)
    monkeypatch.delitem(sys.modules, "crosslook.detectors.detectron2", raising=False)
    detector_params["train_detector"]["faster_rcnn"]["architecture"] = {"engine": "detectron2"}
    (detector_project / "params.yaml").write_text(yaml.safe_dump(detector_params))
    params.load.cache_clear()

    result = CliRunner().invoke(main, ["warm_start", "faster_rcnn"])

    assert result.exit_code == 1
    assert result.output == (
        "Error: engine 'detectron2': needs detectron2, which cannot be imported here. Install it "
        "as docs/detectors.md says, or set engine to 'torchvision'.\n"
    )


def test_the_record_says_that_detectron2_made_the_start(detector_project, detector_params):
    pytest.importorskip("detectron2")
    detector_params["train_detector"]["faster_rcnn"]["architecture"] = {
        "engine": "detectron2",
        "width": 8,
        "fpn_channels": 8,
        "levels": [4, 5],
        "anchors": [[16], [32]],
        "proposals": 20,
        "box_head": 16,
    }
    (detector_project / "params.yaml").write_text(yaml.safe_dump(detector_params))
    params.load.cache_clear()

    run("faster_rcnn")

    record = json.loads((detector_project / "results/warm_start/faster_rcnn.json").read_text())
    assert (record["engine"], record["start"]["parts"]) == ("detectron2", ["all"])
    assert {"loss_rpn_cls", "loss_cls"} <= record["losses"][0].keys()
