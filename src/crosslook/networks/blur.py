"""Changing resolution without aliasing (Zhang 2019, arXiv:1904.11486). Nothing here is learnt."""

from torch import Tensor, nn
from torch.nn.functional import interpolate

from crosslook.networks.padding import reflect
from crosslook.networks.statistics import at_least_float32


class BlurDown(nn.Module):
    """Halve the resolution: filter outer([1, 2, 1]) / 16, reflected border, stride 2.

    Computed as sums of neighbours: on a CPU two to four times as fast as pooling or, in bfloat16,
    as a depthwise convolution. The sums are float32 at least. (B, C, H, W) becomes (B, C,
    ceil(H / 2), ceil(W / 2)) in the precision of the input.
    """

    def forward(self, x: Tensor) -> Tensor:
        wide = at_least_float32(reflect(x, 1))
        pairs = wide[:, :, :-1] + wide[:, :, 1:]
        fours = pairs[:, :, :-1:2] + pairs[:, :, 1::2]
        pairs = fours[..., :-1] + fours[..., 1:]
        return ((pairs[..., :-1:2] + pairs[..., 1::2]) / 16).to(x.dtype)


class BlurUp(nn.Module):
    """Double the resolution: filter outer([1, 3, 3, 1]) / 16, repeated border.

    Spreading each pixel with this filter is bilinear interpolation at half-pixel positions, which
    is how it is computed. (B, C, H, W) becomes (B, C, 2 H, 2 W).
    """

    def forward(self, x: Tensor) -> Tensor:
        return interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
