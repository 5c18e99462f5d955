from dataclasses import replace

import numpy as np
import pytest

from crosslook.delivery.predictor import Predictor, read_predictor
from crosslook.detectors.detecting import detect_pixels
from crosslook.ensemble.fusion import fuse

PATCHES = np.random.default_rng(0).integers(0, 256, (3, 3, 64, 64), dtype=np.uint8)


def test_each_patch_gets_the_fusion_of_its_members_answers(bundle):
    predictor = read_predictor(bundle)
    recipe = predictor.recipe

    found = predictor.predict(PATCHES)

    assert len(found) == 3
    for patch, one in zip(PATCHES, found, strict=True):
        answers = {
            name: detect_pixels(detector.model, [patch], [1], recipe.detection)[0]
            for name, detector in predictor.detectors.items()
        }
        expected = fuse(answers, {"cut": 0.75, "none": 0.25}, (64, 64), recipe.rules)
        assert len(one) > 0
        np.testing.assert_allclose(one.boxes, expected.boxes, atol=1e-3)
        np.testing.assert_allclose(one.scores, expected.scores, atol=1e-5)


def test_no_patches_have_no_answers(bundle):
    assert read_predictor(bundle).predict(PATCHES[:0]) == []


def test_rows_are_plain_values_with_class_names(bundle):
    predictor = read_predictor(bundle)
    found = predictor.predict(PATCHES[:1])

    (row,) = predictor.as_rows(found)

    assert set(row) == {"boxes", "scores", "classes"}
    assert set(row["classes"]) == {"port"}
    assert len(row["boxes"]) == len(row["scores"]) == len(row["classes"]) == len(found[0])
    assert all(type(value) is float for box in row["boxes"] for value in box)


@pytest.mark.parametrize("wrong", [PATCHES[0], PATCHES[:, :2], PATCHES.astype(np.float32)])
def test_patches_of_another_shape_or_type_are_refused(bundle, wrong):
    with pytest.raises(ValueError, match=r"expected patches \(N, 3, H, W\) of uint8"):
        read_predictor(bundle).predict(wrong)


def test_a_single_member_answers_as_it_is(bundle):
    both = read_predictor(bundle)
    detector = {"cut": both.detectors["cut"]}
    member = replace(both.recipe.members[0], weight=1.0)
    alone = Predictor(replace(both.recipe, members=(member,), rules=None), detector)

    (found,) = alone.predict(PATCHES[:1])

    (expected,) = detect_pixels(detector["cut"].model, [PATCHES[0]], [1], both.recipe.detection)
    np.testing.assert_array_equal(found.boxes, expected.boxes)
