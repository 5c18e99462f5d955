import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosslook.ensemble.fusion import FusionRules, fuse_images
from crosslook.ensemble.problem import patch_sizes, prepare_fusion, score_fusion
from crosslook.patches.boxes import Detections, nothing, to_coco_results
from crosslook.scores import compiling
from crosslook.scores.average_precision import evaluate

RULES = FusionRules()
EXACT = {"rel": 0, "abs": 1e-12}


def world(seed, images=3, categories=2, members=3, boxes=12, crowd=0.1, ties=False):
    """A COCO data set and detectors that find most of its objects and invent boxes."""
    rng = np.random.default_rng(seed)
    rows = [
        (image, int(rng.integers(1, categories + 1)), *rng.uniform([0, 0, 5, 5], [70, 40, 30, 20]))
        for image in range(1, images + 1)
        for _ in range(rng.integers(0, 4))
    ]
    data = {
        "images": [{"id": i, "width": 100, "height": 60} for i in range(1, images + 1)],
        "categories": [{"id": i, "name": f"c{i}"} for i in range(1, categories + 1)],
        "annotations": [
            {"id": i, "image_id": image, "category_id": category, "area": w * h}
            | {"bbox": [x, y, w, h], "iscrowd": int(rng.uniform() < crowd)}
            for i, (image, category, x, y, w, h) in enumerate(rows, start=1)
        ],
    }
    answers = {}
    for member in range(members):
        answers[f"m{member}"] = {
            image: detector(rng, [row for row in rows if row[0] == image], categories, boxes, ties)
            for image in range(1, images + 1)
        }
    return data, answers


def detector(rng, objects, categories, boxes, ties):
    found = [
        (x + dx, y + dy, x + w + dx, y + h + dy, rng.uniform(0.2, 1), category)
        for _, category, x, y, w, h in objects
        for dx, dy in rng.normal(0, 1.5, (rng.integers(0, 3), 2))
    ]
    for _ in range(rng.integers(0, boxes + 1)):
        x, y, w, h = rng.uniform([-10, -10, 0, 0], [110, 60, 40, 40])  # some leave the image
        found.append((x, y, x + w, y + h, rng.uniform(0.05, 0.7), rng.integers(1, categories + 2)))
    values = np.array(found, np.float64).reshape(-1, 6)
    if ties:
        values[:, :4] = values[:, :4].round(-1)
        values[:, 4] = values[:, 4].round(1)
    values = values[np.argsort(-values[:, 4], kind="stable")]
    return Detections(
        values[:, :4].astype(np.float32), values[:, 4].astype(np.float32), values[:, 5].astype(int)
    )


def shares(answers, seed=0):
    return dict(zip(answers, np.random.default_rng(seed).uniform(0.01, 1, 20), strict=False))


def trial(data, answers, rules=RULES, weights=None, backend="compiled"):
    problem = prepare_fusion(answers, data, list(answers), backend)
    return score_fusion(problem, weights or shares(answers), rules)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    images=st.integers(1, 4),
    categories=st.integers(1, 3),
    members=st.integers(1, 10),
    ties=st.booleans(),
    iou=st.floats(0, 0.95),
    skip=st.floats(0, 0.4),
    conf=st.sampled_from(["avg", "max", "box_and_model_avg", "absent_model_aware_avg"]),
)
def test_a_trial_equals_numpy_bit_for_bit_and_pycocotools(
    seed, images, categories, members, ties, iou, skip, conf
):
    data, answers = world(seed, images, categories, members, ties=ties)
    rules, weights = FusionRules(iou, skip, conf), shares(answers, seed)
    if ties:
        weights = dict.fromkeys(weights, 1.0)

    found = trial(data, answers, rules, weights)

    assert found == trial(data, answers, rules, weights, "numpy")
    fused = fuse_images(answers, weights, patch_sizes(data), rules, "numpy")
    reference = evaluate(data, to_coco_results(fused))
    assert found == pytest.approx({name: reference[name] for name in found}, **EXACT)


@pytest.mark.parametrize("seed", range(6))
def test_a_trial_equals_the_libraries(seed):
    data, answers = world(seed, boxes=30)

    found = trial(data, answers)

    fused = fuse_images(
        answers, shares(answers), patch_sizes(data), FusionRules(), "ensemble_boxes"
    )
    reference = evaluate(data, to_coco_results(fused))
    assert found == pytest.approx({name: reference[name] for name in found}, **EXACT)
    assert found == trial(data, answers, backend="ensemble_boxes")


def test_more_than_a_hundred_boxes_in_an_image_count_as_a_hundred():
    data, answers = world(1, images=2, categories=1, boxes=400)
    fused = fuse_images(answers, shares(answers), patch_sizes(data), FusionRules())
    assert max(len(found) for found in fused.values()) > 100

    found = trial(data, answers)

    reference = evaluate(data, to_coco_results(fused))
    assert found == pytest.approx({name: reference[name] for name in found}, **EXACT)


