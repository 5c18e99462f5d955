import copy
import io
from contextlib import redirect_stdout

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from crosslook.scores.average_precision import STATISTICS, evaluate

ONE_OBJECT = {
    "images": [{"id": 1, "width": 64, "height": 64}],
    "categories": [{"id": 1, "name": "ship"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10]}],
}
SEEN = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10], "score": 0.9}


def numbered(annotation_id):
    return {**ONE_OBJECT, "annotations": [{**ONE_OBJECT["annotations"][0], "id": annotation_id}]}


def test_a_perfect_detector_scores_one():
    statistics = evaluate(ONE_OBJECT, [SEEN])

    assert statistics["AP"] == pytest.approx(1)
    assert statistics["AR100"] == 1


def test_no_detections_at_all_score_zero():
    assert evaluate(ONE_OBJECT, [])["AP"] == 0


def test_an_undefined_statistic_stays_minus_one():
    assert evaluate(ONE_OBJECT, [SEEN])["APl"] == -1


def test_without_objects_every_statistic_is_minus_one():
    assert set(evaluate({**ONE_OBJECT, "annotations": []}, [SEEN]).values()) == {-1}


def test_the_statistics_have_the_names_and_order_of_coco():
    assert tuple(evaluate(ONE_OBJECT, [SEEN])) == STATISTICS


def test_nothing_is_printed(capsys):
    evaluate(ONE_OBJECT, [SEEN])

    assert capsys.readouterr().out == ""


def test_annotation_id_zero_is_refused():
    with pytest.raises(ValueError, match="Number annotations from 1"):
        evaluate(numbered(0), [SEEN])


def test_an_annotation_id_used_twice_is_refused():
    twice = {**ONE_OBJECT, "annotations": ONE_OBJECT["annotations"] * 2}

    with pytest.raises(ValueError, match="an annotation id twice"):
        evaluate(twice, [SEEN])


def test_a_detection_on_an_unknown_image_is_refused():
    with pytest.raises(ValueError, match="names image 2, which does not exist"):
        evaluate(ONE_OBJECT, [{**SEEN, "image_id": 2}])


def test_a_score_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        evaluate(ONE_OBJECT, [{**SEEN, "score": float("nan")}])


def test_an_object_whose_box_is_not_a_number_is_refused():
    broken = {**ONE_OBJECT["annotations"][0], "bbox": [0, 0, float("nan"), 10]}

    with pytest.raises(ValueError, match="annotation 1 has a box that is not finite"):
        evaluate({**ONE_OBJECT, "annotations": [broken]}, [SEEN])


def by_pycocotools(ground_truth, rows):
    """The twelve numbers as a user of pycocotools gets them."""
    with redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = copy.deepcopy(ground_truth)
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(copy.deepcopy(rows)), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats


place = st.tuples(st.integers(1, 3), st.integers(1, 2))
# Objects on both sides of COCO's borders between small, medium and large: 32 and 96 pixels.
boxes = st.tuples(*[st.floats(0, 100)] * 2, *[st.floats(1, 200)] * 2)


@settings(max_examples=60, deadline=None)
@given(
    objects=st.lists(st.tuples(place, boxes, st.booleans()), max_size=8),
    seen=st.lists(st.tuples(st.integers(0, 7), st.floats(-9, 9), st.floats(0.01, 1)), max_size=15),
    invented=st.lists(st.tuples(place, boxes, st.floats(0.01, 1)), min_size=1, max_size=8),
)
def test_all_twelve_statistics_are_those_of_pycocotools_itself(objects, seen, invented):
    annotations = [
        {"id": i, "image_id": image, "category_id": category, "bbox": list(box)}
        | {"area": box[2] * box[3], "iscrowd": int(crowd and i % 3 == 0)}
        for i, ((image, category), box, crowd) in enumerate(objects, start=1)
    ]
    data = {
        "images": [{"id": i, "width": 400, "height": 400} for i in (1, 2, 3)],
        "categories": [{"id": i, "name": f"c{i}"} for i in (1, 2)],
        "annotations": annotations,
    }
    near = [
        (objects[i][0], [objects[i][1][0] + shift, *objects[i][1][1:]], score)
        for i, shift, score in seen
        if i < len(objects)
    ]
    rows = [
        {"image_id": image, "category_id": category, "bbox": list(box), "score": score}
        for (image, category), box, score in [*near, *invented]
    ]

    found = evaluate(data, rows)

    assert list(found.values()) == pytest.approx(by_pycocotools(data, rows), rel=0, abs=1e-12)
