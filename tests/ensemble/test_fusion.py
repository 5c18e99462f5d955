import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

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
        ({"backend": "torch"}, "backend 'torch' is unknown; choose one of .'compiled', 'numpy'"),
        ({"iou_thr": float("nan")}, "iou_thr=nan"),
    ],
)
def test_what_the_library_would_take_or_exit_on_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        one_box_each(**changes)


OWN = ["compiled", "numpy"]
corner, share = st.integers(-2, 17), st.floats(0.01, 3)
a_box = st.tuples(st.tuples(corner, corner, corner, corner), st.integers(0, 1))
models = st.lists(st.lists(a_box, max_size=12), min_size=1, max_size=10)


def rows(answer):
    """Boxes, scores and labels as rows, in an order that does not depend on ties."""
    values = np.column_stack(answer)
    assert (np.diff(values[:, 4]) <= 0).all()
    return values[np.lexsort(values.T)]


@pytest.mark.parametrize("backend", OWN)
@settings(max_examples=80, deadline=None)
@given(
    seen=models,
    weights=st.lists(share, min_size=10, max_size=10),
    ranks=st.permutations(range(1, 121)),
    iou_thr=st.sampled_from([0.0, 0.1, 0.5, 0.55, 0.9, 1.0]),
    skip=st.sampled_from([0.0, 0.3]),
    conf=st.sampled_from(["avg", "max", "box_and_model_avg", "absent_model_aware_avg"]),
    overflow=st.booleans(),
)
@pytest.mark.filterwarnings(
    "ignore:.*(box|than|Set it).*:UserWarning", "ignore:.*value.*:UserWarning"
)
def test_fusion_equals_the_library_bit_for_bit(
    backend, seen, weights, ranks, iou_thr, skip, conf, overflow
):
    boxes = [[[value / 16 for value in box] for box, _ in model] for model in seen]
    labels = [[label for _, label in model] for model in seen]
    left = iter(ranks)  # scores differ: the library's order of equal ones depends on the machine
    scores = [[next(left) / 121 for _ in model] for model in seen]
    weights = weights[: len(seen)]
    weighted = [w * s for w, model in zip(weights, scores, strict=True) for s in model]
    assume(len(set(weighted)) == len(weighted))
    arguments = boxes, scores, labels, weights, iou_thr, skip, conf, overflow

    found = weighted_boxes_fusion(*arguments, backend=backend)

    reference = weighted_boxes_fusion(*arguments, backend="ensemble_boxes")
    np.testing.assert_array_equal(rows(found), rows(reference))


@settings(max_examples=50, deadline=None)
@given(seen=models, ranks=st.permutations(range(1, 121)))
@pytest.mark.filterwarnings("ignore:.*boxes.*:UserWarning")
def test_scores_of_box_and_model_avg_stay_below_one(seen, ranks):
    boxes = [[[value / 16 for value in box] for box, _ in model] for model in seen]
    labels = [[label for _, label in model] for model in seen]
    left = iter(ranks)
    scores = [[next(left) / 120 for _ in model] for model in seen]
    weights = [1.0 + i for i in range(len(seen))]

    _, found, _ = weighted_boxes_fusion(
        boxes, scores, labels, weights, conf_type="box_and_model_avg"
    )

    assert ((found > 0) & (found <= 1 + 1e-6)).all()


def test_avg_can_pass_one_where_box_and_model_avg_does_not():
    thrice = [[BOX, BOX, BOX], []], [[0.9, 0.9, 0.9], []], [[1, 1, 1], []], [2.0, 1.0]

    _, avg, _ = weighted_boxes_fusion(*thrice)
    _, bounded, _ = weighted_boxes_fusion(*thrice, conf_type="box_and_model_avg")

    assert avg == pytest.approx([2 * 0.9 * 2 / 3])  # 1.2
    assert bounded == pytest.approx([3 * 2 * 0.9 / 6 * 2 / 3])


@pytest.mark.parametrize("backend", OWN)
def test_of_equal_scores_the_later_box_is_taken_first(backend):
    # The middle box overlaps both others by .6, which overlap each other by .33.
    chain = [[0.0, 0, 0.4, 1], [0.1, 0, 0.5, 1], [0.2, 0, 0.6, 1]]
    far = [[0.7 + i / 100, 0, 0.705 + i / 100, 1] for i in range(20)]

    boxes, _, _ = weighted_boxes_fusion(
        [[*chain, *far]], [[0.5] * 23], [[1] * 23], conf_type="max", backend=backend
    )

    left = boxes[boxes[:, 0] < 0.65]
    np.testing.assert_allclose(left, [[0, 0, 0.4, 1], [0.15, 0, 0.55, 1]], atol=1e-7)


