import hashlib

import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import resnet18, resnet50

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.settings import NetworkSettings, TrunkWeights
from crosslook.classifier.weights import fit_bands, load_start
from crosslook.errors import CheckpointError


@pytest.fixture
def file_of(tmp_path):
    """Write tensors, and say where they are and what they are."""

    def write(tensors, name="weights.safetensors"):
        path = tmp_path / name
        if path.suffix == ".safetensors":
            save_file(tensors, path)
        else:
            torch.save(tensors, path)
        return TrunkWeights(str(path), hashlib.sha256(path.read_bytes()).hexdigest())

    return write


@pytest.fixture(scope="module")
def published():
    torch.manual_seed(3)
    return resnet18().state_dict()


def started(weights, bands):
    settings = NetworkSettings("resnet18", weights=weights)
    network = LandCoverNetwork(bands, 3, settings)
    load_start(network, settings)
    return network


def test_three_bands_become_any_number_with_the_same_answer_for_a_grey_patch():
    weight, grey = torch.randn(4, 3, 7, 7), torch.randn(1, 1, 9, 9)

    for bands in (2, 3, 13):
        fitted = fit_bands(weight, bands)
        assert fitted.shape == (4, bands, 7, 7)
        torch.testing.assert_close(
            torch.conv2d(grey.expand(1, bands, 9, 9), fitted),
            torch.conv2d(grey.expand(1, 3, 9, 9), weight),
            atol=1e-4,
            rtol=1e-4,
        )


@pytest.mark.parametrize("name", ["weights.safetensors", "weights.pth"])
def test_a_file_becomes_the_trunk_of_its_sensor_and_of_no_other(file_of, published, name):
    network = started({"s1": file_of(published, name)}, {"s1": 3, "s2": 3})

    first, second = (network.trunks[sensor].state_dict() for sensor in ("s1", "s2"))
    assert torch.equal(first["layer4.1.conv2.weight"], published["layer4.1.conv2.weight"])
    assert torch.equal(first["conv1.weight"], published["conv1.weight"])
    assert not torch.equal(second["layer4.1.conv2.weight"], published["layer4.1.conv2.weight"])


def test_names_of_self_supervised_training_are_understood(file_of, published):
    learnt = {f"module.encoder_q.{name}": tensor for name, tensor in published.items()}
    slow = {f"module.encoder_k.{name}": 0 * tensor for name, tensor in published.items()}
    weights = file_of({"state_dict": slow | learnt}, "moco.pth")

    network = started({"s1": weights}, {"s1": 2})

    found = network.trunks["s1"].state_dict()["layer1.0.conv1.weight"]
    assert torch.equal(found, published["layer1.0.conv1.weight"])


def test_a_file_of_another_hash_is_not_opened(file_of, published):
    weights = file_of(published)
    other = TrunkWeights(weights.path, "0" * 64)

    with pytest.raises(CheckpointError, match=f"sha256 is {weights.sha256}, expected 0000"):
        started({"s1": other}, {"s1": 2})


def test_a_pickle_that_names_code_is_refused(file_of, published, tmp_path):
    weights = file_of({"state_dict": tmp_path}, "code.pth")

    with pytest.raises(CheckpointError, match="not a file of plain tensors"):
        started({"s1": weights}, {"s1": 2})


def test_weights_of_another_backbone_are_refused(file_of):
    weights = file_of(resnet50().state_dict())

    with pytest.raises(CheckpointError, match="choose weights of this backbone"):
        started({"s1": weights}, {"s1": 2})


def test_weights_for_other_bands_than_rgb_fit_only_as_many(file_of, published):
    ten = published | {"conv1.weight": torch.randn(64, 10, 7, 7)}

    with pytest.raises(CheckpointError, match="first layer takes 10 bands, here are 13"):
        started({"s2": file_of(ten)}, {"s2": 13})


def test_a_file_without_a_resnet_and_a_missing_one_are_errors(file_of, tmp_path):
    with pytest.raises(CheckpointError, match="expected one ResNet, found 0"):
        started({"s1": file_of({"a": torch.zeros(1)})}, {"s1": 2})
    with pytest.raises(CheckpointError, match="cannot be read"):
        started({"s1": TrunkWeights(str(tmp_path / "no.pth"), "0" * 64)}, {"s1": 2})
