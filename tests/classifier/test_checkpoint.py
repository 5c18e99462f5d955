import json
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open

from crosslook.classifier.checkpoint import Card, load_classifier, save_classifier
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.settings import NetworkSettings, TrunkWeights
from crosslook.errors import CheckpointError, RadiometryError


@pytest.fixture
def card(radiometry, tiny):
    return Card(
        configuration="c_t_m",
        sensors=radiometry,
        classes=("forest", "water", "urban"),
        network=tiny,
        size_px=8,
        steps=10,
        samples=12,
        seed=4,
    )


@pytest.fixture
def saved(card, tmp_path):
    network = LandCoverNetwork(card.bands, 3, card.network, seed=9)
    save_classifier(tmp_path / "model.safetensors", network, card)
    return tmp_path / "model.safetensors", network


def test_a_model_comes_back_as_it_was_saved(saved, card):
    path, network = saved

    loaded, about = load_classifier(path)

    assert about == card
    assert not loaded.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)


def test_equal_models_give_equal_bytes(saved, card, tmp_path):
    path, network = saved

    save_classifier(tmp_path / "again.safetensors", network, card)

    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_the_file_tells_bands_clip_mean_and_deviation_and_no_path(card, tmp_path):
    started = replace(
        card, network=NetworkSettings("resnet18", weights={"s1": TrunkWeights("/a.pth", "0" * 64)})
    )
    network = LandCoverNetwork(card.bands, 3, card.network)
    save_classifier(tmp_path / "model.safetensors", network, started)

    with safe_open(tmp_path / "model.safetensors", framework="pt") as file:
        text = file.metadata()["crosslook"]
    assert json.loads(text)["sensors"]["s1"]["clip"] == [[-25.0, 0.0]] * 2
    assert "/a.pth" not in text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bands", ["VH", "VV"]),
        ("clip", [[-30.0, 0.0]] * 2),
        ("mean", [0.1, 0.0]),
        ("std", [2.0, 1.0]),
        ("unit", "sigma0"),
    ],
)
def test_patches_of_another_radiometry_are_refused(card, radiometry, key, value):
    card.require("s1", radiometry["s1"], "scene")
    other = radiometry["s1"] | {key: value}

    with pytest.raises(RadiometryError, match=rf"^scene has {key} = .* was trained on"):
        card.require("s1", other, "scene")


def test_a_sensor_that_it_does_not_know_is_refused(card, radiometry):
    with pytest.raises(RadiometryError, match="scene is of sensor 's3'; the model knows s1, s2"):
        card.require("s3", radiometry["s1"], "scene")


def test_a_radiometry_without_a_key_is_refused(card):
    with pytest.raises(ValueError, match="must give bands, clip, mean, std"):
        replace(card, sensors={"s1": {"bands": ["VV"], "clip": [[0, 1]], "mean": [0.0]}})


def test_other_classes_are_an_error(saved):
    with pytest.raises(CheckpointError, match="tells forest, water, urban apart, but a, b was"):
        load_classifier(saved[0], classes=("a", "b"))


def test_a_truncated_file_is_an_error(saved):
    path, _ = saved
    path.write_bytes(path.read_bytes()[:-100])

    with pytest.raises(CheckpointError, match="damaged or half-written"):
        load_classifier(path)


def test_a_missing_file_and_one_of_others_are_errors(tmp_path):
    from safetensors.torch import save_file

    with pytest.raises(CheckpointError, match="is missing: run 'crosslook train_classifier'"):
        load_classifier(tmp_path / "none.safetensors")
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="holds None, format None; expected 'land cover'"):
        load_classifier(tmp_path / "other.safetensors")


def test_tensors_that_do_not_fit_their_card_are_an_error(saved, card, tmp_path):
    _, network = saved
    save_classifier(tmp_path / "odd.safetensors", network, replace(card, classes=("a", "b")))

    with pytest.raises(CheckpointError, match=r"not a whole model .*classifier"):
        load_classifier(tmp_path / "odd.safetensors")
