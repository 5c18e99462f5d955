"""Reflected borders, in the precision of what they continue.

Autocast on a CPU would make them float32 (torch 2.11 to 2.15): a copy of what is padded, twice as
wide and kept for the gradient, that the convolution behind it rounds again.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

Padding = Literal["reflect", "zeros"]


def reflect(x: Tensor, pixels: int) -> Tensor:
    """(B, C, H, W) with ``pixels`` more on each side, mirrored at the outermost ones."""
    sides = (pixels, pixels, pixels, pixels)
    if x.device.type != "cpu":
        return pad(x, sides, mode="reflect")
    with torch.autocast("cpu", enabled=False):
        return pad(x, sides, mode="reflect")


class Reflect(nn.Module):
    """``reflect`` as a layer.

    Args:
        pixels: on each side.
    """

    def __init__(self, pixels: int) -> None:
        super().__init__()
        self.pixels = pixels

    def forward(self, x: Tensor) -> Tensor:
        return reflect(x, self.pixels)


class ReflectConv2d(nn.Conv2d):
    """A convolution of a reflected image: ``padding_mode="reflect"``, by ``reflect``."""

    def __init__(self, channels: int, wanted: int, kernel: int, pixels: int, stride: int) -> None:
        super().__init__(channels, wanted, kernel, stride)
        self.pixels = pixels

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(reflect(x, self.pixels))


def padded(
    channels: int, wanted: int, kernel: int, pixels: int, stride: int, padding: Padding
) -> nn.Conv2d:
    """A convolution with ``pixels`` more on each side, reflected or zero."""
    if padding == "reflect":
        return ReflectConv2d(channels, wanted, kernel, pixels, stride)
    return nn.Conv2d(channels, wanted, kernel, stride, pixels)
