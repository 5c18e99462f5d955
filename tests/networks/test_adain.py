import pytest
import torch

from crosslook.networks.adain import ImageNorm, adaptive_instance_norm


def features(seed=0):
    return torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(seed)) * 3 + 1


def test_each_channel_gets_the_mean_and_the_spread_of_its_style():
    numbers = torch.tensor([[1.0, 2.0, 3.0, 0.5, 1.0, 2.0]]).repeat(2, 1)

    styled = adaptive_instance_norm(features(), numbers)

    torch.testing.assert_close(styled.mean(dim=(2, 3))[0], torch.tensor([1.0, 2.0, 3.0]))
    spread = styled.std(dim=(2, 3), correction=0)[1]
    torch.testing.assert_close(spread, torch.tensor([0.5, 1.0, 2.0]), rtol=1e-4, atol=0)


def test_statistics_of_half_precision_are_taken_in_float32():
    x = torch.full((1, 1, 64, 64), 300.0, dtype=torch.bfloat16)
    x[..., ::2] = 302.0

    styled = adaptive_instance_norm(x, torch.tensor([[0.0, 1.0]], dtype=torch.bfloat16))

    assert styled.dtype == torch.bfloat16
    assert styled.unique().tolist() == [-1.0, 1.0]


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_constant_image_is_normed_with_a_finite_gradient(value):
    x = torch.full((1, 3, 8, 8), value, requires_grad=True)

    (adaptive_instance_norm(x, torch.ones(1, 6)) + ImageNorm(3)(x)).sum().backward()

    assert x.grad.isfinite().all()


def test_image_norm_looks_at_each_image_alone():
    norm, images = ImageNorm(3), features()

    torch.testing.assert_close(norm(images)[1:], norm(images[1:]))


def test_image_norm_keeps_the_differences_between_channels():
    norm = ImageNorm(2)
    torch.nn.init.ones_(norm.gamma)

    normed = norm(torch.tensor([0.0, 10.0]).view(1, 2, 1, 1).expand(1, 2, 4, 4))

    assert normed[0, 1, 0, 0] - normed[0, 0, 0, 0] > 1.9


@pytest.mark.parametrize("layer", ["style", "image"])
def test_half_precision_is_the_float32_answer_rounded_once_or_twice(layer):
    numbers = torch.tensor([[1.0, 2.0, 3.0, 0.5, 1.0, 2.0], [0.0, 1.0, -1.0, 2.0, 0.25, 1.0]])
    norm = ImageNorm(3)
    answers = {}
    for precision in (torch.float32, torch.bfloat16):
        x = features().bfloat16().to(precision).requires_grad_()
        own = norm(x) if layer == "image" else adaptive_instance_norm(x, numbers)
        (own.float() * features(1)).sum().backward()
        answers[precision] = own.float(), x.grad.float()

    for exact, rounded in zip(*answers.values(), strict=True):
        torch.testing.assert_close(rounded, exact, rtol=0.02, atol=0.02)


def test_a_constant_image_in_half_precision_becomes_its_mean():
    x = torch.full((1, 3, 8, 8), 300.0, dtype=torch.bfloat16)

    assert adaptive_instance_norm(x, torch.ones(1, 6)).float().mean() == pytest.approx(1, abs=0.02)
    assert ImageNorm(3)(x).abs().max() < 0.02