@pytest.mark.parametrize("backend", OWN)
def test_identical_boxes_become_one(backend):
    boxes, scores, labels = weighted_boxes_fusion(
        [[BOX] * 5] * 3, [[0.5] * 5] * 3, [[2] * 5] * 3, backend=backend
    )

    np.testing.assert_allclose(boxes, [BOX], atol=1e-7)
    assert (scores.tolist(), labels.tolist()) == ([0.5], [2.0])


@pytest.mark.parametrize("backend", OWN)
@pytest.mark.parametrize("weights", [None, [1.0, 2.0]])
def test_models_without_boxes_give_arrays_without_rows(backend, weights):
    found = weighted_boxes_fusion([[], []], [[], []], [[], []], weights, backend=backend)

    assert [values.shape for values in found] == [(0, 4), (0,), (0,)]


@pytest.mark.parametrize("backend", OWN)
def test_fractions_of_labels_are_cut_off(backend):
    _, _, labels = one_box_each(labels_list=[[1.0], [1.9]], backend=backend)

    assert (labels.tolist(), labels.dtype) == ([1.0], np.float64)


@pytest.mark.parametrize("backend", [*OWN, "ensemble_boxes"])
@pytest.mark.parametrize(
    ("box", "becomes"),
    [
        ([0.4, 0.1, 0.1, 0.4], [[0.1, 0.1, 0.4, 0.4]]),
        ([0.1, 0.4, 0.4, 0.1], [[0.1, 0.1, 0.4, 0.4]]),
        ([-0.5, 0.1, 0.4, 1.5], [[0.0, 0.1, 0.4, 1.0]]),
        ([0.1, 0.1, 0.1, 0.4], []),
        ([1.1, 0.1, 1.4, 0.4], []),
    ],
)
def test_an_odd_box_is_put_right_or_left_out_with_a_warning(box, becomes, backend):
    with pytest.warns(UserWarning):
        boxes, _, _ = weighted_boxes_fusion([[box]], [[0.5]], [[1]], backend=backend)

    assert boxes.tolist() == becomes


def test_a_warning_says_how_many_boxes_are_odd():
    with pytest.warns(UserWarning, match=r"2 boxes leave 0\.\.1 and were cut: give shares"):
        weighted_boxes_fusion([[[0, 0, 9, 9], [0, 0, 9, 5], BOX]], [[0.5] * 3], [[1] * 3])


def test_an_odd_box_that_is_skipped_is_not_warned_about(recwarn):
    weighted_boxes_fusion([[[0, 0, 9, 9]]], [[0.1]], [[1]], skip_box_thr=0.5)

    assert not recwarn.list


def test_the_arguments_are_left_as_they_were():
    boxes = np.array([[0.4, 0.4, 0.1, 2.0]])
    before = boxes.copy()

    with pytest.warns(UserWarning):
        weighted_boxes_fusion([boxes], [np.array([0.5])], [np.array([1])])

    np.testing.assert_array_equal(boxes, before)


@pytest.mark.parametrize(
    "odd",
    [
        {"scores_list": [[0.0], [0.0]]},
        {"scores_list": [[0.8], [-0.4]]},
        {"iou_thr": -0.5, "boxes_list": [[BOX], [[0.8, 0.8, 0.9, 0.9]]]},
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_numbers_that_make_no_sense_give_what_the_library_gives(odd):
    found = one_box_each(**odd)

    for own, reference in zip(found, one_box_each(**odd, backend="ensemble_boxes"), strict=True):
        np.testing.assert_array_equal(own, reference)


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


def test_boxes_of_score_zero_are_left_out():
    fused = fuse({"a": seen((1, 1, 5, 5, 0), (1, 1, 5, 5, 0))}, {"a": 1.0}, (9, 9), FusionRules())

    assert len(fused) == 0


@pytest.mark.parametrize("backend", ["numpy", "ensemble_boxes"])
def test_every_backend_fuses_detections_alike(backend):
    answers = {"a": seen((2, 2, 9, 9, 0.8), (20, 2, 30, 9, 0.3)), "b": seen((3, 2, 9, 9, 0.4))}
    weights = {"a": 0.3, "b": 0.7}

    default = fuse(answers, weights, (40, 40), FusionRules())
    other = fuse(answers, weights, (40, 40), FusionRules(), backend)

    np.testing.assert_array_equal(other.boxes, default.boxes)
    np.testing.assert_array_equal(other.scores, default.scores)


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
