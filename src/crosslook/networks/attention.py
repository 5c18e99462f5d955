"""The generator of AttentionGAN: several images, and masks that say where each of them counts."""

from torch import Tensor, nn

from crosslook.networks.generators import ResnetGenerator, double

CONTENTS = 9


class AttentionGenerator(nn.Module):
    """Nine new images and the input, mixed by ten masks that sum to 1 at each pixel.

        y = sum_i a_i * c_i + a_10 * x,  i = 1..9

    One encoder (that of ``ResnetGenerator``, with its residual blocks) and two decoders, one for
    the contents c, one for the masks a (Tang et al. 2019, arXiv:1911.11897, scheme II).
    (B, C, H, W) becomes (B, C, H, W), in [-1, 1] if x is. H and W are multiples of 4.

    Args:
        channels: C of the input and of the output.
        width: channels at full resolution; twice and four times as many further down.
        blocks: residual blocks.
    """

    def __init__(self, channels: int, width: int = 64, blocks: int = 9) -> None:
        super().__init__()
        whole = ResnetGenerator(channels, CONTENTS * channels, width, blocks)
        self.encoder = whole.layers[: whole.encoder_length]
        self.to_contents = whole.layers[whole.encoder_length :]
        self.to_masks = nn.Sequential(
            *double(4 * width), *double(2 * width), nn.Conv2d(width, CONTENTS + 1, 1)
        )

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Contents (B, 9, C, H, W) in [-1, 1] and masks (B, 10, H, W); the last is that of x."""
        encoded = self.encoder(x)
        contents = self.to_contents(encoded).unflatten(1, (CONTENTS, x.shape[1]))
        return contents, self.to_masks(encoded).softmax(dim=1)

    def forward_with_masks(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The output, and the masks (B, 10, H, W) on the way."""
        contents, masks = self.parts(x)
        mixed = (contents * masks[:, :-1, None]).sum(dim=1) + masks[:, -1:] * x
        return mixed, masks

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_with_masks(x)[0]
