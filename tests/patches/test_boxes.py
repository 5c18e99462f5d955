import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosslook.patches.boxes import Detections, from_coco_results, nothing, to_coco_results

NUMBER = st.floats(0, 500, width=32)


def detections(*rows):
    table = np.array(rows, np.float64).reshape(-1, 6)
    return Detections(
        table[:, :4].astype(np.float32),
        table[:, 4].astype(np.float32),
        table[:, 5].astype(np.int64),
    )


def test_coco_rows_hold_x_y_width_height():
    rows = to_coco_results({3: detections((1, 2, 11, 22, 0.5, 1))})

    assert rows == [{"image_id": 3, "category_id": 1, "bbox": [1, 2, 10, 20], "score": 0.5}]


def test_rows_are_sorted_by_image():
    one = detections((0, 0, 1, 1, 0.5, 1))

    assert [row["image_id"] for row in to_coco_results({9: one, 2: one})] == [2, 9]


@given(st.lists(st.tuples(NUMBER, NUMBER, NUMBER, NUMBER, st.floats(0, 1, width=32)), max_size=5))
def test_rows_come_back_best_score_first(boxes):
    made = detections(*[(x, y, x + w, y + h, s, 1) for x, y, w, h, s in boxes])

    back = from_coco_results(to_coco_results({7: made}), [7])[7]

    order = np.argsort(-made.scores, kind="stable")
    assert np.allclose(back.boxes, made.boxes[order], atol=1e-3)
    assert np.array_equal(back.scores, made.scores[order])


def test_images_without_rows_have_no_detections():
    found = from_coco_results([], [1, 2])

    assert sorted(found) == [1, 2]
    assert len(found[1]) == len(nothing()) == 0


def test_a_row_of_an_unknown_image_is_refused():
    rows = to_coco_results({3: detections((0, 0, 1, 1, 0.5, 1))})

    with pytest.raises(ValueError, match="a detection names image 3, which does not exist"):
        from_coco_results(rows, [1])


def test_boxes_scores_and_labels_have_one_length():
    with pytest.raises(ValueError, match=r"must be \(N, 4\), \(N,\) and \(N,\) with one N"):
        Detections(np.zeros((2, 4), np.float32), np.zeros(1, np.float32), np.zeros(2, np.int64))
