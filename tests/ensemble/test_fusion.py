import numpy as np
import pytest

from crosslook.ensemble.fusion import FusionRules, fuse, fuse_images, weighted_boxes_fusion
from crosslook.patches.boxes import Detections, nothing

BOX = [0.1, 0.1, 0.4, 0.4]


def one_box_each(**changes):
    arguments = {
        "boxes_list": [[BOX], [BOX]],
        "scores_list": [[0.8], [0.4]],
        "labels_list": [[1], [1]],
    }
    return weighted_boxes_fusion(**{**arguments, **changes})


def seen(*rows):
    """Detections from (x1, y1, x2, y2, score)."""
    values = np.array(rows, np.float32).reshape(-1, 5)
    return Detections(values[:, :4], values[:, 4], np.ones(len(values), np.int64))


def test_the_fused_score_is_the_weighted_mean():
    _, scores, _ = one_box_each(weights=[3.0, 1.0])

    assert scores == pytest.approx([(3 * 0.8 + 1 * 0.4) / 4])


def test_a_box_that_one_of_two_models_misses_loses_half_its_score():
    _, scores, _ = one_box_each(
        boxes_list=[[BOX], []], scores_list=[[0.8], []], labels_list=[[1], []]
    )

    assert scores == pytest.approx([0.4])


def test_doubling_every_weight_changes_nothing():
    once, twice = one_box_each(weights=[0.7, 0.2]), one_box_each(weights=[1.4, 0.4])

    assert all((a == b).all() for a, b in zip(once, twice, strict=True))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": [1.0, 0.0]}, "weights must be > 0, got .0.0."),
        ({"weights": [1.0, -2.0]}, "weights must be > 0, got .-2.0."),
        ({"weights": [1.0, float("nan")]}, "weights must be > 0, got .nan."),
        ({"weights": [1.0]}, "1 weights for 2 models"),
        ({"scores_list": [[0.8], [0.4, 0.3]]}, "model 1 has 1 boxes, 2 scores and 1 labels"),
        ({"labels_list": [[1], []]}, "model 1 has 1 boxes, 1 scores and 0 labels"),
        ({"scores_list": [[0.8]]}, "boxes of 2, scores of 1 and labels of 2 models"),
        ({"scores_list": [[0.8], [float("nan")]]}, "model 1 has a box, score or label that is NaN"),
        ({"boxes_list": [[BOX], [[0, 0, 1, float("inf")]]]}, "NaN or infinite"),
        ({"boxes_list": [[BOX], [[0, 0, 1]]]}, "expected .1, 4."),
        ({"conf_type": "mean"}, "conf_type 'mean' is unknown; choose one of .'avg', 'max'"),
        ({"iou_thr": float("nan")}, "iou_thr=nan"),
    ],
)
def test_what_the_library_would_take_or_exit_on_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        one_box_each(**changes)


def test_no_models_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        weighted_boxes_fusion([], [], [])


def test_boxes_come_back_in_pixels_of_a_patch_that_is_not_square():
    answers = {"a": seen((150, 20, 170, 40, 0.8)), "b": seen((150, 20, 170, 40, 0.4))}

    fused = fuse(answers, {"a": 1.0, "b": 1.0}, (100, 200), FusionRules())

    np.testing.assert_allclose(fused.boxes, [[150, 20, 170, 40]], atol=1e-4)


def test_fused_boxes_come_best_score_first():
    answers = {"a": seen((0, 0, 9, 9, 0.2)), "b": seen((50, 50, 60, 60, 0.9))}

    fused = fuse(answers, {"a": 1.0, "b": 1.0}, (100, 100), FusionRules())

    assert fused.scores.tolist() == pytest.approx([0.45, 0.1])


def test_detectors_that_saw_nothing_fuse_to_nothing():
    fused = fuse({"a": nothing(), "b": nothing()}, {"a": 1.0, "b": 1.0}, (9, 9), FusionRules())

    assert len(fused) == 0


def test_a_box_outside_the_patch_is_left_out_without_a_warning(recwarn):
    fused = fuse({"a": seen((20, 20, 30, 30, 0.9))}, {"a": 1.0}, (10, 10), FusionRules())

    assert len(fused) == 0
    assert not recwarn.list


def test_a_detector_without_a_weight_is_refused():
    with pytest.raises(ValueError, match=r"weights name .'a'., answers come from .'a', 'b'."):
        fuse({"a": nothing(), "b": nothing()}, {"a": 1.0}, (9, 9), FusionRules())


def test_weights_are_divided_by_their_sum():
    answers = {"a": {1: seen((0, 0, 9, 9, 0.8))}, "b": {1: seen((0, 0, 9, 9, 0.4))}}
    sizes = {1: (10, 10)}

    small = fuse_images(answers, {"a": 0.03, "b": 0.01}, sizes, FusionRules())
    large = fuse_images(answers, {"a": 3.0, "b": 1.0}, sizes, FusionRules())

    assert small[1].scores.tolist() == large[1].scores.tolist()


def test_without_rules_the_one_weighted_detector_answers_as_it_is():
    answers = {"a": {1: seen((0, 0, 9, 9, 0.8))}, "b": {1: nothing()}}

    assert fuse_images(answers, {"a": 1.0, "b": 0.0}, {1: (10, 10)}, None)[1] is answers["a"][1]


def test_several_detectors_cannot_be_combined_without_rules():
    with pytest.raises(ValueError, match="cannot be combined without rules"):
        fuse_images({"a": {}, "b": {}}, {"a": 1.0, "b": 1.0}, {}, None)
