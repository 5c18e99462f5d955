from dataclasses import replace

import pytest

from crosslook.detectors.settings import Architecture, DetectorSettings

OF_BOTH = Architecture(engine="detectron2")


@pytest.mark.parametrize("backbone", ["resnet18", "resnet34", "resnet50", "resnet101"])
@pytest.mark.parametrize("normalisation", ["group", "frozen_batch"])
def test_every_backbone_of_full_width_is_taken(backbone, normalisation):
    replace(OF_BOTH, backbone=backbone, normalisation=normalisation)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"backbone": "resnet18", "width": 32}, "has resnet18 at width 64 only, not 32: set width"),
        ({"width": 16, "normalisation": "group"}, "32 groups, which width=16 cannot be cut into"),
        (
            {"levels": (3, 4), "anchors": ((32.0,), (64.0,))},
            "pyramids that end at level 5 or 6, not 4: add the levels",
        ),
    ],
)
def test_what_detectron2_cannot_build_is_refused_with_what_to_do(changes, reason):
    with pytest.raises(ValueError, match=reason):
        replace(OF_BOTH, **changes)


def test_torchvision_builds_what_detectron2_refuses():
    replace(OF_BOTH, engine="torchvision", backbone="resnet18", width=8, normalisation="group")


@pytest.mark.parametrize("weights", ["coco", "imagenet"])
def test_downloads_of_torchvision_are_refused(weights):
    with pytest.raises(ValueError, match=f"'{weights}' are torchvision's: .* of its model zoo"):
        DetectorSettings(weights, OF_BOTH)
