import pytest
import torch
import torchvision

from crosslook.detectors.architectures import AsItIs, build_torchvision, pixel_statistics
from crosslook.detectors.engines import build
from crosslook.detectors.settings import Architecture
from crosslook.detectors.trunks import ResNet


def batch(n=2, size=64):
    target = {
        "boxes": torch.tensor([[10.0, 12.0, 30.0, 40.0]]),
        "labels": torch.tensor([1]),
        "ignore": torch.zeros(0, 4),
    }
    return [torch.rand(3, size, size) for _ in range(n)], [dict(target) for _ in range(n)]


def test_names_and_shapes_are_torchvisions_own():
    own = build_torchvision(Architecture(), classes=90).state_dict()
    published = torchvision.models.detection.fasterrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=91
    ).state_dict()
    published = {n: t for n, t in published.items() if not n.endswith("num_batches_tracked")}

    assert {n: t.shape for n, t in own.items()} == {n: t.shape for n, t in published.items()}


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50", "resnet101"])
def test_the_trunk_computes_what_torchvisions_does(name):
    torch.manual_seed(0)
    theirs = torchvision.models.get_model(name, weights=None).eval()
    own = ResNet(name, 64, torch.nn.BatchNorm2d).eval()
    own.load_state_dict({n: t for n, t in theirs.state_dict().items() if not n.startswith("fc.")})
    x = torch.rand(1, 3, 64, 64)

    pooled = own(x)["5"].mean(dim=(2, 3))

    torch.testing.assert_close(theirs.fc(pooled), theirs(x))


def test_training_gives_four_finite_losses(tiny):
    model = build(tiny, 1, seed=0).train()

    losses = model(*batch())

    assert set(losses) == {
        "loss_objectness",
        "loss_rpn_box_reg",
        "loss_classifier",
        "loss_box_reg",
    }
    assert all(loss.isfinite() for loss in losses.values())


def test_a_patch_without_objects_is_a_negative(tiny):
    images, targets = batch(1)
    targets[0] |= {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}

    losses = build(tiny, 1, seed=0).train()(images, targets)

    assert losses["loss_box_reg"] == 0
    assert losses["loss_objectness"] > 0


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_numbers_alone(tiny):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    a, b = build(tiny, 1, seed=1).state_dict(), build(tiny, 1, seed=1).state_dict()

    assert all(torch.equal(a[name], b[name]) for name in a)
    assert torch.equal(before, torch.random.get_rng_state())


def test_patches_keep_their_size():
    images, _ = AsItIs([0.5] * 3, [0.5] * 3)([torch.ones(3, 96, 64)])

    assert images.image_sizes == [(96, 64)]
    assert images.tensors[0, :, :96, :64].unique().tolist() == [1.0]


def test_frozen_stages_do_not_learn(tiny):
    frozen = Architecture(**{**vars(tiny), "frozen_stages": 2})

    learns = {name for name, p in build(frozen, 1, 0).named_parameters() if p.requires_grad}

    assert not any(n.split("body.")[-1] == "conv1.weight" or ".layer1." in n for n in learns)
    assert any(".layer2." in name for name in learns)


def test_any_number_of_bands_is_taken(tiny):
    for bands in (1, 2, 5):
        model = build(Architecture(**{**vars(tiny), "bands": bands}), 1, seed=0)
        images, targets = batch()
        images = [image[:1].repeat(bands, 1, 1) for image in images]

        assert all(loss.isfinite() for loss in model.train()(images, targets).values())
        assert len(model.eval()(images)) == 2


def test_bands_that_are_no_colours_get_the_mean_of_the_colours_statistics():
    mean, deviation = pixel_statistics(Architecture(bands=2))

    assert mean == pytest.approx([(0.485 + 0.456 + 0.406) / 3] * 2)
    assert deviation == pytest.approx([(0.229 + 0.224 + 0.225) / 3] * 2)


def test_no_band_at_all_is_refused():
    with pytest.raises(ValueError, match="bands=0 must be >= 1"):
        Architecture(bands=0)
