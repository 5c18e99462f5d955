"""A ResNet with the feature pyramid on top of it, for any number of bands.

Names of parameters are torchvision's, so its trained weights fit where the shapes are the same.
"""

from collections.abc import Callable

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.ops import FeaturePyramidNetwork, FrozenBatchNorm2d
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from crosslook.detectors.settings import Architecture

Norm = Callable[[int], nn.Module]

TRUNKS = {
    "resnet18": (BasicBlock, (2, 2, 2, 2)),
    "resnet34": (BasicBlock, (3, 4, 6, 3)),
    "resnet50": (Bottleneck, (3, 4, 6, 3)),
    "resnet101": (Bottleneck, (3, 4, 23, 3)),
}


class Pyramid(nn.Module):
    """A ResNet and the feature pyramid on top of it."""

    def __init__(self, a: Architecture) -> None:
        super().__init__()
        self.names = [str(level) for level in a.levels if level <= 5]
        norm = _norm(a.normalisation)
        self.body = ResNet(a.backbone, a.width, norm, int(self.names[-1]), a.bands)
        self.fpn = FeaturePyramidNetwork(
            [self.body.channels[name] for name in self.names],
            a.fpn_channels,
            LastLevelMaxPool() if a.levels[-1] == 6 else None,
        )
        self.out_channels = a.fpn_channels
        stages = [("conv1", "bn1"), *((f"layer{n}",) for n in range(1, int(self.names[-1])))]
        for name in [name for names in stages[: a.frozen_stages] for name in names]:
            self.body.get_submodule(name).requires_grad_(False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = self.body(x)
        pyramid: dict[str, Tensor] = self.fpn({name: features[name] for name in self.names})
        return pyramid


class ResNet(nn.Module):
    """torchvision's ResNet without its classifier, at any width, up to pyramid level ``last``."""

    def __init__(self, name: str, width: int, norm: Norm, last: int = 5, bands: int = 3) -> None:
        super().__init__()
        block, depths = TRUNKS[name]
        self.conv1 = nn.Conv2d(bands, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = norm(width)
        self.channels: dict[str, int] = {}
        seen = width
        for n, depth in enumerate(depths[: last - 1]):
            made = width * 2**n
            self.add_module(f"layer{n + 1}", _stage(block, seen, made, depth, n > 0, norm))
            seen = made * block.expansion
            self.channels[str(n + 2)] = seen
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Level -> features: '2' has a quarter of the side of ``x``, '5' a 32nd."""
        x = nn.functional.relu(self.bn1(self.conv1(x)))
        x = nn.functional.max_pool2d(x, 3, stride=2, padding=1)
        features = {}
        for name in self.channels:
            x = self.get_submodule(f"layer{int(name) - 1}")(x)
            features[name] = x
        return features


def _stage(
    block: type[BasicBlock | Bottleneck], seen: int, made: int, depth: int, halve: bool, norm: Norm
) -> nn.Sequential:
    out = made * block.expansion
    stride = 2 if halve else 1
    shortcut = None
    if halve or seen != out:
        shortcut = nn.Sequential(nn.Conv2d(seen, out, 1, stride, bias=False), norm(out))
    blocks = [block(seen, made, stride, shortcut, norm_layer=norm)]
    blocks += [block(out, made, norm_layer=norm) for _ in range(depth - 1)]
    return nn.Sequential(*blocks)


def _norm(kind: str) -> Norm:
    """Group norm has 8 channels per group, and at most 32 groups (Wu and He 2018)."""
    if kind == "frozen_batch":
        return FrozenBatchNorm2d  # type: ignore[no-any-return]
    return lambda channels: nn.GroupNorm(min(32, channels // 8), channels)
