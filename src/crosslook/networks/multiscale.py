"""Discriminators that judge an image at several resolutions."""

import torch
from torch import Tensor, nn

from crosslook.networks.adain import same_size
from crosslook.networks.encoders import halving
from crosslook.networks.padding import Padding


class MultiScaleDiscriminator(nn.Module):
    """MUNIT's judge: the same layers, without norm, for each of several resolutions.

    Four 4 x 4 convolutions that halve the resolution, then a 1 x 1 convolution; from scale to
    scale the image is halved by a 3 x 3 mean (Huang et al. 2018, arXiv:1804.04732, appendix B.2).
    No sigmoid. An image must have 16 * 2^(scales - 1) pixels a side at least.

    Args:
        channels: C of the image.
        width: channels behind the first convolution.
        scales: resolutions.
        padding: how borders are continued.
    """

    def __init__(self, channels: int, width: int, scales: int, padding: Padding) -> None:
        super().__init__()
        self.judges = nn.ModuleList(_judge(channels, width, padding) for _ in range(scales))
        self.halve = _halve()

    def forward(self, image: Tensor) -> list[Tensor]:
        """Answers, (B, 1, h, w), from the finest scale to the coarsest."""
        judged = []
        for i, judge in enumerate(self.judges):
            image = self.halve(image) if i else image
            judged.append(judge(image))
        return judged


class PairDiscriminator(nn.Module):
    """Council-GAN's second judge: whose translation of this source is it?

    As ``MultiScaleDiscriminator``, but it sees the source beside the image and begins at full
    resolution (Nizan and Tal 2020, arXiv:1911.10538). Zeros continue the borders.

    Args:
        channels: C of image and source together.
        width: channels behind the first convolution.
        scales: resolutions.
    """

    def __init__(self, channels: int, width: int, scales: int) -> None:
        super().__init__()
        self.judges = nn.ModuleList(_pair_judge(channels, width) for _ in range(scales))
        self.halve = _halve()

    def forward(self, image: Tensor, source: Tensor) -> list[Tensor]:
        """Answers, (B, 1, h, w), from the finest scale to the coarsest."""
        judged, pair = [], torch.cat([image, source], dim=1)
        for i, judge in enumerate(self.judges):
            pair = self.halve(pair) if i else pair
            judged.append(judge(pair))
        return judged


def _judge(channels: int, width: int, padding: Padding) -> nn.Module:
    return nn.Sequential(
        *(halving(channels, width, padding), nn.LeakyReLU(0.2)),
        *(halving(width, 2 * width, padding), nn.LeakyReLU(0.2)),
        *(halving(2 * width, 4 * width, padding), nn.LeakyReLU(0.2)),
        *(halving(4 * width, 8 * width, padding), nn.LeakyReLU(0.2)),
        nn.Conv2d(8 * width, 1, 1),
    )


def _pair_judge(channels: int, width: int) -> nn.Module:
    return nn.Sequential(
        *(same_size(channels, width, 3, "zeros"), nn.LeakyReLU(0.2)),
        *(halving(width, 2 * width, "zeros"), nn.LeakyReLU(0.2)),
        *(halving(2 * width, 4 * width, "zeros"), nn.LeakyReLU(0.2)),
        *(halving(4 * width, 8 * width, "zeros"), nn.LeakyReLU(0.2)),
        nn.Conv2d(8 * width, 8 * width, 1),
        nn.Conv2d(8 * width, 1, 1),
    )


def _halve() -> nn.Module:
    return nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
