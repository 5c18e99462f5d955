"""From content and style to an image: the decoders of MUNIT and of Council-GAN."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from crosslook.networks.adain import NormedConvolution, StyledBlock, StyledConvolution, same_size

SHARPNESS = 10.0  # of Council-GAN's masks: most pixels are either kept or painted over


class StyleReader(nn.Module):
    """Turn a style, (B, length), into the (B, numbers) that the norms of a decoder need."""

    def __init__(self, length: int, width: int, numbers: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Linear(length, width), nn.ReLU()),
            *(nn.Linear(width, width), nn.ReLU()),
            nn.Linear(width, numbers),
        )

    def forward(self, style: Tensor) -> Tensor:
        numbers: Tensor = self.layers(style)
        return numbers


class StyledDecoder(nn.Module):
    """MUNIT: the style acts in residual blocks; then two doublings, a 7 x 7 convolution, tanh.

    The doublings have ``ImageNorm``: instance norm would take the style away again. Source: Huang
    et al. 2018, arXiv:1804.04732, appendix B.2.

    Args:
        channels: C of the image.
        width: channels at full resolution; the content has four times as many.
        blocks: residual blocks.
    """

    def __init__(self, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(StyledBlock(4 * width, "reflect") for _ in range(blocks))
        self.layers = nn.Sequential(
            nn.Upsample(scale_factor=2),
            NormedConvolution(4 * width, 2 * width, 5, "reflect"),
            nn.Upsample(scale_factor=2),
            NormedConvolution(2 * width, width, 5, "reflect"),
            same_size(width, channels, 7, "reflect"),
            nn.Tanh(),
        )
        self.numbers = _sizes(self.blocks)

    def forward(self, content: Tensor, numbers: Tensor) -> Tensor:
        """(B, 4 width, H, W) and (B, sum of ``numbers``) -> (B, C, 4 H, 4 W)."""
        for block, own in zip(self.blocks, torch.split(numbers, self.numbers, dim=1), strict=True):
            content = block(content, own)
        image: Tensor = self.layers(content)
        return image


class MaskingDecoder(nn.Module):
    """Council-GAN: the style acts everywhere, and the image is painted onto the input.

    Makes ``LAYERS`` pictures o and as many masks m (Nizan and Tal 2020, arXiv:1911.10538); from
    y = input on, y becomes (1 - m) y + m o for each of them.

    Args:
        channels: C of input and output.
        width: channels at full resolution; the content has four times as many.
        blocks: residual blocks.
    """

    LAYERS = 3

    def __init__(self, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(StyledBlock(4 * width, "zeros") for _ in range(blocks))
        self.doublings = nn.ModuleList(
            StyledConvolution(before, after, "zeros")
            for wide in (4 * width, 2 * width)
            for before, after in ((wide, wide // 2), (wide // 2, wide // 2))
        )
        self.layers = nn.Sequential(
            *(nn.Conv2d(width, width, 1), nn.ReLU()),
            *(nn.Conv2d(width, width, 1), nn.ReLU()),
            nn.Conv2d(width, self.LAYERS * (channels + 1), 1),
            nn.Tanh(),
        )
        self.enlarge = nn.Upsample(scale_factor=2)
        self.numbers = _sizes(self.blocks) + _sizes(self.doublings)

    def forward(self, content: Tensor, numbers: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """The image, (B, C, H, W) as ``source``, and its masks, (B, LAYERS, H, W) in [0, 1]."""
        own = iter(torch.split(numbers, self.numbers, dim=1))
        for block in self.blocks:
            content = block(content, next(own))
        for i, layer in enumerate(self.doublings):
            content = layer(content if i % 2 else self.enlarge(content), next(own)).relu()
        painted = self.layers(content).to(source.dtype)
        pictures, logits = painted[:, : -self.LAYERS], painted[:, -self.LAYERS :]
        masks = (torch.tanh(SHARPNESS * logits) + 1) / 2
        image = source
        for picture, mask in zip(
            pictures.chunk(self.LAYERS, dim=1), masks.chunk(self.LAYERS, dim=1), strict=True
        ):
            image = (1 - mask) * image + mask * picture
        return image, masks


def _sizes(layers: Iterable[nn.Module]) -> list[int]:
    """How many numbers each of ``layers`` takes from a style."""
    return [
        layer.numbers for layer in layers if isinstance(layer, (StyledBlock, StyledConvolution))
    ]
