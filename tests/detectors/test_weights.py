import pickle
from urllib.error import URLError

import pytest
import torch
import torchvision
from safetensors.torch import save_file

from crosslook.detectors.engines import build
from crosslook.detectors.settings import Architecture, DetectorSettings
from crosslook.detectors.weights import identity, load_start
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
