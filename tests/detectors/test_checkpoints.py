from dataclasses import replace

import pytest
import torch

from crosslook.detectors.checkpoints import (
    About,
    Detector,
    load_detector,
    save_detector,
    write_tensors,
)
from crosslook.detectors.engines import build
from crosslook.errors import CheckpointError


@pytest.fixture(params=["faster_rcnn", "cascade_rcnn"])
def detector(tiny, request):
    tiny = replace(tiny, kind=request.param)
    about = About(tiny, ({"id": 7, "name": "square"},), {"sensor": "sar"}, "none", {"parts": []})
    return Detector(build(tiny, 1, seed=3).eval(), about)


def test_a_detector_comes_back_as_it_was(detector, tmp_path):
    save_detector(tmp_path / "a.safetensors", detector)

    back = load_detector(tmp_path / "a.safetensors")

    assert back.about == detector.about
    before, after = detector.model.state_dict(), back.model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_same_detector_gives_the_same_bytes(detector, tmp_path):
    for name in "ab":
        save_detector(tmp_path / f"{name}.safetensors", detector)

    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_cut_file_is_refused_in_one_line(detector, tmp_path):
    path = tmp_path / "a.safetensors"
    save_detector(path, detector)
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(CheckpointError, match="damaged, not a whole safetensors file") as caught:
        load_detector(path)
    assert "\n" not in str(caught.value)


def test_garbage_is_refused(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"\x80\x04 not tensors")

    with pytest.raises(CheckpointError, match="damaged"):
        load_detector(tmp_path / "a.safetensors")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"a\.safetensors is missing: run the stage"):
        load_detector(tmp_path / "a.safetensors")


def test_a_file_of_something_else_is_refused(tmp_path):
    write_tensors(tmp_path / "a.safetensors", {"x": torch.zeros(1)}, {"kind": "translator"})

    with pytest.raises(CheckpointError, match="holds 'translator', format None; expected"):
        load_detector(tmp_path / "a.safetensors")


def test_tensors_that_do_not_fit_the_architecture_are_refused_in_one_line(detector, tmp_path):
    small = {name: t for name, t in detector.model.state_dict().items() if "box_head" not in name}
    about = {"kind": "detector", "format": 1} | vars(detector.about)
    about["architecture"] = vars(detector.about.architecture)
    write_tensors(tmp_path / "a.safetensors", small, about)

    with pytest.raises(CheckpointError, match="not a whole detector") as caught:
        load_detector(tmp_path / "a.safetensors")
    assert "\n" not in str(caught.value)
