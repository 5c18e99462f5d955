from dataclasses import replace

import pytest
import torch

from crosslook.detectors.cascade import STAGES, match, refine
from crosslook.detectors.engines import build


@pytest.fixture
def cascade(tiny):
    return build(replace(tiny, kind="cascade_rcnn"), 2, seed=0)


def target(boxes, ignore=()):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return {
        "boxes": boxes,
        "labels": torch.arange(len(boxes)) % 2 + 1,
        "ignore": torch.tensor(ignore, dtype=torch.float32).reshape(-1, 4),
    }


def images(n):
    return list(torch.rand(n, 3, 64, 64, generator=torch.Generator().manual_seed(0)))


def test_the_stages_ask_for_ever_better_boxes_and_ever_smaller_changes():
    assert [iou for iou, _ in STAGES] == [0.5, 0.6, 0.7]
    assert [weights for _, weights in STAGES] == [
        (10, 10, 5, 5),
        (20, 20, 10, 10),
        (30, 30, 15, 15),
    ]


def test_a_change_of_the_same_size_moves_a_box_less_in_a_later_stage(cascade):
    # dx = 1 shifts the centre by width / weight: 20 / 10, 20 / 20, 20 / 30; all classes alike.
    box, deltas = [torch.tensor([[10.0, 10, 30, 30]])], torch.tensor([[1.0, 0, 0, 0] * 3])

    moved = [refine(s, deltas, box, [(64, 64)])[0][0, 0].item() for s in cascade.roi_heads.stages]

    assert moved == pytest.approx([12, 11, 10 + 2 / 3])


def test_refined_boxes_stay_in_their_image(cascade):
    box, deltas = [torch.tensor([[10.0, 10, 30, 30]])], torch.tensor([[99.0, 0, 0, 0] * 3])

    assert refine(cascade.roi_heads.stages[0], deltas, box, [(40, 50)])[0].max() <= 50


def test_a_box_is_an_object_in_the_stages_whose_overlap_it_reaches(cascade):
    # 10 x 6.5 px of a 10 x 10 px object: IoU 0.65.
    box, one = [torch.tensor([[0.0, 0.0, 10.0, 6.5]])], [target([[0, 0, 10, 10]])]

    labels = [match(stage, box, one)[1][0].item() for stage in cascade.roi_heads.stages]

    assert labels == [1, 1, 0]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_boxes_in_ignored_regions_teach_no_stage_background(cascade, n):
    boxes = [torch.tensor([[20.0, 20, 30, 30], [40, 40, 50, 50], [0, 0, 10, 10]])]
    one = target([[0, 0, 10, 10]], [[18, 18, 32, 32], [0, 0, 12, 12]])

    kept, labels, wanted = match(cascade.roi_heads.stages[n], boxes, [one])

    assert kept[0].tolist() == [[40, 40, 50, 50], [0, 0, 10, 10]]
    assert labels[0].tolist() == [0, 1]
    assert wanted[0][1].tolist() == [0, 0, 0, 0]


def test_every_stage_has_its_own_two_losses(cascade):
    losses = cascade.train()(images(2), [target([[8, 8, 30, 30]]), target([])])

    assert set(losses) == {"loss_objectness", "loss_rpn_box_reg"} | {
        f"loss_{kind}_{n}" for kind in ("classifier", "box_reg") for n in (1, 2, 3)
    }
    assert all(loss.isfinite() for loss in losses.values())


def test_a_patch_without_objects_is_a_negative_in_every_stage(cascade):
    losses = cascade.train()(images(1), [target([])])

    assert all(losses[f"loss_box_reg_{n}"] == 0 for n in (1, 2, 3))
    assert all(losses[f"loss_classifier_{n}"] > 0 for n in (1, 2, 3))


def test_a_batch_that_is_ignored_altogether_teaches_nothing(cascade):
    losses = cascade.train()(images(1), [target([], [[-99, -99, 199, 199]])])
    sum(losses.values()).backward()

    assert {name: loss.item() for name, loss in losses.items()} == dict.fromkeys(losses, 0.0)
    assert all(p.grad is None or not p.grad.any() for p in cascade.parameters())


def test_the_trunk_learns_from_the_mean_of_the_stages_and_each_head_in_full(cascade):
    heads, shapes = cascade.roi_heads, [(64, 64)]
    first = heads.stages[0]
    boxes = [torch.tensor([[8.0, 8, 40, 40]])]
    features = {
        name: torch.rand(1, 8, side, side, requires_grad=True)
        for name, side in (("3", 8), ("4", 4))
    }

    def gradients(run):
        scores, _ = run()
        wanted = [*features.values(), first.box_predictor.cls_score.weight]
        return torch.autograd.grad(scores[:, 1].sum(), wanted, allow_unused=True)

    def plain():
        return first.box_predictor(first.box_head(first.box_roi_pool(features, boxes, shapes)))

    ours, theirs = gradients(lambda: heads._run(first, features, boxes, shapes)), gradients(plain)

    trunk = [(a, b) for a, b in zip(ours[:-1], theirs[:-1], strict=True) if b is not None]
    assert trunk
    for a, b in trunk:
        torch.testing.assert_close(3 * a, b)
    assert torch.equal(ours[-1], theirs[-1])


def test_scores_are_the_mean_of_the_stages(cascade):
    # Every stage scores the same whatever it sees: softmax of its biases.
    cascade.eval()
    for n, stage in enumerate(cascade.roi_heads.stages):
        torch.nn.init.zeros_(stage.box_predictor.cls_score.weight)
        stage.box_predictor.cls_score.bias.data = torch.tensor([0.2 * n, 1.0, 0.5 * n])
    wanted = torch.stack([torch.tensor([0.2 * n, 1.0, 0.5 * n]).softmax(0) for n in range(3)]).mean(
        0
    )

    (found,) = cascade(images(1))

    for label in (1, 2):
        scores = found["scores"][found["labels"] == label]
        torch.testing.assert_close(scores, wanted[label].expand_as(scores))
        assert len(scores)


def test_an_image_without_proposals_has_no_detections(cascade):
    cascade.eval().rpn.score_thresh = 2.0

    (found,) = cascade(images(1))

    assert found["boxes"].shape == (0, 4)
