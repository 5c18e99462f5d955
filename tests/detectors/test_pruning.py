import numpy as np
import pytest

from crosslook import params
from crosslook.detectors.prune_settings import Prune
from crosslook.detectors.pruning import (
    Measured,
    Plan,
    halve,
    measured,
    plan,
    ranked,
    record,
    sets,
)
from crosslook.detectors.settings import FitSettings, TrainingSettings
from crosslook.errors import InputError, ParamsError

ON = Prune(score="kid__resnet50_random", least=2)
NOISE = np.random.default_rng(0).normal(0, 0.02, 500)


def scored(values, name=ON.score):
    rows = [{"checkpoint": one, "scores": {name: value}} for one, value in values.items()]
    return {"translation": "cut", "checkpoints": rows, "left_out": []}


def steady(ap):
    """Measured AP that all draws move alike, so that every gap is beyond its interval."""
    return lambda pair: Measured(ap[pair[1]], ap[pair[1]] + NOISE)


def unsure(ap):
    """Measured AP whose draws move by themselves, so that small gaps are not."""

    def measure(pair):
        rng = np.random.default_rng(pair[1])
        return Measured(ap[pair[1]], ap[pair[1]] + rng.normal(0, 0.1, 500))

    return measure


def trained_by(wanted, measure, detectors=("faster_rcnn",)):
    """The courses, and the pairs in the order in which they were trained."""
    pairs = []
    courses = halve(wanted, detectors, pairs.extend, measure, 20)
    return courses, pairs


def five(least=2):
    return Plan((1, 2, 3, 4, 5), (0.1, 0.2, 0.3, 0.4, 0.5), sets(5, Prune(least=least)))


def test_sets_are_halved_down_to_the_smallest():
    assert sets(20, Prune(least=3)) == (3, 5, 10, 20)
    assert sets(8, Prune(least=2)) == (2, 4, 8)
    assert sets(9, Prune(least=1, keep=0.3)) == (1, 3, 9)


def test_a_share_near_1_still_makes_smaller_sets():
    assert sets(4, Prune(least=2, keep=0.99)) == (2, 3, 4)


def test_the_lowest_comes_first_where_lower_is_better():
    assert ranked({100: 3.0, 200: 1.0, 300: 2.0}, "fd__resnet50_random") == [200, 300, 100]


def test_the_highest_comes_first_where_higher_is_better():
    assert ranked({100: 0.3, 200: 0.1, 300: 0.2}, "survival") == [100, 300, 200]


def test_equal_values_keep_the_order_of_training_and_nothing_is_pruned_for_want_of_a_number():
    assert ranked({100: 1.0, 200: 1.0, 300: None}, "survival") == [300, 100, 200]


def test_without_a_score_all_checkpoints_are_one_set_and_no_score_is_read():
    found = plan([100, 200, 300], Prune(), lambda: pytest.fail("read"))

    assert (found.order, found.sets) == ((100, 200, 300), (3,))


def test_few_checkpoints_are_one_set_and_no_score_is_read():
    assert plan([None], ON, lambda: pytest.fail("read")).sets == (1,)


def test_the_plan_follows_the_score():
    found = plan([100, 200, 300], ON, lambda: scored({100: 0.3, 200: 0.1, 300: 0.2}))

    assert found == Plan((200, 300, 100), (0.1, 0.2, 0.3), (2, 3))


def test_a_checkpoint_that_was_not_scored_comes_first():
    assert plan([100, 200, 300], ON, lambda: scored({100: 0.3, 200: 0.1})).order[0] == 300


def test_the_rest_is_not_trained_when_what_was_added_falls_behind():
    courses, pairs = trained_by(five(), steady({1: 0.5, 2: 0.4, 3: 0.1}))

    assert [one for _, one in pairs] == [1, 2, 3]
    assert courses["faster_rcnn"].pruned == (4, 5)
    (judged,) = courses["faster_rcnn"].judgements
    assert (judged.trained, judged.best, judged.nearest) == (3, 1, 3)
    assert judged.difference == pytest.approx(-0.4)
    assert judged.high == pytest.approx(-0.4)


