"""PatchGAN: judges overlapping parts of an image, each about 70 pixels wide."""

from torch import Tensor, nn

from crosslook.networks.blur import BlurDown
from crosslook.networks.norm import InstanceNorm2d


class PatchDiscriminator(nn.Module):
    """One number per part of the image; near 1 where it looks real (least-squares GAN).

    Five 4 x 4 convolutions, three of which halve the resolution (Isola et al. 2017,
    arXiv:1611.07004, section 6.1.2). Antialiased: those three keep the resolution and a fixed
    blur halves it. (B, C, 256, 256) becomes (B, 1, 30, 30), and 64 pixels become 6. No sigmoid.

    Args:
        channels: C of the image.
        width: channels behind the first convolution.
        antialiased: see above.
    """

    def __init__(self, channels: int, width: int = 64, antialiased: bool = False) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_halve(channels, width, antialiased, norm=False),
            *_halve(width, 2 * width, antialiased),
            *_halve(2 * width, 4 * width, antialiased),
            nn.Conv2d(4 * width, 8 * width, 4, padding=1),
            InstanceNorm2d(8 * width),
            nn.LeakyReLU(0.2),
            nn.Conv2d(8 * width, 1, 4, padding=1),
        )

    def forward(self, image: Tensor) -> Tensor:
        judged: Tensor = self.layers(image)
        return judged


def _halve(channels: int, wider: int, antialiased: bool, norm: bool = True) -> list[nn.Module]:
    layers: list[nn.Module] = [
        nn.Conv2d(channels, wider, 4, stride=1 if antialiased else 2, padding=1)
    ]
    if norm:
        layers.append(InstanceNorm2d(wider))
    layers.append(nn.LeakyReLU(0.2))
    if antialiased:
        layers.append(BlurDown())
    return layers
