import pytest
import torch

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.settings import NetworkSettings

BANDS = {"s1": 2, "s2": 13}


def parameters(module):
    return sum(p.numel() for p in module.parameters())


@pytest.fixture
def resnet18():
    return LandCoverNetwork(BANDS, 9, NetworkSettings("resnet18"))


def test_each_sensor_has_a_trunk_of_its_own_for_its_bands(resnet18):
    assert resnet18.trunks["s1"].conv1.weight.shape == (64, 2, 7, 7)
    assert resnet18.trunks["s2"].conv1.weight.shape == (64, 13, 7, 7)
    shared = {id(p) for p in resnet18.trunks["s1"].parameters()} & {
        id(p) for p in resnet18.trunks["s2"].parameters()
    }
    assert shared == set()


def test_parts_have_the_papers_sizes():
    with torch.device("meta"):
        network = LandCoverNetwork(BANDS, 9, NetworkSettings("resnet50"))

    # torchvision's ResNet-50 has 23 508 032 parameters without its classifier; conv1 is ours.
    trunk = 23_508_032 + 64 * 49 * (2 - 3)
    assert parameters(network.trunks["s1"]) == trunk
    merging = (2048 + 1) * 2048 + (2048 + 1) * 1536 + (1536 + 1) * 1024
    assert parameters(network.merging["s1"]) == merging
    assert parameters(network.classifier) == (1024 + 1) * 9
    assert parameters(network.modality) == (1024 + 1) * 128 + (128 + 1) * 2


def test_nothing_behind_the_trunks_has_batch_statistics(resnet18):
    for part in (resnet18.merging, resnet18.classifier, resnet18.modality):
        assert [m for m in part.modules() if "Norm" in type(m).__name__] == []


def test_the_statistics_of_a_sensor_do_not_feel_the_other(tiny):
    network = LandCoverNetwork(BANDS, 9, tiny).train()
    before = {k: v.clone() for k, v in network.trunks["s1"].state_dict().items()}

    network.embed("s2", torch.randn(4, 13, 8, 8))

    after = network.trunks["s1"].state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    network.embed("s1", torch.randn(4, 2, 8, 8))
    assert not torch.equal(before["1.running_mean"], network.trunks["s1"][1].running_mean)


def test_a_baseline_starts_as_the_same_sensor_in_the_whole_model(tiny):
    whole, alone = LandCoverNetwork(BANDS, 9, tiny, 3), LandCoverNetwork({"s2": 13}, 9, tiny, 3)

    for name, tensor in alone.state_dict().items():
        assert torch.equal(tensor, whole.state_dict()[name])


def test_weights_follow_the_seed_and_nothing_else(tiny):
    torch.manual_seed(5)
    first = LandCoverNetwork(BANDS, 9, tiny, 1).state_dict()
    drawn = torch.rand(1)
    torch.manual_seed(5)

    assert torch.equal(drawn, torch.rand(1))
    second = LandCoverNetwork(BANDS, 9, tiny, 1).state_dict()
    other = LandCoverNetwork(BANDS, 9, tiny, 2).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["classifier.weight"], other["classifier.weight"])


def test_three_sensors_share_one_classifier_and_are_told_apart_by_one(tiny):
    network = LandCoverNetwork({"s1": 2, "s2": 13, "alos": 2}, 4, tiny).eval()

    vectors = network.embed("alos", torch.randn(5, 2, 8, 8))

    assert vectors.shape == (5, 16)
    assert network.classify(vectors).shape == (5, 4)
    assert network.guess_sensor(vectors, 0.1).shape == (5, 3)