def test_training_goes_on_while_what_was_added_may_be_as_good():
    courses, pairs = trained_by(five(), unsure({1: 0.5, 2: 0.4, 3: 0.45, 4: 0.4, 5: 0.3}))

    assert [one for _, one in pairs] == [1, 2, 3, 4, 5]
    assert courses["faster_rcnn"].pruned == ()
    assert courses["faster_rcnn"].judgements[0].high > 0


def test_one_good_checkpoint_of_those_added_keeps_the_rest_in_play():
    wanted = Plan(tuple(range(8)), (None,) * 8, (2, 4, 8))
    ap = dict.fromkeys(range(8), 0.1) | {0: 0.5, 3: 0.6}

    courses, _ = trained_by(wanted, steady(ap))

    assert courses["faster_rcnn"].pruned == ()
    assert courses["faster_rcnn"].judgements[0].nearest == 3


def test_each_detector_stops_by_itself():
    def measure(pair):
        value = {1: 0.5, 2: 0.4, 3: 0.1 if pair[0] == "a" else 0.6}.get(pair[1], 0.2)
        return Measured(value, value + NOISE)

    courses, pairs = trained_by(five(), measure, ("a", "b"))

    assert courses["a"].pruned == (4, 5)
    assert courses["b"].pruned == ()
    assert pairs[-2:] == [("b", 4), ("b", 5)]


def test_nothing_is_judged_where_all_checkpoints_are_one_set():
    courses, pairs = trained_by(Plan((1, 2), (None, None), (2,)), lambda pair: pytest.fail())

    assert [one for _, one in pairs] == [1, 2]
    assert courses["faster_rcnn"].trained == (1, 2)


def test_without_checkpoints_nothing_is_trained():
    courses, pairs = trained_by(plan([], Prune(), dict), lambda pair: pytest.fail())

    assert pairs == []
    assert courses["faster_rcnn"].trained == ()


def test_the_record_says_what_was_saved_and_what_all_would_have_cost():
    courses, _ = trained_by(five(), steady({1: 0.5, 2: 0.4, 3: 0.1}), ("a", "b"))

    said = record(five(), courses, ON, TrainingSettings(steps=80, batch_size=4))

    assert said["order"][0] == {"checkpoint": 1, "value": 0.1}
    assert said["detectors"]["a"]["pruned"] == (4, 5)
    assert said["saved"] == {"trainings": 4, "steps": 320, "images": 1280}
    assert said["all"] == {"trainings": 10, "steps": 800, "images": 3200}
    assert said["reason"] is None


def test_the_record_says_why_nothing_could_be_pruned():
    few = plan([100, 200], ON, dict)

    said = record(few, trained_by(few, None)[0], ON, TrainingSettings(steps=80))

    assert said["reason"] == "no more than 2 checkpoints: all are trained on"
    assert said["saved"]["trainings"] == 0


def test_a_measured_ap_is_that_of_its_boxes():
    image = {"id": 1, "width": 64, "height": 64}
    box = {"image_id": 1, "category_id": 1, "bbox": [5.0, 5.0, 20.0, 20.0]}
    truth = {
        "images": [image],
        "categories": [{"id": 1, "name": "port"}],
        "annotations": [{"id": 1, "area": 400, "iscrowd": 0, **box}],
    }

    found = measured(truth, ["scene"], [{**box, "score": 0.9}], 10, 0)

    assert found.ap == pytest.approx(1)
    assert found.replicates == pytest.approx(np.ones(10))


def test_a_score_that_is_not_there_is_an_error_that_says_why():
    record = scored({1: 0.1, 2: 0.2, 3: 0.3})
    record["left_out"] = [{"embedder": "inception_fid", "reason": "no weights"}]

    with pytest.raises(InputError, match=r"no score 'fd__inception_fid' \(no weights\)\. There is"):
        plan([1, 2, 3], Prune(score="fd__inception_fid", least=1), lambda: record)


def test_a_score_without_a_better_end_is_refused():
    with pytest.raises(ParamsError, match="neither better high nor low"):
        params.build(FitSettings, {"training": {"steps": 1}, "prune": {"score": "l1__VH"}}, "every")


def test_a_misspelt_score_is_refused():
    with pytest.raises(ParamsError, match="no score is called 'fdd'"):
        params.build(Prune, {"score": "fdd"}, "prune")