def one_object(*box):
    return {
        "images": [{"id": 1, "width": 100, "height": 100}],
        "categories": [{"id": 1, "name": "ship"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": list(box)}],
    }


def seen_by_one(*found):
    values = np.array(found, np.float32)
    return {"m0": {1: Detections(values[:, :4], values[:, 4], np.ones(len(values), np.int64))}}


@pytest.mark.parametrize(("better", "recall"), [(99, 1), (100, 0)])
def test_the_101st_box_of_an_image_does_not_count(better, recall):
    wrong = [
        (10 * (i % 10), 5 * (i // 10), 10 * (i % 10) + 4, 5 * (i // 10) + 4, 0.9)
        for i in range(better)
    ]

    found = trial(one_object(60, 60, 20, 20), seen_by_one(*wrong, (60, 60, 80, 80, 0.1)))

    assert found["AR100"] == recall


def test_boxes_are_matched_as_float32_pixels():
    # Each box covers exactly half of its object, but not when it is read as a share of 100 pixels.
    found = [
        trial(one_object(x, 7, 20, 10), seen_by_one((x, 7, x + 10, 17, 0.9)))["AP50"]
        for x in range(75)
    ]

    assert found == pytest.approx([1] * 75)


def test_a_problem_answers_any_number_of_trials_in_any_order():
    data, answers = world(2)
    problem = prepare_fusion(answers, data, list(answers))
    rules = [FusionRules(iou) for iou in (0.3, 0.5, 0.8)]

    forth = [score_fusion(problem, shares(answers), one) for one in rules]
    back = [score_fusion(problem, shares(answers), one) for one in reversed(rules)]

    assert forth == back[::-1]
    assert forth == [trial(data, answers, one) for one in rules]


def test_only_ratios_of_weights_matter():
    data, answers = world(3)
    doubled = {name: 2 * weight for name, weight in shares(answers).items()}

    assert trial(data, answers, weights=doubled) == trial(data, answers)


def test_the_order_of_members_does_not_matter():
    data, answers = world(4)
    backwards = dict(reversed(answers.items()))

    assert trial(data, backwards, weights=shares(answers)) == trial(data, answers)


def test_detectors_that_saw_nothing_find_nothing():
    data, answers = world(5)
    blind = {name: dict.fromkeys(answers[name], nothing()) for name in answers}

    assert set(trial(data, blind).values()) == {0}


def test_without_objects_nothing_is_defined():
    data, answers = world(5)

    assert set(trial({**data, "annotations": []}, answers).values()) == {-1}


def test_boxes_of_score_zero_do_not_disturb():
    data, answers = world(6, members=1)
    more = {}
    for image, found in answers["m0"].items():
        boxes = np.concatenate([found.boxes, np.tile(np.float32([[1, 1, 9, 9]]), (3, 1))])
        labels = np.concatenate([found.labels, [1, 1, 1]])
        more[image] = Detections(boxes, np.append(found.scores, np.float32([0, 0, 0])), labels)

    assert trial(data, {"m0": more}) == trial(data, answers)


def test_without_numba_a_trial_scores_the_same(monkeypatch):
    data, answers = world(7)
    with_numba = trial(data, answers)

    monkeypatch.setattr(compiling, "AVAILABLE", False)

    problem = prepare_fusion(answers, data, list(answers))
    assert problem.packed is None
    assert score_fusion(problem, shares(answers), FusionRules()) == with_numba


def test_a_detection_that_is_not_a_number_is_refused():
    data, _ = world(8, images=1, members=1)
    broken = Detections(np.zeros((1, 4), np.float32), np.float32([np.nan]), np.ones(1, np.int64))

    with pytest.raises(ValueError, match="m0 has a box or score in image 1 that is not finite"):
        prepare_fusion({"m0": {1: broken}}, data, ["m0"])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"m0": 1.0}, r"weights name .'m0'., the members are .'m0', 'm1'."),
        ({"m0": 1.0, "m1": 0.0}, "weights must be > 0"),
        ({"m0": 1.0, "m1": float("nan")}, "weights must be > 0"),
    ],
)
def test_every_member_needs_a_weight(weights, message):
    data, answers = world(9, members=2)

    with pytest.raises(ValueError, match=message):
        trial(data, answers, weights=weights)


@pytest.mark.parametrize("rules", [FusionRules(-0.1), FusionRules(0.5, float("nan"))])
def test_thresholds_must_be_numbers_from_zero_on(rules):
    data, answers = world(9, members=2)

    with pytest.raises(ValueError, match="thresholds must be >= 0"):
        trial(data, answers, rules)
