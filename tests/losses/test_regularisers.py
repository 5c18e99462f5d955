import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from crosslook.losses.regularisers import gradient_penalty, lecam


def answers(*values):
    return torch.tensor(values).view(len(values), 1, 1, 1)


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


def test_lecam_is_the_squared_distance_from_the_other_average():
    found = lecam(answers(1.0, 3.0), answers(0.0, 2.0), torch.tensor(2.0), torch.tensor(-1.0))

    assert found.item() == (2**2 + 4**2) / 2 + (2**2 + 0**2) / 2


def test_lecam_is_zero_when_real_and_fake_are_judged_alike():
    assert lecam(answers(0.5), answers(0.5), torch.tensor(0.5), torch.tensor(0.5)).item() == 0


def test_lecam_is_taken_in_float32():
    half = answers(1.0, 3.0).bfloat16()

    assert lecam(half, half, torch.tensor(0.0), torch.tensor(0.0)).dtype == torch.float32


def test_the_penalty_of_a_linear_discriminator_is_its_squared_weights():
    weights = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    images = torch.rand(3, 1, 2, 2).requires_grad_()

    found = gradient_penalty([conv2d(images, weights)], images, draw())

    assert found.item() == pytest.approx(1 + 4 + 9 + 16)


def test_the_penalty_is_the_mean_over_the_images():
    images = torch.tensor([1.0, 3.0]).view(2, 1, 1, 1).requires_grad_()

    found = gradient_penalty([images.square()], images, draw())  # slopes 2 and 6

    assert found.item() == pytest.approx((4 + 36) / 2)


@pytest.mark.parametrize("side", [2, 8])
def test_each_part_that_shares_no_pixel_counts_once(side):
    weights = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    images = torch.rand(1, 1, side, side).requires_grad_()

    found = gradient_penalty([conv2d(images, weights, stride=2)], images, draw())

    assert found.item() == pytest.approx(30)


def test_parts_that_share_pixels_are_right_on_average():
    weights = torch.tensor([[[[1.0, 2.0]]]])
    images = torch.rand(1, 1, 1, 3).requires_grad_()  # slopes (1, 2, 0) and (0, 1, 2)
    generator, judged = draw(), conv2d(images, weights)

    found = {round(gradient_penalty([judged], images, generator).item(), 5) for _ in range(20)}

    assert found == {(1 + 9 + 4) / 2, (1 + 1 + 4) / 2}  # their mean is 5, that of each part
    assert sum(found) / 2 == 5


def test_scales_are_summed():
    images = torch.rand(1, 1, 1, 2).requires_grad_()
    scales = [3 * images[..., :1], 4 * images[..., 1:]]

    assert gradient_penalty(scales, images, draw()).item() == pytest.approx(9 + 16)


def test_a_flat_discriminator_pays_nothing():
    images = torch.rand(1, 1, 4, 4).requires_grad_()

    assert gradient_penalty([0 * images + 5], images, draw()).item() == 0


def test_the_penalty_teaches_the_discriminator():
    layer = nn.Conv2d(1, 1, 2, bias=False)
    images = torch.rand(1, 1, 2, 2).requires_grad_()

    gradient_penalty([layer(images)], images, draw()).backward()

    torch.testing.assert_close(layer.weight.grad, 2 * layer.weight)
