"""Instance normalisation whose gradient is right."""

from torch import Tensor
from torch.nn.functional import group_norm

from crosslook.networks.statistics import Norm, at_least_float32


class InstanceNorm2d(Norm):
    """Subtract the mean of each channel of each image, and divide by its standard deviation.

        y = (x - mean(x)) / sqrt(var(x) + eps),  var biased, over H and W

    No learnt scale, no running statistics (Ulyanov et al. 2016, arXiv:1607.08022). Written as a
    group norm with one group per channel: ``F.instance_norm`` gives a wrong gradient on CPU at
    batch 1 when the incoming gradient has channels-last strides (torch 2.13 and 2.15).

    Args:
        channels: C of the (B, C, H, W) input.
        eps: added to the variance. A constant channel becomes 0.
    """

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.channels = channels
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        if self.shared is None:
            return group_norm(x, self.channels, eps=self.eps)
        whole = at_least_float32(x)
        variance, mean = self.moments(whole)
        return ((whole - mean) / (variance + self.eps).sqrt()).to(x.dtype)
