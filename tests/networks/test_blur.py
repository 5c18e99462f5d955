import pytest
import torch

from crosslook.networks.blur import BlurDown, BlurUp


@pytest.mark.parametrize("layer", [BlurDown(), BlurUp()])
def test_a_constant_image_stays_constant(layer):
    blurred = layer(torch.full((1, 2, 6, 8), 0.3))

    torch.testing.assert_close(blurred, torch.full_like(blurred, 0.3))


def test_a_checkerboard_is_blurred_away_not_sampled():
    board = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(4, 4)[None, None]

    assert BlurDown()(board).abs().max() < 1e-6


def test_gradients_are_right():
    x = torch.randn(1, 2, 5, 6, dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(BlurDown(), x)
    assert torch.autograd.gradcheck(BlurUp(), x)


def test_half_precision_is_halved_in_float32_and_rounded_once():
    x = torch.rand(1, 2, 8, 8).bfloat16()

    with torch.autocast("cpu", torch.bfloat16):
        halved = BlurDown()(x)

    assert torch.equal(halved, BlurDown()(x.float()).bfloat16())
