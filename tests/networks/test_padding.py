import pytest
import torch
from torch import nn

from crosslook.networks.padding import Reflect, ReflectConv2d, padded, reflect


def test_the_border_is_mirrored_at_the_outermost_pixels():
    image = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]])

    wide = reflect(image, 1)[0, 0]

    assert wide[0].tolist() == [5.0, 4.0, 5.0, 6.0, 5.0]
    assert wide[:, 0].tolist() == [5.0, 2.0, 5.0, 8.0, 5.0]


@pytest.mark.parametrize("stride", [1, 2])
def test_the_convolution_is_torch_s_own_with_reflected_padding(stride):
    own = ReflectConv2d(3, 5, 3, 1, stride)
    theirs = nn.Conv2d(3, 5, 3, stride, 1, padding_mode="reflect")
    theirs.load_state_dict(own.state_dict())
    image = torch.randn(2, 3, 9, 9)

    assert torch.equal(own(image), theirs(image))


def test_zero_padding_is_torch_s_own():
    zeros = padded(3, 5, 4, 1, 2, "zeros")

    assert type(zeros) is nn.Conv2d
    assert zeros(torch.zeros(1, 3, 8, 8)).shape == (1, 5, 4, 4)


def test_autocast_keeps_the_precision_of_what_is_continued():
    image = torch.ones(1, 2, 4, 4, dtype=torch.bfloat16)

    with torch.autocast("cpu", torch.bfloat16):
        wide = Reflect(2)(image)

    assert wide.dtype == torch.bfloat16
