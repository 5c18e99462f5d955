"""Run where detectron2 is installed, skipped elsewhere. Networks are an eighth wide."""

from dataclasses import replace

import pytest
import torch

from crosslook.detectors.checkpoints import About, Detector, load_detector, save_detector
from crosslook.detectors.engines import build
from crosslook.detectors.fitting import fit
from crosslook.detectors.settings import (
    Architecture,
    AugmentSettings,
    DetectionSettings,
    FitSettings,
    TrainingSettings,
)
from crosslook.detectors.training import train
from crosslook.detectors.weights import adopt
from crosslook.errors import MissingPackageError

pytest.importorskip("detectron2")

from detectron2 import model_zoo
from detectron2.modeling import build_model
from detectron2.structures import Boxes, Instances
from detectron2.utils.events import EventStorage

from crosslook.detectors.detectron2 import CONFIGS, configure

SIZE = 96
NARROW = Architecture(
    engine="detectron2",
    width=8,
    fpn_channels=8,
    levels=(4, 5),
    anchors=((16.0,), (32.0,)),
    anchors_sampled=32,
    proposals=20,
    rois_sampled=16,
    box_head=16,
)
REGION_LOSSES = {"loss_rpn_cls", "loss_rpn_loc"}
LOSSES = {
    "faster_rcnn": REGION_LOSSES | {"loss_cls", "loss_box_reg"},
    "cascade_rcnn": REGION_LOSSES
    | {f"{name}_stage{n}" for name in ("loss_cls", "loss_box_reg") for n in range(3)},
}


@pytest.fixture(params=sorted(LOSSES))
def shape(request):
    return replace(NARROW, kind=request.param)


def target(boxes, ignore=()):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return {
        "boxes": boxes,
        "labels": torch.arange(len(boxes)) % 2 + 1,
        "ignore": torch.tensor(ignore, dtype=torch.float32).reshape(-1, 4),
    }


def images(n, bands=3):
    return list(torch.rand(n, bands, SIZE, SIZE, generator=torch.Generator().manual_seed(0)))


def batch(step):
    return images(2), [target([[8, 8, 30, 30], [40, 40, 80, 60]]), target([])]


def test_the_cascade_is_detectron2s_own_without_its_masks():
    wanted = Architecture(kind="cascade_rcnn", engine="detectron2", backbone="resnet101")
    config = configure(wanted, 1)

    assert (config.MODEL.RESNETS.DEPTH, config.MODEL.MASK_ON) == (101, False)
    assert tuple(config.MODEL.ROI_BOX_CASCADE_HEAD.IOUS) == (0.5, 0.6, 0.7)
    assert config.MODEL.ROI_BOX_HEAD.CLS_AGNOSTIC_BBOX_REG


def test_the_settings_of_the_architecture_are_carried_over():
    wanted = replace(NARROW, proposals=30, nms_iou=0.4, frozen_stages=3, ratios=(1.0, 3.0))
    model = configure(wanted, 5).MODEL

    assert (model.RPN.POST_NMS_TOPK_TRAIN, model.RPN.POST_NMS_TOPK_TEST) == (60, 30)
    assert (model.RPN.BATCH_SIZE_PER_IMAGE, model.ROI_HEADS.BATCH_SIZE_PER_IMAGE) == (32, 16)
    assert (model.ROI_HEADS.NMS_THRESH_TEST, model.ROI_HEADS.NUM_CLASSES) == (0.4, 5)
    assert model.ANCHOR_GENERATOR.SIZES == [[16.0], [32.0]]
    assert model.ANCHOR_GENERATOR.ASPECT_RATIOS == [[1.0, 3.0]]
    assert model.BACKBONE.FREEZE_AT == 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(LOSSES))
def test_names_and_shapes_are_detectron2s_own(kind):
    depth = {"faster_rcnn": 50, "cascade_rcnn": 101}[kind]
    wanted = Architecture(kind=kind, engine="detectron2", backbone=f"resnet{depth}")
    config = model_zoo.get_config(CONFIGS[kind])
    config.MODEL.DEVICE, config.MODEL.MASK_ON, config.MODEL.RESNETS.DEPTH = "cpu", False, depth

    own, theirs = build(wanted, 80, seed=0).state_dict(), build_model(config).state_dict()

    assert {n: t.shape for n, t in own.items()} == {n: t.shape for n, t in theirs.items()}


def test_a_detectron2_without_its_configs_is_one_line(monkeypatch):
    def nothing(name):
        raise RuntimeError(f"{name} not available in Model Zoo!")

    monkeypatch.setattr(model_zoo, "get_config", nothing)

    with pytest.raises(MissingPackageError, match=r"its configs are missing \(COCO-.* Install it"):
        build(NARROW, 1, seed=0)


