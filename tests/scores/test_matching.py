import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosslook.scores.average_precision import evaluate
from crosslook.scores.bootstrap import once
from crosslook.scores.matching import match, prepare


def truth(*boxes, images=1, categories=1, crowd=()):
    """A COCO data set from (image, category, x, y, width, height)."""
    return {
        "images": [{"id": i, "width": 64, "height": 64} for i in range(1, images + 1)],
        "categories": [{"id": i, "name": f"c{i}"} for i in range(1, categories + 1)],
        "annotations": [
            {
                "id": i,
                "image_id": box[0],
                "category_id": box[1],
                "bbox": list(box[2:]),
                "area": box[4] * box[5],
                "iscrowd": int(i in crowd),
            }
            for i, box in enumerate(boxes, start=1)
        ],
    }


def found(*boxes):
    """COCO result rows from (image, category, x, y, width, height, score)."""
    return [
        {"image_id": b[0], "category_id": b[1], "bbox": list(b[2:6]), "score": b[6]} for b in boxes
    ]


# Whole corners and few sizes: equal IoUs, exact thresholds and score ties are frequent.
corner = st.integers(0, 12)
side = st.integers(1, 8)
place = st.tuples(st.integers(1, 3), st.integers(1, 2), corner, corner, side, side)
score = st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.50001, 0.9])


@settings(max_examples=150, deadline=None)
@given(
    objects=st.lists(place, max_size=12),
    seen=st.lists(st.tuples(place, score), max_size=30),
    crowd=st.sets(st.integers(1, 12), max_size=3),
)
def test_own_matching_equals_pycocotools_on_random_problems(objects, seen, crowd):
    data = truth(*objects, images=3, categories=2, crowd=crowd)
    rows = found(*((*box, value) for box, value in seen))

    fast = once(match(prepare(data), rows))

    reference = evaluate(data, rows)
    assert fast == pytest.approx({key: reference[key] for key in fast}, rel=0, abs=1e-12)


def test_own_matching_equals_pycocotools_beyond_a_hundred_boxes_per_image():
    rng = np.random.default_rng(0)
    objects = [(1, 1, *rng.integers(0, 40, 2).tolist(), 8, 8) for _ in range(20)]
    seen = [
        (1, 1, *rng.uniform(0, 40, 2).tolist(), 8.0, 8.0, float(s)) for s in rng.uniform(size=150)
    ]
    data, rows = truth(*objects), found(*seen)

    fast = once(match(prepare(data), rows))

    reference = evaluate(data, rows)
    assert fast == pytest.approx({key: reference[key] for key in fast}, rel=0, abs=1e-12)


def test_of_two_objects_with_equal_overlap_the_later_one_is_taken():
    # Both objects overlap the first box equally; the second box fits only the later object.
    data = truth((1, 1, 0, 0, 10, 10), (1, 1, 4, 0, 10, 10))
    rows = found((1, 1, 2, 0, 10, 10, 0.9), (1, 1, 4, 0, 10, 10, 0.8))

    (matches,) = match(prepare(data), rows)

    assert matches.hit[0].tolist() == [True, False]
    assert evaluate(data, rows)["AP50"] == pytest.approx(once([matches])["AP50"])


def test_the_inputs_are_left_as_they_were():
    data, rows = truth((1, 1, 0, 0, 10, 10)), found((1, 1, 0, 0, 10, 10, 0.9))
    before = copy.deepcopy((data, rows))

    match(prepare(data), rows)
    evaluate(data, rows)

    assert (data, rows) == before


def test_an_unknown_image_is_refused():
    with pytest.raises(ValueError, match="names image 7, which does not exist"):
        match(prepare(truth()), found((7, 1, 0, 0, 1, 1, 0.5)))
