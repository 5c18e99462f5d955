from dataclasses import replace

import numpy as np
import pytest
import torch

from crosslook.detectors.checkpoints import About, Detector
from crosslook.detectors.detecting import detect, detect_pixels
from crosslook.detectors.engines import build
from crosslook.detectors.settings import DetectionSettings
from crosslook.errors import InputError, RadiometryError

ALL = DetectionSettings(score_threshold=0.0)


class Fixed(torch.nn.Module):
    """An engine's module that always gives the same answer, in no order."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, images):
        one = {
            "boxes": torch.tensor([[0.0, 0, 4, 4], [1, 1, 9, 9], [2, 2, 6, 6]]),
            "scores": torch.tensor([0.2, 0.9, 0.5]),
            "labels": torch.tensor([1, 2, 1]),
        }
        return [one for _ in images]


@pytest.fixture
def detector(tiny, make_set):
    about = About(tiny, ({"id": 7, "name": "square"},), dict(make_set(n=1).contract), "none", {})
    return Detector(build(tiny, 1, seed=0).eval(), about)


def test_boxes_come_best_first_with_category_ids():
    patch = np.ones((3, 32, 32), np.uint8)

    (found,) = detect_pixels(Fixed(), [patch], [7, 9], ALL)

    assert found.scores.tolist() == pytest.approx([0.9, 0.5, 0.2])
    assert found.labels.tolist() == [9, 7, 7]
    assert found.boxes[0].tolist() == [1, 1, 9, 9]


def test_weak_boxes_and_those_beyond_the_limit_are_left_out():
    patch = np.ones((3, 32, 32), np.uint8)

    (strong,) = detect_pixels(Fixed(), [patch], [7, 9], DetectionSettings(score_threshold=0.4))
    (first,) = detect_pixels(Fixed(), [patch], [7, 9], DetectionSettings(max_per_image=1))

    assert len(strong) == 2
    assert first.scores.tolist() == pytest.approx([0.9])


def test_every_patch_has_an_entry_under_its_coco_id(detector, make_set):
    found = detect(detector, make_set(n=5), replace(ALL, batch_size=2))

    assert list(found) == [1, 2, 3, 4, 5]


def test_detecting_twice_gives_the_same_boxes_whatever_the_batch(detector, make_set):
    opened = make_set(n=5)

    one, two = (detect(detector, opened, replace(ALL, batch_size=n)) for n in (5, 5))

    for i in one:
        assert np.array_equal(one[i].boxes, two[i].boxes)
        assert np.array_equal(one[i].scores, two[i].scores)


def test_patches_of_another_radiometry_are_refused(detector, make_set):
    other = make_set(n=1)
    other.contract["stretch"] = [[-30.0, 0.0]] * 3

    with pytest.raises(RadiometryError, match=r"has stretch = .*the detector needs"):
        detect(detector, other, ALL)


def test_other_radiometry_is_accepted_when_asked_for(detector, make_set):
    other = make_set(n=1)
    other.contract["sensor"] = "optical"

    assert list(detect(detector, other, ALL, allow_other_radiometry=True)) == [1]


def test_patches_with_another_number_of_bands_are_refused(detector, make_set):
    other = make_set(n=1)
    other.contract["composite_bands"] = ["VH", "VV"]

    with pytest.raises(InputError, match="patches have 2 bands, the detector takes 3: set ban"):
        detect(detector, other, ALL)


def test_a_cascade_finds_both_of_two_kinds_in_two_bands(tiny):
    model = build(replace(tiny, kind="cascade_rcnn", bands=2), 2, seed=0)

    (found,) = detect_pixels(model, [np.full((2, 48, 64), 90, np.uint8)], [7, 9], ALL)

    assert set(found.labels.tolist()) == {7, 9}
    assert (found.boxes >= 0).all()
    assert (found.boxes <= [64, 48, 64, 48]).all()
