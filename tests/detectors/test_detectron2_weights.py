"""Run where detectron2 is installed, skipped elsewhere."""

import pickle
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from crosslook.detectors.detectron2_weights import FIRST, own_pixels
from crosslook.detectors.engines import build
from crosslook.detectors.settings import Architecture, DetectorSettings
from crosslook.detectors.weights import load_start
from crosslook.errors import CheckpointError

pytest.importorskip("detectron2")

from detectron2 import model_zoo
from detectron2.modeling import build_model

from crosslook.detectors.detectron2 import configure

NARROW = Architecture(
    engine="detectron2",
    width=8,
    fpn_channels=8,
    levels=(4, 5),
    anchors=((16.0,), (32.0,)),
    box_head=16,
)


def stock():
    """A model of detectron2's own, as its model zoo holds them: narrow, but with its pixels."""
    own = model_zoo.get_config("COCO-Detection/faster_rcnn_R_50_FPN_3x.yaml")
    config = configure(NARROW, 1)
    for name in ("PIXEL_MEAN", "PIXEL_STD", "META_ARCHITECTURE"):
        setattr(config.MODEL, name, getattr(own.MODEL, name))
    config.MODEL.PROPOSAL_GENERATOR.NAME = own.MODEL.PROPOSAL_GENERATOR.NAME
    config.MODEL.ROI_HEADS.NAME = own.MODEL.ROI_HEADS.NAME
    torch.manual_seed(3)
    return build_model(config).eval()


def arrays(tensors):
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def zoo_file(tmp_path, model):
    path = tmp_path / "model_final.pkl"
    zoo = {"model": arrays(model.state_dict()), "__author__": "Detectron2 Model Zoo"}
    path.write_bytes(pickle.dumps(zoo, protocol=2))
    return str(path)


def features(model, image):
    return model.backbone(model.preprocess_image([{"image": image}]).tensor)


@torch.no_grad()
def test_a_detector_of_the_zoo_sees_in_our_pixels_what_it_saw_in_its_own(tmp_path):
    theirs, ours = stock(), build(NARROW, 1, seed=0).eval()
    image = torch.rand(3, 64, 64)

    taken = load_start(ours, DetectorSettings(zoo_file(tmp_path, theirs), NARROW))

    trunk = ["backbone.bottom_up", "backbone.fpn", "proposal_generator.rpn_head"]
    assert taken["parts"] == [*trunk, "roi_heads.box_head", "roi_heads.box_predictor"]
    wanted = features(theirs, 255 * image.flip(0))
    for level, found in features(ours, image).items():
        torch.testing.assert_close(found, wanted[level], rtol=1e-3, atol=1e-3)


def test_a_checkpoint_of_its_trainer_is_taken_like_a_file_of_the_zoo(tmp_path):
    theirs, ours = stock(), build(NARROW, 1, seed=0)
    torch.save({"model": theirs.state_dict(), "iteration": 3}, tmp_path / "model_final.pth")

    load_start(ours, DetectorSettings(str(tmp_path / "model_final.pth"), NARROW))

    assert torch.equal(ours.state_dict()[FIRST], own_pixels(theirs.state_dict()[FIRST]))


def test_a_safetensors_file_is_taken_as_it_is(tmp_path):
    other, ours = build(NARROW, 1, seed=1), build(NARROW, 1, seed=0)
    save_file(other.state_dict(), tmp_path / "d.safetensors")

    load_start(ours, DetectorSettings(str(tmp_path / "d.safetensors"), NARROW))

    assert torch.equal(ours.state_dict()[FIRST], other.state_dict()[FIRST])


def test_a_trunk_of_caffe2_fills_the_body_and_gets_the_statistics_that_it_lacks(tmp_path):
    body = stock().backbone.bottom_up.state_dict()
    blobs = {
        caffe2_name(name): tensor.numpy() for name, tensor in body.items() if "running" not in name
    }
    blobs["fc1000_w"] = blobs["conv1_w_momentum"] = torch.zeros(2).numpy()
    (tmp_path / "R-50.pkl").write_bytes(pickle.dumps(blobs, protocol=2))
    ours = build(NARROW, 1, seed=0)

    taken = load_start(ours, DetectorSettings(str(tmp_path / "R-50.pkl"), NARROW))

    assert taken["parts"] == ["backbone.bottom_up"]
    own = ours.backbone.bottom_up.state_dict()
    first = FIRST.removeprefix("backbone.bottom_up.")
    assert torch.equal(own[first], own_pixels(body[first]))
    assert all(torch.equal(own[name], body[name]) for name in body if name != first)


def caffe2_name(name):
    """As in the trunks that detectron2's configs begin with, e.g. res4_22_branch2c_bn_s."""
    stem = name.replace("stem.conv1.norm", "res_conv1_bn").replace("stem.", "")
    for number, letter in enumerate("abc", start=1):
        if name.startswith("res"):
            stem = stem.replace(f".conv{number}", f"_branch2{letter}")
    stem = stem.replace(".shortcut", "_branch1").replace(".norm", "_bn")
    stem = stem.replace("bn.weight", "bn_s").replace("bn.bias", "bn_b").replace(".weight", "_w")
    return stem.replace(".", "_")


def test_colours_are_turned_round_and_grow_by_their_deviation():
    weight = torch.tensor([1.0, 10.0, 100.0])[None, :, None, None]

    grown = own_pixels(weight).flatten().tolist()

    assert grown == pytest.approx([100 * 255 * 0.229, 10 * 255 * 0.224, 1 * 255 * 0.225])


def test_weights_with_batch_norm_are_not_put_into_group_norm(tmp_path):
    grouped = replace(NARROW, width=32, normalisation="group")
    wanted = DetectorSettings(zoo_file(tmp_path, stock()), grouped)

    with pytest.raises(CheckpointError, match="normalisation is 'group': set it to 'frozen_batch'"):
        load_start(torch.nn.Module(), wanted)


def test_weights_of_another_width_are_refused(tmp_path):
    wider = replace(NARROW, width=16)

    with pytest.raises(CheckpointError, match="do not fit a resnet50 of width 16"):
        load_start(build(wider, 1, seed=0), DetectorSettings(zoo_file(tmp_path, stock()), wider))
