"""The torchvision engine: Faster R-CNN with a feature pyramid, from torchvision's parts.

Names of parameters are torchvision's, so its trained weights fit where the shapes are the same.
"""

from collections.abc import Callable

from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.rpn import RPNHead
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.ops import FeaturePyramidNetwork, FrozenBatchNorm2d, MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from crosslook.detectors.ignoring import IgnoringHeads, IgnoringProposals, Target
from crosslook.detectors.settings import Architecture

Norm = Callable[[int], nn.Module]

TRUNKS = {
    "resnet18": (BasicBlock, (2, 2, 2, 2)),
    "resnet34": (BasicBlock, (3, 4, 6, 3)),
    "resnet50": (Bottleneck, (3, 4, 6, 3)),
    "resnet101": (Bottleneck, (3, 4, 23, 3)),
}
POOL = 7  # cells per side that a proposal is cut into
SCORE_FLOOR = 0.01
MOST_BOXES = 100
# Weights trained on photographs expect ImageNet's colours; others see [-1, 1].
PIXELS = {
    "frozen_batch": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    "group": ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
}


def build_torchvision(architecture: Architecture, classes: int) -> nn.Module:
    """A Faster R-CNN with random weights, drawn from torch's global random numbers.

    Source: Ren et al. 2015, arXiv:1506.01497; Lin et al. 2017, arXiv:1612.03144. Patches keep their
    size: torchvision's resizing to 800 px is off.

    Args:
        architecture: shapes and sampling.
        classes: kinds of objects, background not counted.
    """
    a = architecture
    backbone = Pyramid(a)
    anchors = AnchorGenerator(a.anchors, (a.ratios,) * len(a.levels))
    proposals = IgnoringProposals(
        anchors,
        RPNHead(a.fpn_channels, anchors.num_anchors_per_location()[0]),
        fg_iou_thresh=0.7,
        bg_iou_thresh=0.3,
        batch_size_per_image=a.anchors_sampled,
        positive_fraction=0.5,
        pre_nms_top_n={"training": 2 * a.proposals, "testing": a.proposals},
        post_nms_top_n={"training": 2 * a.proposals, "testing": a.proposals},
        nms_thresh=0.7,
    )
    pooled = [str(level) for level in a.levels if level <= 5]
    heads = IgnoringHeads(
        MultiScaleRoIAlign(pooled, output_size=POOL, sampling_ratio=2),
        TwoMLPHead(a.fpn_channels * POOL**2, a.box_head),
        FastRCNNPredictor(a.box_head, classes + 1),
        fg_iou_thresh=0.5,
        bg_iou_thresh=0.5,
        batch_size_per_image=a.rois_sampled,
        positive_fraction=0.25,
        bbox_reg_weights=None,
        score_thresh=SCORE_FLOOR,
        nms_thresh=a.nms_iou,
        detections_per_img=MOST_BOXES,
    )
    model: nn.Module = GeneralizedRCNN(backbone, proposals, heads, AsItIs(*PIXELS[a.normalisation]))
    return model


class AsItIs(GeneralizedRCNNTransform):  # type: ignore[misc]
    """Shifts and scales the pixels, and keeps the size."""

    def __init__(self, mean: list[float], deviation: list[float]) -> None:
        super().__init__(min_size=1, max_size=1, image_mean=mean, image_std=deviation)

    def resize(self, image: Tensor, target: Target | None = None) -> tuple[Tensor, Target | None]:
        return image, target


class Pyramid(nn.Module):
    """A ResNet and the feature pyramid on top of it."""

    def __init__(self, a: Architecture) -> None:
        super().__init__()
        self.names = [str(level) for level in a.levels if level <= 5]
        self.body = ResNet(a.backbone, a.width, _norm(a.normalisation), int(self.names[-1]))
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

    def __init__(self, name: str, width: int, norm: Norm, last: int = 5) -> None:
        super().__init__()
        block, depths = TRUNKS[name]
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
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
