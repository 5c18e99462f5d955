"""The training heads of detectron2's R-CNNs, made to leave ignored regions alone.

detectron2 has no such regions. Each head knows those of the batch at hand, in ``ignore``, one
(M, 4) per image; what lies in one of them is an object or nothing, never background.
"""

from collections.abc import Iterator
from typing import Any

from detectron2.modeling import PROPOSAL_GENERATOR_REGISTRY, ROI_HEADS_REGISTRY
from detectron2.modeling.proposal_generator import RPN
from detectron2.modeling.roi_heads import CascadeROIHeads, StandardROIHeads
from detectron2.structures import Boxes, Instances, pairwise_iou
from torch import Tensor

from crosslook.detectors.ignoring import BACKGROUND, COVERED, NOT_SAMPLED, covered_share


@PROPOSAL_GENERATOR_REGISTRY.register()
class IgnoringRPN(RPN):  # type: ignore[misc]
    """Proposes boxes; does not learn 'background' from anchors in ignored regions."""

    ignore: list[Tensor]
    ignored: Iterator[Tensor]

    def label_and_sample_anchors(
        self, anchors: list[Boxes], gt_instances: list[Instances]
    ) -> tuple[list[Tensor], list[Tensor]]:
        boxes = Boxes.cat(anchors).tensor
        self.ignored = (covered_share(boxes, regions) > COVERED for regions in self.ignore)
        found: tuple[list[Tensor], list[Tensor]]
        found = super().label_and_sample_anchors(anchors, gt_instances)
        return found

    def _subsample_labels(self, label: Tensor) -> Tensor:
        """Called once per image, in their order."""
        label[(label == BACKGROUND) & next(self.ignored)] = NOT_SAMPLED
        sampled: Tensor = super()._subsample_labels(label)
        return sampled


class _Ignoring:
    """Samples proposals; those in ignored regions only where they are objects."""

    ignore: list[Tensor]
    proposal_matcher: Any

    def label_and_sample_proposals(
        self, proposals: list[Instances], targets: list[Instances]
    ) -> list[Instances]:
        kept = []
        for boxes, target, regions in zip(proposals, targets, self.ignore, strict=True):
            overlaps = pairwise_iou(target.gt_boxes, boxes.proposal_boxes)
            _, labels = self.proposal_matcher(overlaps)
            kept.append(boxes[(labels != BACKGROUND) | _outside(boxes, regions)])
        sampled: list[Instances]
        sampled = super().label_and_sample_proposals(kept, targets)  # type: ignore[misc]
        return sampled


@ROI_HEADS_REGISTRY.register()
class IgnoringHeads(_Ignoring, StandardROIHeads):  # type: ignore[misc]
    """Names the proposals; does not learn 'background' from those in ignored regions."""


@ROI_HEADS_REGISTRY.register()
class IgnoringCascade(_Ignoring, CascadeROIHeads):  # type: ignore[misc]
    """The same for each stage of a cascade."""

    def _match_and_label_boxes(
        self, proposals: list[Instances], stage: int, targets: list[Instances]
    ) -> list[Instances]:
        labelled = super()._match_and_label_boxes(proposals, stage, targets)
        return [
            boxes[(boxes.gt_classes != self.num_classes) | _outside(boxes, regions)]
            for boxes, regions in zip(labelled, self.ignore, strict=True)
        ]


def _outside(boxes: Instances, regions: Tensor) -> Tensor:
    return covered_share(boxes.proposal_boxes.tensor, regions) <= COVERED
