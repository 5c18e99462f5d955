import torch

from crosslook.detectors.engines import build
from crosslook.detectors.ignoring import covered_share


def test_covered_share_is_that_of_the_boxes_own_area():
    boxes = torch.tensor([[0.0, 0.0, 10.0, 10.0], [0.0, 0.0, 20.0, 10.0], [50.0, 50.0, 60.0, 60.0]])
    regions = torch.tensor([[0.0, 0.0, 10.0, 30.0], [58.0, 58.0, 59.0, 59.0]])

    assert covered_share(boxes, regions).tolist() == [1.0, 0.5, 0.009999999776482582]


def test_no_region_covers_nothing():
    assert covered_share(torch.ones(3, 4), torch.zeros(0, 4)).tolist() == [0.0, 0.0, 0.0]


def target(boxes, ignore):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return {
        "boxes": boxes,
        "labels": torch.ones(len(boxes), dtype=torch.int64),
        "ignore": torch.tensor(ignore, dtype=torch.float32).reshape(-1, 4),
    }


def test_anchors_in_ignored_regions_are_not_background_but_objects_stay_objects(tiny):
    proposals = build(tiny, 1, seed=0).rpn
    anchors = [torch.tensor([[0.0, 0, 10, 10], [20, 20, 30, 30], [40, 40, 50, 50]])]

    labels, _ = proposals.assign_targets_to_anchors(
        anchors, [target([[0, 0, 10, 10]], [[0, 0, 35, 35]])]
    )

    assert labels[0].tolist() == [1.0, -1.0, 0.0]


def test_proposals_in_ignored_regions_are_not_background(tiny):
    heads = build(tiny, 1, seed=0).roi_heads
    boxes = torch.tensor([[20.0, 20, 30, 30], [40, 40, 50, 50]])
    one = target([[0, 0, 10, 10]], [[18, 18, 32, 32]])

    proposals, _, labels, _ = heads.select_training_samples([boxes], [one])

    sampled = {tuple(b): label for b, label in zip(proposals[0].tolist(), labels[0].tolist())}  # noqa: B905
    assert sampled == {(40.0, 40.0, 50.0, 50.0): 0, (0.0, 0.0, 10.0, 10.0): 1}


def test_a_batch_that_is_ignored_altogether_teaches_nothing(tiny):
    model = build(tiny, 1, seed=0).train()

    losses = model([torch.rand(3, 64, 64)], [target([], [[-99, -99, 199, 199]])])
    sum(losses.values()).backward()

    assert {name: loss.item() for name, loss in losses.items()} == dict.fromkeys(losses, 0.0)
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())
