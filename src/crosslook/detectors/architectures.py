"""The torchvision engine: Faster and Cascade R-CNN with a feature pyramid, of torchvision's parts.

Names of parameters are torchvision's, so its trained weights fit where the shapes are the same.
"""

from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.rpn import RPNHead
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import MultiScaleRoIAlign

from crosslook.detectors.cascade import STAGES, CascadeHeads, SharedDeltas
from crosslook.detectors.ignoring import IgnoringHeads, IgnoringProposals, Target
from crosslook.detectors.settings import Architecture
from crosslook.detectors.trunks import Pyramid

POOL = 7  # cells per side that a proposal is cut into
SCORE_FLOOR = 0.01
MOST_BOXES = 100
DELTAS = (10.0, 10.0, 5.0, 5.0)  # weights of a box's shift and growth in the loss
# Weights trained on photographs expect ImageNet's colours; others see [-1, 1].
PIXELS = {
    "frozen_batch": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "group": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}


def build_torchvision(architecture: Architecture, classes: int) -> nn.Module:
    """A detector with random weights, drawn from torch's global random numbers.

    Source: Ren et al. 2015, arXiv:1506.01497; Lin et al. 2017, arXiv:1612.03144; for the cascade
    see ``crosslook.detectors.cascade``. Patches keep their size: torchvision's resizing to 800 px
    is off.

    Args:
        architecture: kind, shapes and sampling.
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
    heads: nn.Module
    if a.kind == "cascade_rcnn":
        heads = CascadeHeads([_heads(a, classes, iou, deltas, True) for iou, deltas in STAGES])
    else:
        heads = _heads(a, classes, 0.5, DELTAS, False)
    model: nn.Module = GeneralizedRCNN(backbone, proposals, heads, AsItIs(*pixel_statistics(a)))
    return model


def pixel_statistics(architecture: Architecture) -> tuple[list[float], list[float]]:
    """Mean and standard deviation that are taken out of each band, in units of [0, 1].

    Bands that are not red, green and blue get the mean of those of the three.
    """
    bands, statistics = architecture.bands, PIXELS[architecture.normalisation]
    if bands == 3:
        return list(statistics[0]), list(statistics[1])
    mean, deviation = (sum(values) / 3 for values in statistics)
    return [mean] * bands, [deviation] * bands


class AsItIs(GeneralizedRCNNTransform):  # type: ignore[misc]
    """Shifts and scales the pixels, and keeps the size."""

    def __init__(self, mean: list[float], deviation: list[float]) -> None:
        super().__init__(min_size=1, max_size=1, image_mean=mean, image_std=deviation)

    def resize(self, image: Tensor, target: Target | None = None) -> tuple[Tensor, Target | None]:
        return image, target


def _heads(
    a: Architecture,
    classes: int,
    iou: float,
    deltas: tuple[float, float, float, float],
    shared: bool,
) -> IgnoringHeads:
    """Heads that name proposals. ``iou``: overlap from which on a proposal is an object."""
    pooled = [str(level) for level in a.levels if level <= 5]
    predictor = SharedDeltas if shared else FastRCNNPredictor
    return IgnoringHeads(
        MultiScaleRoIAlign(pooled, output_size=POOL, sampling_ratio=2),
        TwoMLPHead(a.fpn_channels * POOL**2, a.box_head),
        predictor(a.box_head, classes + 1),
        fg_iou_thresh=iou,
        bg_iou_thresh=iou,
        batch_size_per_image=a.rois_sampled,
        positive_fraction=0.25,
        bbox_reg_weights=deltas,
        score_thresh=SCORE_FLOOR,
        nms_thresh=a.nms_iou,
        detections_per_img=MOST_BOXES,
    )
