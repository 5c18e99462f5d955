import pytest

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
