import pickle
from dataclasses import replace
from urllib.error import URLError

import pytest
import torch
import torchvision
from safetensors.torch import save_file

from crosslook.detectors import weights
from crosslook.detectors.engines import build
from crosslook.detectors.settings import Architecture, DetectorSettings
from crosslook.detectors.weights import adopt, identity, inflate, load_start
from crosslook.errors import CheckpointError

FULL = Architecture(backbone="resnet18", fpn_channels=16, box_head=16)


def test_random_weights_take_nothing(tiny):
    model = build(tiny, 1, seed=0)

    assert load_start(model, DetectorSettings("none", tiny)) == {"source": "random", "parts": []}


def test_a_bare_backbone_fills_the_body(tmp_path):
    trunk = torchvision.models.resnet18(weights=None)
    path = tmp_path / "trunk.pth"
    torch.save(trunk.state_dict(), path)
    model = build(FULL, 1, seed=0)

    taken = load_start(model, DetectorSettings(str(path), FULL))

    assert taken["parts"] == ["backbone.body"]
    assert (taken["source"], taken["sha256"]) == ("trunk.pth", identity(str(path)))
    assert torch.equal(model.backbone.body.conv1.weight, trunk.conv1.weight)


def test_a_whole_detector_gives_every_part(tiny, tmp_path):
    other = build(tiny, 1, seed=1)
    save_file(other.state_dict(), tmp_path / "d.safetensors")
    model = build(tiny, 1, seed=0)

    taken = load_start(model, DetectorSettings(str(tmp_path / "d.safetensors"), tiny))

    assert len(taken["parts"]) == 5
    own = model.state_dict()
    assert all(torch.equal(own[name], t) for name, t in other.state_dict().items())


def test_published_detectors_fit_though_their_pyramid_has_older_names(tmp_path):
    published = torchvision.models.detection.fasterrcnn_resnet50_fpn(
        weights=None, weights_backbone=None
    ).state_dict()
    old = {
        name.replace("_blocks.0.0.", "_blocks.0.")
        .replace("_blocks.1.0.", "_blocks.1.")
        .replace("_blocks.2.0.", "_blocks.2.")
        .replace("_blocks.3.0.", "_blocks.3.")
        .replace("conv.0.0.", "conv."): tensor
        for name, tensor in published.items()
    }
    torch.save(old, tmp_path / "old.pth")

    taken = load_start(
        build(Architecture(), 1, seed=0), DetectorSettings(str(tmp_path / "old.pth"))
    )

    assert taken["parts"] == ["backbone.body", "backbone.fpn", "rpn.head", "roi_heads.box_head"]


def test_weights_of_another_backbone_are_refused(tiny, tmp_path):
    save_file(torchvision.models.resnet18(weights=None).state_dict(), tmp_path / "r.safetensors")

    with pytest.raises(CheckpointError, match="do not fit a resnet18 of width 8 with group norm"):
        load_start(build(tiny, 1, seed=0), DetectorSettings(str(tmp_path / "r.safetensors"), tiny))


def test_a_pickle_with_code_in_it_is_refused_and_not_run(tiny, tmp_path):
    class Harm:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    torch.save({"state_dict": Harm()}, tmp_path / "bad.pth", pickle_module=pickle)

    with pytest.raises(CheckpointError, match=r"bad\.pth: not a readable file of plain tensors"):
        load_start(build(tiny, 1, seed=0), DetectorSettings(str(tmp_path / "bad.pth"), tiny))
    assert not (tmp_path / "harm").exists()


def test_an_unknown_name_is_refused(tiny):
    with pytest.raises(CheckpointError, match="'cocoa' is neither a file nor one of none, warm_st"):
        load_start(build(tiny, 1, seed=0), DetectorSettings("cocoa", tiny))


def test_a_failed_download_says_what_to_do_in_one_line(monkeypatch):
    def refuse(*_, **__):
        raise URLError("no network\nhere")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", refuse)

    with pytest.raises(CheckpointError, match=r"could not be downloaded .* 'warm_start'") as caught:
        load_start(build(FULL, 1, seed=0), DetectorSettings("imagenet", FULL))
    assert "\n" not in str(caught.value)


def test_each_stage_of_a_cascade_begins_with_the_box_head_of_a_faster_rcnn(tiny):
    faster, cascade = build(tiny, 1, seed=1), build(replace(tiny, kind="cascade_rcnn"), 1, seed=0)

    parts = adopt(cascade, faster.state_dict())

    heads = [f"roi_heads.stages.{n}.box_head." for n in range(3)]
    assert parts == ["backbone.body.", "backbone.fpn.", "rpn.head.", *heads]
    for stage in cascade.roi_heads.stages:
        assert torch.equal(stage.box_head.fc6.weight, faster.roi_heads.box_head.fc6.weight)


def test_a_cascade_begins_with_a_whole_cascade(tiny):
    shape = replace(tiny, kind="cascade_rcnn")
    one, other = build(shape, 1, seed=0), build(shape, 1, seed=1)

    assert len(adopt(one, other.state_dict())) == 9
    assert all(torch.equal(t, other.state_dict()[name]) for name, t in one.state_dict().items())


def test_a_first_layer_is_inflated_with_the_mean_of_the_colours():
    # Means over the colours are 2 and 4; times 3 / 2 for two bands.
    weight = torch.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]])[:, :, None, None]

    assert inflate(weight, 2).flatten(1).tolist() == [[3, 3], [6, 6]]
    assert inflate(weight, 3) is weight


@pytest.mark.parametrize("bands", [1, 2, 6])
def test_a_grey_patch_gives_the_inflated_layer_the_same_answer(bands):
    weight = torch.rand(4, 3, 7, 7)

    answers = [
        torch.nn.functional.conv2d(torch.full((1, n, 9, 9), 0.3), inflate(weight, n))
        for n in (3, bands)
    ]

    torch.testing.assert_close(*answers)


def test_weights_for_three_bands_fill_a_body_for_two(tmp_path):
    trunk = torchvision.models.resnet18(weights=None)
    torch.save(trunk.state_dict(), tmp_path / "trunk.pth")
    shape = replace(FULL, bands=2)
    model = build(shape, 1, seed=0)

    taken = load_start(model, DetectorSettings(str(tmp_path / "trunk.pth"), shape))

    assert taken["parts"] == ["backbone.body"]
    mean = trunk.conv1.weight.mean(dim=1)
    torch.testing.assert_close(model.backbone.body.conv1.weight[:, 1], 1.5 * mean)


def test_coco_on_resnet101_takes_its_body_from_imagenet(monkeypatch):
    heads = {"backbone.body.conv1.weight": torch.zeros(1), "rpn.head.conv.weight": torch.ones(1)}
    answers = {"FasterRCNN": heads, "ResNet101": {"conv1.weight": torch.full((1,), 2.0)}}

    def download(wanted):
        tensors = next(t for name, t in answers.items() if str(wanted).startswith(name))
        return str(wanted), weights._detector_names(tensors)

    monkeypatch.setattr(weights, "_download", download)

    source, tensors = weights._tensors(DetectorSettings("coco", Architecture(backbone="resnet101")))

    assert source == "FasterRCNN_ResNet50_FPN_Weights.COCO_V1 on ResNet101_Weights.IMAGENET1K_V1"
    assert {name: t.item() for name, t in tensors.items()} == {
        "backbone.body.conv1.weight": 2.0,
        "rpn.head.conv.0.0.weight": 1.0,
    }
