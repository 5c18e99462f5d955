import pytest
import torch
from torch import nn

from crosslook.networks.adain import ImageNorm, StyledConvolution
from crosslook.networks.norm import InstanceNorm2d
from crosslook.networks.statistics import SharedStatistics

PAIR = torch.tensor([[0.0, 2.0], [4.0, 6.0]]).view(2, 1, 1, 2)  # two images of two pixels


def everywhere(images):
    return torch.ones(len(images), 1, *images.shape[2:])


def measured(network, sample, data=None):
    shared = SharedStatistics(network)
    with shared.measured(everywhere(sample) if data is None else data):
        network(sample)
    return shared


def test_instance_norm_takes_one_mean_and_variance_over_all_images():
    norm = InstanceNorm2d(1)

    with SharedStatistics(norm).measured(everywhere(PAIR)):
        normed = norm(PAIR)

    expected = torch.tensor([-3.0, -1.0, 1.0, 3.0]).view(2, 1, 1, 2) / 5.00001**0.5
    torch.testing.assert_close(normed, expected)


def test_what_was_measured_is_used_on_any_image():
    norm = InstanceNorm2d(1)
    shared = measured(norm, PAIR)

    with shared.kept():
        normed = norm(torch.full((1, 1, 3, 3), 8.0))

    torch.testing.assert_close(normed, torch.full((1, 1, 3, 3), 5 / 5.00001**0.5))


def test_image_norm_has_one_mean_over_the_channels_and_an_unbiased_deviation():
    norm = ImageNorm(2)
    nn.init.ones_(norm.gamma)
    images = torch.cat([PAIR, PAIR + 8], dim=1)  # 0, 2, ... 14: variance 21 n / (n - 1), n = 8

    with SharedStatistics(norm).measured(everywhere(images)):
        normed = norm(images)

    torch.testing.assert_close(normed, (images - 7) / (24**0.5 + 1e-5))


def test_adaptive_instance_norm_brings_all_images_together_to_the_style():
    layer = StyledConvolution(1, 1, "zeros")
    nn.init.dirac_(layer.convolution.weight)
    nn.init.zeros_(layer.convolution.bias)

    with SharedStatistics(layer).measured(everywhere(PAIR)):
        styled = layer(PAIR, torch.tensor([[10.0, 2.0]]).expand(2, -1))

    torch.testing.assert_close(styled, 10 + 2 * (PAIR - 3) / 5.00001**0.5)


def test_pixels_without_data_count_in_no_statistics():
    sample = torch.cat([PAIR, torch.full((2, 1, 1, 2), 99.0)], dim=3)
    data = torch.tensor([1.0, 1.0, 0.0, 0.0]).expand(2, 1, 1, 4)
    norm, image_norm = InstanceNorm2d(1), ImageNorm(1)

    for one in (norm, image_norm):
        with measured(one, PAIR).kept():
            expected = one(PAIR)
        with measured(one, sample, data).kept():
            torch.testing.assert_close(one(PAIR), expected)


def test_at_coarser_resolution_a_pixel_counts_with_its_share_of_data():
    norm = InstanceNorm2d(1)
    data = torch.tensor([1.0, 0.0, 1.0, 1.0]).expand(1, 1, 2, 4)

    with measured(norm, torch.tensor([[[[0.0, 3.0]]]]), data).kept():
        zero = norm(torch.full((1, 1, 1, 1), 2.0))

    assert zero.item() == pytest.approx(0, abs=1e-6)


def test_a_sample_without_any_data_gives_finite_numbers():
    norm = ImageNorm(1)
    shared = measured(norm, PAIR, torch.zeros(2, 1, 1, 2))

    with shared.kept():
        assert norm(PAIR).isfinite().all()


def test_statistics_of_half_precision_are_taken_in_float32():
    x = torch.full((1, 1, 64, 64), 300.0, dtype=torch.bfloat16)
    x[..., ::2] = 302.0
    norm = InstanceNorm2d(1)
    shared = measured(norm, x)

    with shared.kept():
        normed = norm(x)

    assert normed.dtype == torch.bfloat16
    assert normed.unique().tolist() == [-1.0, 1.0]


def test_afterwards_every_norm_is_as_it_was():
    network = nn.Sequential(InstanceNorm2d(1), ImageNorm(1))
    before = network(PAIR)

    with pytest.raises(ZeroDivisionError), SharedStatistics(network).measured(everywhere(PAIR)):
        raise ZeroDivisionError
    shared = measured(network, PAIR)
    with shared.kept():
        assert not torch.equal(network(PAIR), before)

    assert torch.equal(network(PAIR), before)
    assert all("shared" not in vars(module) for module in network)


def test_a_norm_that_was_never_measured_is_refused():
    shared = SharedStatistics(norm := InstanceNorm2d(1))

    with pytest.raises(RuntimeError, match="InstanceNorm2d was run never"), shared.kept():
        norm(PAIR)


def test_a_norm_that_runs_twice_in_a_pass_is_refused():
    norm = InstanceNorm2d(1)

    with pytest.raises(RuntimeError, match="InstanceNorm2d was run twice"):
        measured(nn.Sequential(norm, norm), PAIR)
