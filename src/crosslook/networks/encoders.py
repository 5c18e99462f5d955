"""What MUNIT takes an image apart into: content, which keeps its place, and style, which has none.

Source: Huang et al. 2018, arXiv:1804.04732, section 4 and appendix B.2.
"""

from torch import Tensor, nn

from crosslook.networks.adain import same_size
from crosslook.networks.norm import InstanceNorm2d
from crosslook.networks.padding import Padding, padded


class ContentEncoder(nn.Module):
    """(B, C, H, W) becomes (B, 4 width, H / 4, W / 4): what is where, with the style normed away.

    A 7 x 7 convolution, two halvings by 4 x 4 convolutions, residual blocks; instance norm
    everywhere.

    Args:
        channels: C of the image.
        width: channels at full resolution.
        blocks: residual blocks.
        padding: how borders are continued.
    """

    def __init__(self, channels: int, width: int, blocks: int, padding: Padding) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_normed(same_size(channels, width, 7, padding)),
            *_normed(halving(width, 2 * width, padding)),
            *_normed(halving(2 * width, 4 * width, padding)),
            *(_Block(4 * width, padding) for _ in range(blocks)),
        )

    def forward(self, image: Tensor) -> Tensor:
        content: Tensor = self.layers(image)
        return content


class StyleEncoder(nn.Module):
    """(B, C, H, W) becomes (B, length): what is the same all over the image. No norm.

    A 7 x 7 convolution, four halvings, the mean over all places, a linear layer.

    Args:
        channels: C of the image.
        width: channels at full resolution.
        length: numbers of a style.
        padding: how borders are continued.
    """

    def __init__(self, channels: int, width: int, length: int, padding: Padding) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            same_size(channels, width, 7, padding),
            nn.ReLU(),
            *(halving(width, 2 * width, padding), nn.ReLU()),
            *(halving(2 * width, 4 * width, padding), nn.ReLU()),
            *(halving(4 * width, 4 * width, padding), nn.ReLU()),
            *(halving(4 * width, 4 * width, padding), nn.ReLU()),
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(4 * width, length, 1),
        )

    def forward(self, image: Tensor) -> Tensor:
        style: Tensor = self.layers(image)
        return style.flatten(1)


class _Block(nn.Module):
    """x + f(x) with two 3 x 3 convolutions and instance norm; no ReLU after the sum."""

    def __init__(self, channels: int, padding: Padding) -> None:
        super().__init__()
        self.change = nn.Sequential(
            *_normed(same_size(channels, channels, 3, padding)),
            same_size(channels, channels, 3, padding),
            InstanceNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.change(x)
        return x + changed


def halving(channels: int, wanted: int, padding: Padding) -> nn.Conv2d:
    """A 4 x 4 convolution with stride 2."""
    return padded(channels, wanted, 4, 1, 2, padding)


def _normed(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, InstanceNorm2d(convolution.out_channels), nn.ReLU()]
