"""The detectron2 engine: Faster and Cascade R-CNN by detectron2's own configs and model builder.

Names of parameters are detectron2's, so the weights of its model zoo fit where the shapes are the
same. What its configs say stays, but for what ``Architecture`` sets.
"""

from collections.abc import Sequence
from typing import Any

from detectron2 import model_zoo
from detectron2.config import CfgNode
from detectron2.modeling import META_ARCH_REGISTRY, build_model
from detectron2.modeling.meta_arch import GeneralizedRCNN
from detectron2.structures import Boxes, Instances
from detectron2.utils.events import EventStorage
from torch import Tensor, nn

from crosslook.detectors.architectures import MOST_BOXES, SCORE_FLOOR, pixel_statistics
from crosslook.detectors.detectron2_ignoring import IgnoringCascade, IgnoringHeads, IgnoringRPN
from crosslook.detectors.ignoring import Target
from crosslook.detectors.settings import Architecture
from crosslook.errors import MissingPackageError

CONFIGS = {
    "faster_rcnn": "COCO-Detection/faster_rcnn_R_50_FPN_3x.yaml",
    "cascade_rcnn": "Misc/cascade_mask_rcnn_R_50_FPN_3x.yaml",  # used without its masks
}
HEADS = {"faster_rcnn": IgnoringHeads, "cascade_rcnn": IgnoringCascade}
NORMS = {"frozen_batch": "FrozenBN", "group": "GN"}


def build_detectron2(architecture: Architecture, classes: int) -> nn.Module:
    """A detector with random weights, drawn from torch's global random numbers.

    Args:
        architecture: kind, shapes and sampling.
        classes: kinds of objects, background not counted.

    Raises:
        MissingPackageError: if detectron2 came without its configs.
    """
    model: nn.Module = build_model(configure(architecture, classes))
    return model


def configure(a: Architecture, classes: int) -> CfgNode:
    """detectron2's config of the architecture's kind, with the architecture's settings.

    Raises:
        MissingPackageError: if detectron2 came without its configs.
    """
    try:
        config = model_zoo.get_config(CONFIGS[a.kind])
    except RuntimeError as error:
        raise MissingPackageError(
            f"engine 'detectron2': its configs are missing ({error}). Install it as "
            "docs/detectors.md says, or set engine to 'torchvision'."
        ) from None
    model = config.MODEL
    model.DEVICE = "cpu"
    model.MASK_ON = False
    model.META_ARCHITECTURE = RCNN.__name__
    model.PROPOSAL_GENERATOR.NAME = IgnoringRPN.__name__
    model.ROI_HEADS.NAME = HEADS[a.kind].__name__
    model.PIXEL_MEAN, model.PIXEL_STD = pixel_statistics(a)
    _configure_trunk(model, a)
    model.ANCHOR_GENERATOR.SIZES = [list(sides) for sides in a.anchors]
    model.ANCHOR_GENERATOR.ASPECT_RATIOS = [list(a.ratios)]
    model.RPN.BATCH_SIZE_PER_IMAGE = a.anchors_sampled
    model.RPN.PRE_NMS_TOPK_TRAIN = model.RPN.POST_NMS_TOPK_TRAIN = 2 * a.proposals
    model.RPN.PRE_NMS_TOPK_TEST = model.RPN.POST_NMS_TOPK_TEST = a.proposals
    model.ROI_HEADS.NUM_CLASSES = classes
    model.ROI_HEADS.BATCH_SIZE_PER_IMAGE = a.rois_sampled
    model.ROI_HEADS.NMS_THRESH_TEST = a.nms_iou
    model.ROI_HEADS.SCORE_THRESH_TEST = SCORE_FLOOR
    model.ROI_BOX_HEAD.FC_DIM = a.box_head
    config.TEST.DETECTIONS_PER_IMAGE = MOST_BOXES
    return config


def _configure_trunk(model: CfgNode, a: Architecture) -> None:
    stages = [level for level in a.levels if level <= 5]
    resnet = model.RESNETS
    resnet.DEPTH = int(a.backbone.removeprefix("resnet"))
    resnet.NORM = NORMS[a.normalisation]
    resnet.STEM_OUT_CHANNELS = resnet.WIDTH_PER_GROUP = a.width
    resnet.RES2_OUT_CHANNELS = a.width if resnet.DEPTH < 50 else 4 * a.width
    resnet.OUT_FEATURES = model.FPN.IN_FEATURES = [f"res{level}" for level in stages]
    model.FPN.OUT_CHANNELS = a.fpn_channels
    model.BACKBONE.FREEZE_AT = a.frozen_stages
    model.RPN.IN_FEATURES = [f"p{level}" for level in a.levels]
    model.ROI_HEADS.IN_FEATURES = [f"p{level}" for level in stages]


@META_ARCH_REGISTRY.register()
class RCNN(GeneralizedRCNN):  # type: ignore[misc]
    """detectron2's R-CNN behind the face of ``crosslook.detectors.engines``."""

    def forward(self, images: Sequence[Tensor], targets: Sequence[Target] | None = None) -> Any:
        """Losses by name when it learns, boxes, scores and labels per image when it detects."""
        rows: list[dict[str, Any]] = [{"image": image} for image in images]
        if not self.training:
            return [_answer(found["instances"]) for found in self.inference(rows)]
        if targets is None:
            raise ValueError("targets are needed in training, found None.")
        for row, target in zip(rows, targets, strict=True):
            row["instances"] = _instances(row["image"], target)
        ignore = [target["ignore"] for target in targets]
        self.proposal_generator.ignore = self.roi_heads.ignore = ignore
        with EventStorage():
            return super().forward(rows)


def _instances(image: Tensor, target: Target) -> Instances:
    """Objects as detectron2 wants them: labels from 0."""
    return Instances(
        tuple(image.shape[-2:]), gt_boxes=Boxes(target["boxes"]), gt_classes=target["labels"] - 1
    )


def _answer(found: Instances) -> Target:
    boxes = found.pred_boxes.tensor
    return {"boxes": boxes, "scores": found.scores, "labels": found.pred_classes + 1}
