"""Cascade R-CNN's heads: three in a row, each learning from boxes that the one before refined.

Source: Cai and Vasconcelos 2018, arXiv:1712.00726, and detectron2's CascadeROIHeads
(modeling/roi_heads/cascade_rcnn.py). As in detectron2 and other than in the paper, each stage
scores the boxes that it was given, instead of all stages scoring the last boxes; and the stages'
losses are summed, while the gradient that reaches the pooled features is divided by their number:
the trunk learns from their mean, each head from its own loss in full. Other than in detectron2,
the box loss is torchvision's smooth L1 (beta 1/9), as in our Faster R-CNN.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torchvision.models.detection.roi_heads import fastrcnn_loss
from torchvision.ops import clip_boxes_to_image, remove_small_boxes

from crosslook.detectors.ignoring import NOT_SAMPLED, IgnoringHeads, Target

# Per stage: IoU from which on a box is an object, and the weights of its shift and growth.
STAGES = (
    (0.5, (10.0, 10.0, 5.0, 5.0)),
    (0.6, (20.0, 20.0, 10.0, 10.0)),
    (0.7, (30.0, 30.0, 15.0, 15.0)),
)

Shapes = list[tuple[int, int]]  # height and width of each image


class SharedDeltas(nn.Module):
    """Scores per class, and one change of the box that all classes share."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.cls_score = nn.Linear(features, classes)
        self.bbox_pred = nn.Linear(features, 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, D) -> scores (N, classes), and the change (N, 4), repeated for each class."""
        return self.cls_score(x), self.bbox_pred(x).repeat(1, self.classes)


class CascadeHeads(nn.Module):
    """Names the proposals of the RPN, and moves their boxes once per stage."""

    def __init__(self, stages: Sequence[IgnoringHeads]) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)

    def forward(
        self,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        image_shapes: Shapes,
        targets: list[Target] | None = None,
    ) -> tuple[list[Target], dict[str, Tensor]]:
        """As torchvision's ``RoIHeads``: detections when it detects, losses when it learns."""
        if not self.training:
            return self._find(features, proposals, image_shapes), {}
        if targets is None:
            raise ValueError("targets are needed in training, found None.")
        return [], self._losses(features, proposals, image_shapes, targets)

    def _losses(
        self,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        image_shapes: Shapes,
        targets: list[Target],
    ) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = {}
        for n, stage in enumerate(self._each(), start=1):
            if n == 1:  # samples; later stages learn from all that became of these
                proposals, _, labels, wanted = stage.select_training_samples(proposals, targets)
            else:
                proposals, labels, wanted = match(stage, proposals, targets)
            scores, deltas = self._run(stage, features, proposals, image_shapes)
            name, box = 0 * scores.sum(), 0 * deltas.sum()
            if len(scores):  # torchvision: 0 / 0
                name, box = fastrcnn_loss(scores, deltas, labels, wanted)
            losses |= {f"loss_classifier_{n}": name, f"loss_box_reg_{n}": box}
            moved = refine(stage, deltas, proposals, image_shapes)
            proposals = [boxes[remove_small_boxes(boxes, 1e-2)] for boxes in moved]
        return losses

    def _find(
        self, features: dict[str, Tensor], proposals: list[Tensor], image_shapes: Shapes
    ) -> list[Target]:
        *before, last = self._each()
        shares = []
        for stage in before:
            scores, deltas = self._run(stage, features, proposals, image_shapes)
            shares.append(scores.softmax(dim=1))
            proposals = refine(stage, deltas, proposals, image_shapes)
        scores, deltas = self._run(last, features, proposals, image_shapes)
        mean = torch.stack([*shares, scores.softmax(dim=1)]).mean(dim=0)
        found = last.postprocess_detections(  # takes the softmax of the logarithm
            mean.log(), deltas, proposals, image_shapes
        )
        return [
            {"boxes": boxes, "scores": best, "labels": labels}
            for boxes, best, labels in zip(*found, strict=True)
        ]

    def _run(
        self,
        stage: IgnoringHeads,
        features: dict[str, Tensor],
        proposals: list[Tensor],
        image_shapes: Shapes,
    ) -> tuple[Tensor, Tensor]:
        pooled: Tensor = stage.box_roi_pool(features, proposals, image_shapes)
        if pooled.requires_grad:
            pooled.register_hook(self._divide)  # type: ignore[no-untyped-call]
        scores, deltas = stage.box_predictor(stage.box_head(pooled))
        return scores, deltas

    def _divide(self, gradient: Tensor) -> Tensor:
        return gradient / len(self.stages)

    def _each(self) -> list[IgnoringHeads]:
        return cast("list[IgnoringHeads]", list(self.stages))


def match(
    stage: IgnoringHeads, proposals: list[Tensor], targets: list[Target]
) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
    """What a later stage learns from: boxes, labels and wanted changes, per image.

    Nothing is sampled: a box is left out only where it would be background in an ignored region.
    """
    stage.ignore = [target["ignore"] for target in targets]
    objects = [target["boxes"].to(proposals[0].dtype) for target in targets]
    matched, labels = stage.assign_targets_to_proposals(
        proposals, objects, [target["labels"] for target in targets]
    )
    kept = [label != NOT_SAMPLED for label in labels]
    proposals = [boxes[keep] for boxes, keep in zip(proposals, kept, strict=True)]
    goals = []
    for boxes, which, keep in zip(objects, matched, kept, strict=True):
        some = boxes if len(boxes) else boxes.new_zeros(1, 4)  # never looked at
        goals.append(some[which[keep]])
    return (
        proposals,
        [label[keep] for label, keep in zip(labels, kept, strict=True)],
        list(stage.box_coder.encode(goals, proposals)),
    )


def refine(
    stage: IgnoringHeads, deltas: Tensor, proposals: list[Tensor], image_shapes: Shapes
) -> list[Tensor]:
    """Boxes moved by a stage, inside their images, through which no gradient flows."""
    moved = stage.box_coder.decode(deltas.detach(), proposals).flatten(1)  # per class
    per_image = moved[:, :4].split([len(boxes) for boxes in proposals])
    return [
        clip_boxes_to_image(boxes, shape)
        for boxes, shape in zip(per_image, image_shapes, strict=True)
    ]
