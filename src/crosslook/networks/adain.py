"""Norms whose scale and shift come from a style, and the layers that are built on them."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from crosslook.networks.padding import Padding, padded
from crosslook.networks.statistics import (
    Moments,
    Norm,
    at_least_float32,
    group_norm_in_half,
    is_half,
    own_moments,
)


def adaptive_instance_norm(
    x: Tensor,
    numbers: Tensor,
    eps: float = 1e-5,
    moments: Callable[[Tensor], Moments] | None = None,
) -> Tensor:
    """Give each channel of each image the mean and the spread that its style asks for.

        y = spread * (x - mean(x)) / sqrt(var(x) + eps) + mean,  var biased, over H and W

    Source: Huang and Belongie 2017, arXiv:1703.06868, eq. (8). Statistics are taken in float32 at
    least, whatever the precision of ``x`` and whatever autocast says.

    Args:
        x: (B, C, H, W).
        numbers: (B, 2 C), the C means first, then the C spreads.
        eps: added to the variance.
        moments: gives the variance and the mean. Default: each channel of each image has its own.

    Returns:
        (B, C, H, W) in the precision of ``x``. A constant channel becomes its mean.
    """
    if moments is None and is_half(x):
        shift, scale = (part.reshape(-1) for part in numbers.chunk(2, dim=1))
        channels = x.reshape(1, -1, *x.shape[2:])  # of all images, each normed alone
        return group_norm_in_half(channels, channels.shape[1], scale, shift, eps).reshape(x.shape)
    whole = at_least_float32(x)
    means, spreads = at_least_float32(numbers)[:, :, None, None].chunk(2, dim=1)
    variance, mean = (moments or own_moments)(whole)
    return (spreads * (whole - mean) / (variance + eps).sqrt() + means).to(x.dtype)


class ImageNorm(Norm):
    """MUNIT's layer norm: one mean and one standard deviation for the whole of each image.

        y = gamma * (x - mean(x)) / (std(x) + eps) + beta,  std unbiased, over C, H and W

    gamma and beta are learnt per channel; gamma starts between 0 and 1. ``nn.LayerNorm`` differs:
    its variance is biased and has eps under the root. Half precision is coarser than either
    difference, so there it is a group norm of one group.

    Args:
        channels: C of the (B, C, H, W) input.
        eps: added to the standard deviation. A constant image becomes beta.
    """

    over = (1, 2, 3)
    correction = 1

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.rand(channels))
        self.beta = nn.Parameter(torch.zeros(channels))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        if self.shared is None and is_half(x):
            return group_norm_in_half(x, 1, self.gamma, self.beta, self.eps)
        whole = at_least_float32(x)
        std, mean = self._spread_and_mean(whole)
        gamma, beta = self.gamma[:, None, None], self.beta[:, None, None]
        return (gamma * (whole - mean) / (std + self.eps) + beta).to(x.dtype)

    def _spread_and_mean(self, x: Tensor) -> tuple[Tensor, Tensor]:
        if self.shared is None:
            std, mean = torch.std_mean(x, dim=self.over, keepdim=True)
            return std, mean
        variance, mean = self.moments(x)
        return variance.sqrt(), mean


class NormedConvolution(nn.Module):
    """A convolution that keeps the size, ``ImageNorm``, ReLU."""

    def __init__(self, channels: int, wanted: int, kernel: int, padding: Padding) -> None:
        super().__init__()
        self.norm = ImageNorm(wanted)
        self.convolution = same_size(channels, wanted, kernel, padding)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.convolution(x))
        return normed.relu()


class StyledConvolution(Norm):
    """A 3 x 3 convolution that keeps the size, and adaptive instance norm; no ReLU."""

    def __init__(self, channels: int, wanted: int, padding: Padding) -> None:
        super().__init__()
        self.convolution = same_size(channels, wanted, 3, padding)
        self.numbers = 2 * wanted  # that its style must give

    def forward(self, x: Tensor, numbers: Tensor) -> Tensor:
        moments = self.moments if self.shared else None
        return adaptive_instance_norm(self.convolution(x), numbers, moments=moments)


class StyledBlock(nn.Module):
    """x + f(x) with two styled convolutions, a ReLU between them; none after the sum."""

    def __init__(self, channels: int, padding: Padding) -> None:
        super().__init__()
        self.first = StyledConvolution(channels, channels, padding)
        self.second = StyledConvolution(channels, channels, padding)
        self.numbers = self.first.numbers + self.second.numbers

    def forward(self, x: Tensor, numbers: Tensor) -> Tensor:
        sizes = [self.first.numbers, self.second.numbers]
        first, second = torch.split(numbers, sizes, dim=1)
        changed: Tensor = self.second(self.first(x, first).relu(), second)
        return x + changed


def same_size(channels: int, wanted: int, kernel: int, padding: Padding) -> nn.Conv2d:
    """A convolution with an odd kernel whose output is as large as its input."""
    return padded(channels, wanted, kernel, kernel // 2, 1, padding)
