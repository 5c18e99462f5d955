import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosslook.scores import compiling
from crosslook.scores.average_precision import evaluate
from crosslook.scores.bootstrap import once
from crosslook.scores.matching import match, prepare, result_arrays
from crosslook.scores.quick import pack, statistics

IMAGES, CATEGORIES = 3, 2


def data_set(objects, crowd=(), categories=CATEGORIES):
    """A COCO data set from (image, category, x, y, width, height)."""
    return {
        "images": [{"id": i, "width": 64, "height": 64} for i in range(1, IMAGES + 1)],
        "categories": [{"id": i, "name": f"c{i}"} for i in range(1, categories + 1)],
        "annotations": [
            {"id": i, "image_id": image, "category_id": category, "bbox": box}
            | {"area": box[2] * box[3], "iscrowd": int(i in crowd)}
            for i, (image, category, *box) in enumerate(objects, start=1)
        ],
    }


def results(seen):
    """COCO result rows from ((image, category, x, y, width, height), score)."""
    return [
        {"image_id": image, "category_id": category, "bbox": box, "score": score}
        for (image, category, *box), score in seen
    ]


def scored(data, rows):
    truth = prepare(data)
    return statistics(truth, *result_arrays(truth, rows))


# Whole corners and few sizes and scores: equal IoUs, exact thresholds and ties are frequent.
corner, side = st.integers(0, 12), st.integers(1, 8)
place = st.tuples(st.integers(1, IMAGES), st.integers(1, CATEGORIES), corner, corner, side, side)
score = st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.50001, 0.9])


@settings(max_examples=150, deadline=None)
@given(
    objects=st.lists(place, max_size=12),
    seen=st.lists(st.tuples(place, score), max_size=30),
    crowd=st.sets(st.integers(1, 12), max_size=3),
)
def test_compiled_matching_equals_pycocotools_on_random_problems(objects, seen, crowd):
    data, rows = data_set(objects, crowd), results(seen)

    found = scored(data, rows)

    reference = evaluate(data, rows)
    assert found == pytest.approx({key: reference[key] for key in found}, rel=0, abs=1e-12)
    assert found == once(match(prepare(data), rows))


def crowded(boxes):
    """Many objects and boxes in one image, with equal scores among them."""
    rng = np.random.default_rng(0)
    objects = [(1, 1, *rng.integers(0, 40, 2).tolist(), 8, 8) for _ in range(200)]
    return data_set(objects), results(
        [
            ((1, 1, *rng.uniform(0, 40, 2).tolist(), 8.0, 8.0), round(float(value), 2))
            for value in rng.uniform(size=boxes)
        ]
    )


@pytest.mark.parametrize("boxes", [99, 100, 101, 300])
def test_a_hundred_boxes_per_image_count_and_no_more(boxes):
    data, rows = crowded(boxes)

    found = scored(data, rows)

    reference = evaluate(data, rows)
    assert found == pytest.approx({key: reference[key] for key in found}, rel=0, abs=1e-12)


def test_an_overlap_of_exactly_the_threshold_counts():
    data, rows = data_set([(1, 1, 0, 0, 10, 10)]), results([((1, 1, 0, 0, 10, 5), 0.9)])

    assert scored(data, rows)["AR100"] == pytest.approx(0.1)  # found at .5, not at .55 and above


def test_of_two_objects_with_equal_overlap_the_later_one_is_taken():
    # Both objects overlap the first box equally; the second box fits only the later object.
    data = data_set([(1, 1, 0, 0, 10, 10), (1, 1, 4, 0, 10, 10)])
    rows = results([((1, 1, 2, 0, 10, 10), 0.9), ((1, 1, 4, 0, 10, 10), 0.8)])

    assert scored(data, rows)["AP50"] == pytest.approx(evaluate(data, rows)["AP50"], abs=1e-12)
    assert scored(data, rows)["AP50"] == pytest.approx(51 / 101)


def test_numpy_gives_the_same_where_numba_is_missing(monkeypatch):
    data, rows = crowded(300)
    with_numba = scored(data, rows)

    monkeypatch.setattr(compiling, "AVAILABLE", False)

    assert scored(data, rows) == with_numba


def test_packed_objects_can_be_used_again():
    data, rows = crowded(50)
    truth = prepare(data)
    objects = pack(truth)

    twice = [statistics(truth, *result_arrays(truth, rows), objects) for _ in range(2)]

    assert twice == [scored(data, rows)] * 2


def test_no_boxes_find_nothing():
    assert set(scored(data_set([(1, 1, 0, 0, 9, 9)]), []).values()) == {0}


def test_without_objects_or_categories_nothing_is_defined():
    rows = results([((1, 1, 0, 0, 9, 9), 0.5)])

    assert set(scored(data_set([]), rows).values()) == {-1}
    assert set(scored(data_set([], categories=0), rows).values()) == {-1}


def test_boxes_of_an_unknown_category_do_not_count():
    data = data_set([(1, 1, 0, 0, 9, 9)])
    right, strange = ((1, 1, 0, 0, 9, 9), 0.5), ((1, 7, 0, 0, 9, 9), 0.9)

    assert scored(data, results([strange, right])) == scored(data, results([right]))


def test_objects_on_an_unknown_image_do_not_count():
    data = data_set([(1, 1, 0, 0, 9, 9), (IMAGES + 1, 1, 0, 0, 9, 9)])
    rows = results([((1, 1, 0, 0, 9, 9), 0.5)])

    assert scored(data, rows)["AR100"] == evaluate(data, rows)["AR100"] == 1


def test_a_score_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="a score is NaN"):
        scored(data_set([]), results([((1, 1, 0, 0, 9, 9), float("nan"))]))
