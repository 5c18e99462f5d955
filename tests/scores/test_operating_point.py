import numpy as np
import pytest

from crosslook.scores.matching import match, prepare
from crosslook.scores.operating_point import at, best_threshold, curve, thinned

HERE, ELSEWHERE = [5.0, 5.0, 20.0, 20.0], [40.0, 40.0, 10.0, 10.0]


def problem(*rows, images=3, crowd=()):
    """One object per image, and boxes (image, bbox, score)."""
    truth = {
        "images": [{"id": i} for i in range(1, images + 1)],
        "categories": [{"id": 1}],
        "annotations": [
            {"id": i, "image_id": i, "category_id": 1, "bbox": HERE, "iscrowd": int(i in crowd)}
            for i in range(1, images + 1)
        ],
    }
    seen = [
        {"image_id": image, "category_id": 1, "bbox": box, "score": score}
        for image, box, score in rows
    ]
    return curve(match(prepare(truth), seen))


def test_counts_by_hand():
    found = problem((1, HERE, 0.9), (2, ELSEWHERE, 0.8), (2, HERE, 0.7), (3, ELSEWHERE, 0.1))

    assert found.true.tolist() == [1, 1, 2, 2]
    assert found.false.tolist() == [0, 1, 1, 2]
    assert found.recall == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert found.precision == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])
    assert found.f1 == pytest.approx([2 / 4, 2 / 5, 4 / 6, 4 / 7])


def test_the_threshold_is_the_score_with_the_highest_f1():
    found = problem((1, HERE, 0.9), (2, ELSEWHERE, 0.8), (2, HERE, 0.7), (3, ELSEWHERE, 0.1))

    assert best_threshold(found) == 0.7


def test_boxes_of_one_score_count_together():
    found = problem((1, HERE, 0.5), (2, ELSEWHERE, 0.5))

    assert found.score.tolist() == [0.5]
    assert (found.true.tolist(), found.false.tolist()) == ([1], [1])


def test_a_threshold_counts_boxes_from_it_on():
    found = problem((1, HERE, 0.9), (2, ELSEWHERE, 0.8), (2, HERE, 0.7))

    assert (at(found, 0.8).true, at(found, 0.8).false) == (1, 1)
    assert (at(found, 0.75).true, at(found, 0.69).true) == (1, 2)
    assert at(found, 0.95).precision is None
    assert at(found, 0.95).recall == 0


def test_regions_to_ignore_are_neither_objects_nor_false_alarms():
    found = problem((1, HERE, 0.9), (2, HERE, 0.8), crowd={2})

    assert found.objects == 2
    assert at(found, 0.1).false == 0


def test_without_a_hit_there_is_no_threshold():
    assert best_threshold(problem((1, ELSEWHERE, 0.9))) is None
    assert best_threshold(problem()) is None


def test_a_thinned_curve_keeps_its_ends_and_its_rises():
    rows = [(1, HERE, 0.99), *((2, ELSEWHERE, 0.9 - i / 1000) for i in range(99))]
    rows += [(3, ELSEWHERE, 0.7 - i / 1000) for i in range(99)]
    rows += [(4, ELSEWHERE, 0.5 - i / 1000) for i in range(99)] + [(2, HERE, 0.3)]
    found = problem(*rows, images=4)

    fewer = thinned(found)

    assert len(fewer.score) < len(found.score)
    assert (fewer.score[0], fewer.score[-1]) == (found.score[0], found.score[-1])
    rises = np.flatnonzero(np.diff(found.true, prepend=0))
    assert set(found.score[rises]) <= set(fewer.score)