def test_training_gives_finite_losses_by_name(shape):
    losses = build(shape, 2, seed=0).train()(*batch(1))

    assert set(losses) == LOSSES[shape.kind]
    assert all(loss.isfinite() and loss.shape == () for loss in losses.values())


def test_a_patch_without_objects_is_a_negative(shape):
    losses = build(shape, 2, seed=0).train()(images(1), [target([])])

    assert all(loss == 0 for name, loss in losses.items() if "box_reg" in name or "loc" in name)
    assert all(loss > 0 for name, loss in losses.items() if "cls" in name)


def test_boxes_lie_in_their_patch_and_labels_begin_at_one(shape):
    found = build(shape, 2, seed=0).eval()(images(2))

    assert len(found) == 2
    for one in found:
        assert len(one["boxes"]) == len(one["scores"]) == len(one["labels"]) > 0
        assert one["boxes"].min() >= 0
        assert one["boxes"].max() <= SIZE
        assert ((one["scores"] > 0) & (one["scores"] <= 1)).all()
        assert set(one["labels"].tolist()) <= {1, 2}


def test_any_number_of_bands_is_taken():
    for bands in (1, 2, 5):
        model = build(replace(NARROW, bands=bands), 1, seed=0)

        assert len(model.eval()(images(1, bands))) == 1


def test_frozen_stages_do_not_learn():
    model = build(replace(NARROW, frozen_stages=2), 1, seed=0)
    learns = {name for name, p in model.named_parameters() if p.requires_grad}

    assert not any(".stem." in name or ".res2." in name for name in learns)
    assert any(".res3." in name for name in learns)


def test_the_same_seed_gives_the_same_weights(shape):
    a, b, other = (build(shape, 1, seed=seed).state_dict() for seed in (1, 1, 2))

    assert all(torch.equal(a[name], b[name]) for name in a)
    assert not all(torch.equal(a[name], other[name]) for name in a)


def test_anchors_in_ignored_regions_are_not_background_but_objects_stay_objects():
    proposals = build(NARROW, 1, seed=0).proposal_generator
    proposals.ignore = [torch.tensor([[0.0, 0, 35, 35]])]
    anchors = [Boxes(torch.tensor([[0.0, 0, 10, 10], [20, 20, 30, 30], [40, 40, 50, 50]]))]
    objects = Instances((SIZE, SIZE), gt_boxes=Boxes(torch.tensor([[0.0, 0, 10, 10]])))

    labels, _ = proposals.label_and_sample_anchors(anchors, [objects])

    assert labels[0].tolist() == [1, -1, 0]


def proposed(boxes):
    boxes = torch.tensor(boxes, dtype=torch.float32)
    return Instances(
        (SIZE, SIZE), proposal_boxes=Boxes(boxes), objectness_logits=torch.zeros(len(boxes))
    )


def objects(boxes):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    labels = torch.zeros(len(boxes), dtype=torch.int64)
    return Instances((SIZE, SIZE), gt_boxes=Boxes(boxes), gt_classes=labels)


def labelled(found):
    boxes = [tuple(box) for box in found.proposal_boxes.tensor.tolist()]
    return dict(zip(boxes, found.gt_classes.tolist(), strict=True))


def test_proposals_in_ignored_regions_are_not_background(shape):
    heads = build(shape, 1, seed=0).roi_heads
    heads.ignore = [torch.tensor([[0.0, 0, 32, 32]])]
    boxes = proposed([[20, 20, 30, 30], [40, 40, 50, 50], [0, 0, 10, 9]])

    with EventStorage():
        (found,) = heads.label_and_sample_proposals([boxes], [objects([[0, 0, 10, 10]])])

    assert labelled(found) == {(40, 40, 50, 50): 1, (0, 0, 10, 9): 0, (0, 0, 10, 10): 0}


@pytest.mark.parametrize("stage", [1, 2])
def test_boxes_in_ignored_regions_teach_no_later_stage_background(stage):
    heads = build(replace(NARROW, kind="cascade_rcnn"), 1, seed=0).roi_heads
    heads.ignore = [torch.tensor([[0.0, 0, 32, 32]])]
    boxes = proposed([[20, 20, 30, 30], [40, 40, 50, 50], [0, 0, 10, 9]])

    with EventStorage():
        (found,) = heads._match_and_label_boxes([boxes], stage, [objects([[0, 0, 10, 10]])])

    assert labelled(found) == {(40, 40, 50, 50): 1, (0, 0, 10, 9): 0}


