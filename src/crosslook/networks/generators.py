"""The ResNet generator of CycleGAN and, with antialiased resolution changes, of CUT."""

from collections.abc import Sequence

from torch import Tensor, nn

from crosslook.networks.blur import BlurDown, BlurUp
from crosslook.networks.norm import InstanceNorm2d
from crosslook.networks.padding import Reflect


class ResidualBlock(nn.Module):
    """x + f(x) with two 3 x 3 convolutions on reflected borders; no ReLU after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            Reflect(1),
            nn.Conv2d(channels, channels, 3),
            InstanceNorm2d(channels),
            nn.ReLU(),
            Reflect(1),
            nn.Conv2d(channels, channels, 3),
            InstanceNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.change(x)
        return x + changed


class ResnetGenerator(nn.Module):
    """An image in, an image of the same size out, in [-1, 1].

    A 7 x 7 convolution, two halvings, residual blocks at a quarter of the resolution, two
    doublings, a 7 x 7 convolution, tanh (Johnson et al. 2016; sizes as in Zhu et al. 2017,
    arXiv:1703.10593, section 7.2). Strided: halvings and doublings are strided convolutions.
    Antialiased: a convolution at full resolution, then a fixed blur (Park et al. 2020).

    H and W must be multiples of 4, else the output has another size than the input.

    Args:
        source_channels: C of the input.
        target_channels: C of the output.
        width: channels at full resolution; twice and four times as many further down.
        blocks: residual blocks, 9 in the papers.
        antialiased: see above.
    """

    def __init__(
        self,
        source_channels: int,
        target_channels: int,
        width: int = 64,
        blocks: int = 9,
        antialiased: bool = False,
    ) -> None:
        super().__init__()
        first = [Reflect(3), *_layer(nn.Conv2d(source_channels, width, 7), width)]
        down = [*_halve(width, antialiased), *_halve(2 * width, antialiased)]
        middle = [ResidualBlock(4 * width) for _ in range(blocks)]
        up = [*double(4 * width, antialiased), *double(2 * width, antialiased)]
        last = [Reflect(3), nn.Conv2d(width, target_channels, 7), nn.Tanh()]
        self.layers = nn.Sequential(*first, *down, *middle, *up, *last)
        self.encoder_length = len(first) + len(down) + blocks
        self.source_channels = source_channels

    def forward(self, x: Tensor) -> Tensor:
        fake: Tensor = self.layers(x)
        return fake

    def forward_with_features(self, x: Tensor, at: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        """The output, and the outputs of the layers numbered ``at`` on the way."""
        features = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in at:
                features.append(x)
        return x, features

    def encode(self, x: Tensor, at: Sequence[int]) -> list[Tensor]:
        """The outputs of the layers numbered ``at``; nothing behind the last of them is run."""
        features = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in at:
                features.append(x)
            if i == at[-1]:
                break
        return features

    def feature_channels(self, at: Sequence[int]) -> list[int]:
        """How many channels ``encode`` gives at each of the layers ``at``.

        Raises:
            ValueError: if ``at`` is not rising or leaves the encoder (halvings and blocks).
        """
        if list(at) != sorted(set(at)) or not at or not 0 <= at[0] <= at[-1] < self.encoder_length:
            raise ValueError(
                f"layers {list(at)} must rise and lie between 0 and {self.encoder_length - 1}, "
                "the encoder of this generator."
            )
        channels, found = self.source_channels, []
        for i, layer in enumerate(self.layers):
            if isinstance(layer, nn.Conv2d):
                channels = layer.out_channels
            if i in at:
                found.append(channels)
        return found


def _layer(convolution: nn.Module, channels: int) -> list[nn.Module]:
    return [convolution, InstanceNorm2d(channels), nn.ReLU()]


def _halve(channels: int, antialiased: bool) -> list[nn.Module]:
    wider = 2 * channels
    if antialiased:
        return [*_layer(nn.Conv2d(channels, wider, 3, padding=1), wider), BlurDown()]
    return _layer(nn.Conv2d(channels, wider, 3, stride=2, padding=1), wider)


def double(channels: int, antialiased: bool = False) -> list[nn.Module]:
    """The layers that double the resolution and halve the channels."""
    narrower = channels // 2
    if antialiased:
        return [BlurUp(), *_layer(nn.Conv2d(channels, narrower, 3, padding=1), narrower)]
    convolution = nn.ConvTranspose2d(channels, narrower, 3, stride=2, padding=1, output_padding=1)
    return _layer(convolution, narrower)
