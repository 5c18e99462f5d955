"""The training heads of torchvision's R-CNNs, made to leave ignored regions alone.

Where labels are incomplete, an anchor or proposal must teach nothing: it may hold an object that
nobody drew. torchvision would take it for background.
"""

import torch
from torch import Tensor
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork

Target = dict[str, Tensor]  # boxes (N, 4), labels (N,) from 1, ignore (M, 4)

BACKGROUND, NOT_SAMPLED = 0, -1
COVERED = 0.5  # share of a box inside one ignored region from which on it is left alone


def covered_share(boxes: Tensor, regions: Tensor) -> Tensor:
    """(N,) largest share of each box's own area that lies in one of the regions, in [0, 1].

    Args:
        boxes: (N, 4) x1 y1 x2 y2, pixels.
        regions: (M, 4), M may be 0.
    """
    if len(regions) == 0:
        return boxes.new_zeros(len(boxes))
    low = torch.maximum(boxes[:, None, :2], regions[None, :, :2])
    high = torch.minimum(boxes[:, None, 2:], regions[None, :, 2:])
    inside = (high - low).clamp(min=0).prod(dim=2)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).clamp(min=1e-6)
    return (inside / area[:, None]).amax(dim=1)


class IgnoringProposals(RegionProposalNetwork):  # type: ignore[misc]
    """Proposes boxes; does not learn 'background' from anchors in ignored regions."""

    def assign_targets_to_anchors(
        self, anchors: list[Tensor], targets: list[Target]
    ) -> tuple[list[Tensor], list[Tensor]]:
        labels, matched = super().assign_targets_to_anchors(anchors, targets)
        for label, anchor, target in zip(labels, anchors, targets, strict=True):
            ignored = covered_share(anchor, target["ignore"]) > COVERED
            label[(label == BACKGROUND) & ignored] = NOT_SAMPLED
        return labels, matched

    def compute_loss(
        self,
        objectness: Tensor,
        pred_bbox_deltas: Tensor,
        labels: list[Tensor],
        regression_targets: list[Tensor],
    ) -> tuple[Tensor, Tensor]:
        if all((label == NOT_SAMPLED).all() for label in labels):  # torchvision: 0 / 0
            return 0 * objectness.sum(), 0 * pred_bbox_deltas.sum()
        losses: tuple[Tensor, Tensor] = super().compute_loss(
            objectness, pred_bbox_deltas, labels, regression_targets
        )
        return losses


class IgnoringHeads(RoIHeads):  # type: ignore[misc]
    """Names the proposals; does not learn 'background' from those in ignored regions."""

    ignore: list[Tensor]
    sampled: int

    def forward(
        self,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        image_shapes: list[tuple[int, int]],
        targets: list[Target] | None = None,
    ) -> tuple[list[Target], dict[str, Tensor]]:
        found, losses = super().forward(features, proposals, image_shapes, targets)
        if self.training and not self.sampled:  # torchvision: 0 / 0
            nothing = 0 * sum(feature.sum() for feature in features.values())
            losses = dict.fromkeys(losses, nothing)
        return found, losses

    def select_training_samples(
        self, proposals: list[Tensor], targets: list[Target]
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
        self.ignore = [target["ignore"] for target in targets]
        found: tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]
        found = super().select_training_samples(proposals, targets)
        self.sampled = sum(len(labels) for labels in found[2])
        return found

    def assign_targets_to_proposals(
        self, proposals: list[Tensor], gt_boxes: list[Tensor], gt_labels: list[Tensor]
    ) -> tuple[list[Tensor], list[Tensor]]:
        matched, labels = super().assign_targets_to_proposals(proposals, gt_boxes, gt_labels)
        for label, boxes, regions in zip(labels, proposals, self.ignore, strict=True):
            ignored = covered_share(boxes, regions) > COVERED
            label[(label == BACKGROUND) & ignored] = NOT_SAMPLED
        return matched, labels