def test_a_batch_that_is_ignored_altogether_teaches_nothing(shape):
    model = build(shape, 1, seed=0).train()

    losses = model(images(1), [target([], [[-99, -99, 199, 199]])])
    sum(losses.values()).backward()

    assert {name: loss.item() for name, loss in losses.items()} == dict.fromkeys(losses, 0.0)
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())


def test_every_part_but_those_that_name_classes_is_taken_over(shape):
    one, other = build(shape, 1, seed=0), build(shape, 2, seed=1)

    parts = adopt(other, one.state_dict())

    trunk = ["backbone.bottom_up.", "backbone.fpn_", "proposal_generator.rpn_head."]
    stages = ["0.", "1.", "2."] if shape.kind == "cascade_rcnn" else [""]
    assert parts == trunk + [f"roi_heads.box_head.{stage}" for stage in stages]


def test_each_stage_of_a_cascade_begins_with_the_box_head_of_a_faster_rcnn():
    faster, cascade = build(NARROW, 1, 1), build(replace(NARROW, kind="cascade_rcnn"), 1, 0)

    adopt(cascade, faster.state_dict())

    for head in cascade.roi_heads.box_head:
        assert torch.equal(head.fc1.weight, faster.roi_heads.box_head.fc1.weight)


def test_a_written_detector_says_its_engine_and_finds_the_same(shape, tmp_path):
    model = build(shape, 1, seed=0).eval()
    about = About(shape, ({"id": 1, "name": "shape"},), None, "none", {})

    save_detector(tmp_path / "d.safetensors", Detector(model, about))
    read = load_detector(tmp_path / "d.safetensors")

    assert read.about.architecture.engine == "detectron2"
    ours, theirs = model(images(1))[0], read.model(images(1))[0]
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_training_killed_half_way_ends_as_one_that_was_not(shape, tmp_path):
    chosen = TrainingSettings(steps=4, batch_size=2, save_every=2, learning_rate=1e-4)
    plain, resumed = build(shape, 2, seed=0), build(shape, 2, seed=0)
    course = train(plain, batch, chosen, 0)

    def until_killed(step):
        if step > 3:
            raise KeyboardInterrupt
        return batch(step)

    with pytest.raises(KeyboardInterrupt):
        train(build(shape, 2, seed=0), until_killed, chosen, 0, tmp_path)
    again = train(resumed, batch, chosen, 0, tmp_path)

    assert again == course
    own, other = plain.state_dict(), resumed.state_dict()
    assert all(torch.equal(own[name], other[name]) for name in own)


def test_it_learns_a_set_of_fakes_as_any_engine_does(make_set):
    about = About(NARROW, ({"id": 1, "name": "shape"},), None, "none", {})
    start = Detector(build(NARROW, 1, seed=0), about)
    training = TrainingSettings(2, 2, examinations=1, learning_rate=1e-4)
    settings = FitSettings(training, AugmentSettings(), DetectionSettings(score_threshold=0.0))

    detector, course, learnt = fit(start, make_set(), settings, seed=0)

    assert detector.about.architecture.engine == "detectron2"
    assert detector.about.categories == ({"id": 7, "name": "square"},)
    assert (course.kept_step, set(course.losses[0])) == (2, LOSSES["faster_rcnn"] | {"step"})
    assert learnt < 6


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(LOSSES))
def test_both_kinds_learn_one_patch_by_heart(kind):
    """Group norm, which at width 32 detectron2 has: random networks learn with it."""
    wanted = replace(
        NARROW,
        kind=kind,
        width=32,
        normalisation="group",
        fpn_channels=32,
        levels=(3, 4, 5),
        anchors=((16.0,), (32.0,), (64.0,)),
        proposals=50,
        rois_sampled=32,
        box_head=64,
    )
    boxes = [[10.0, 12.0, 34.0, 40.0], [50.0, 50.0, 86.0, 70.0]]
    image = torch.full((3, SIZE, SIZE), 0.2)
    for (x1, y1, x2, y2), value in zip(torch.tensor(boxes).int().tolist(), (0.9, 0.6), strict=True):
        image[:, y1:y2, x1:x2] = value
    model = build(wanted, 2, seed=0)
    training = TrainingSettings(150, 1, learning_rate=1e-3, warmup_steps=10, save_every=1000)

    train(model, lambda step: ([image], [target(boxes)]), training, 0)
    found = model([image])[0]

    best = found["scores"] > 0.5
    assert sorted(found["labels"][best].tolist()) == [1, 2]
    order = found["labels"][best].argsort()
    torch.testing.assert_close(found["boxes"][best][order], torch.tensor(boxes), atol=4, rtol=0)
