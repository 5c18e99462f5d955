import json
from dataclasses import replace

import numpy as np
import pytest

from crosslook.ensemble import study, tuning
from crosslook.ensemble.fusion import FusionRules, fuse_images
from crosslook.ensemble.problem import patch_sizes, prepare_fusion
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.ensemble.study import Score
from crosslook.ensemble.tuning import quick_score, record, tune
from crosslook.errors import InputError
from crosslook.patches.boxes import Detections, nothing, to_coco_results
from crosslook.scores.average_precision import evaluate

IMAGES, SIZE = 6, 128
MEMBERS = ("cut", "cyclegan")
PARAMS = TuneFusionParams({"all": MEMBERS}, trials=16)
RNG = np.random.default_rng(0)
TRUTH = {
    "images": [{"id": i, "width": SIZE, "height": SIZE} for i in range(1, IMAGES + 1)],
    "categories": [{"id": 1, "name": "ship"}],
    "annotations": [
        {"id": 3 * i + j + 1, "image_id": i + 1, "category_id": 1, "iscrowd": 0, "area": 400.0}
        | {"bbox": [float(x), float(y), 20.0, 20.0]}
        for i in range(IMAGES)
        for j, (x, y) in enumerate(RNG.uniform(0, SIZE - 20, (3, 2)))
    ],
}


def detector(seed, recall, invented=3):
    """A detector that finds a share of the objects, roughly, and invents some."""
    rng = np.random.default_rng(seed)
    answers = {}
    for image in range(1, IMAGES + 1):
        rows = [
            [x + dx, y + dy, x + w + dx, y + h + dy, rng.uniform(0.3, 1)]
            for x, y, w, h in (a["bbox"] for a in TRUTH["annotations"] if a["image_id"] == image)
            for dx, dy in [rng.normal(0, 2, 2)]
            if rng.uniform() < recall
        ]
        for x, y in rng.uniform(0, SIZE - 20, (invented, 2)):
            rows.append([x, y, x + 20, y + 20, rng.uniform(0, 0.7)])
        values = np.array(sorted(rows, key=lambda row: -row[4]), np.float32).reshape(-1, 5)
        labels = np.ones(len(values), np.int64)
        answers[image] = Detections(values[:, :4], values[:, 4], labels)
    return answers


ANSWERS = {"cut": detector(1, 0.8), "cyclegan": detector(2, 0.7)}


def boxes_at(corners, score, more=(), score_of_more=0.0):
    """Detections of 20 px boxes with their upper left corners here, best score first."""
    boxes = np.array([[x, y, x + 20, y + 20] for x, y in [*corners, *more]], np.float32)
    scores = np.array([score] * len(corners) + [score_of_more] * len(more), np.float32)
    return Detections(boxes, scores, np.ones(len(boxes), np.int64))


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    return tune(
        ANSWERS, MEMBERS, TRUTH, PARAMS, 5, tmp_path_factory.mktemp("study") / "trials.jsonl"
    )


def test_a_trial_scores_what_pycocotools_says():
    weights = {"cut": 0.6, "cyclegan": 0.4}
    fused = fuse_images(ANSWERS, weights, patch_sizes(TRUTH), FusionRules())

    found = quick_score(prepare_fusion(ANSWERS, TRUTH, list(weights)), weights, FusionRules())

    reference = evaluate(TRUTH, to_coco_results(fused))
    assert found.ap == pytest.approx(reference["AP"], rel=0, abs=1e-12)
    assert found.ar == pytest.approx(reference["AR100"], rel=0, abs=1e-12)


def test_tuning_quickly_gives_the_same_answer_without_pycocotools(tuned, monkeypatch):
    monkeypatch.setattr(tuning, "evaluate", None)

    quick = tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, quickly=True)

    assert (quick.best.weights, quick.best.rules) == (tuned.best.weights, tuned.best.rules)
    assert quick.best.score.value == pytest.approx(tuned.best.score.value, rel=0, abs=1e-12)
    assert quick.best_single == tuned.best_single


def test_the_first_trials_are_equal_weights_then_each_member_emphasised(tuned):
    equal, cut, cyclegan = (trial.params for trial in tuned.trials[:3])

    alike = {"iou_threshold": 0.55, "skip_threshold": 0.0}
    assert equal == {"weight/cut": 1.0, "weight/cyclegan": 1.0} | alike
    assert cut == {"weight/cut": 1.0, "weight/cyclegan": 0.01} | alike
    assert cyclegan == {"weight/cut": 0.01, "weight/cyclegan": 1.0} | alike


def test_the_first_trial_scores_as_the_untuned_control(tuned):
    assert tuned.trials[0].ap == pytest.approx(tuned.equal.score.ap, rel=0, abs=1e-12)


def test_the_answer_is_at_least_the_best_single_member(tuned):
    assert tuned.best.score.ap >= max(score.ap for score in tuned.singles.values())


def test_no_eligible_trial_is_better_than_the_answer(tuned):
    floor = tuned.singles[tuned.best_single].ap

    eligible = [trial.score.value for trial in tuned.trials if trial.ap >= floor]
    assert tuned.best.score.value >= max(eligible) - 1e-12


def test_the_same_seed_gives_the_same_study(tuned, tmp_path):
    assert tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, tmp_path / "other.jsonl") == tuned


def test_without_a_journal_the_study_is_the_same(tuned):
    assert tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5) == tuned


@pytest.mark.parametrize("space", ["weights", "simplex"])
def test_the_record_reads_alike_for_both_spaces(space):
    found = tune(ANSWERS, MEMBERS, TRUTH, replace(PARAMS, space=space, trials=25), 5)

    written = record(found, {"cut": 100, "cyclegan": 300})

    names = ["weight/cut", "weight/cyclegan", "iou_threshold", "skip_threshold"]
    assert all(list(trial["params"]) == names for trial in written["trials"])
    assert sorted(written["importance"]) == sorted(names)
    assert sum(written["weights"].values()) == pytest.approx(1)


@pytest.mark.parametrize("backend", ["numpy", "ensemble_boxes"])
def test_every_backend_gives_the_same_study(tuned, tmp_path, backend):
    assert (
        tune(ANSWERS, MEMBERS, TRUTH, replace(PARAMS, backend=backend), 5, tmp_path / "t.jsonl")
        == tuned
    )


class Killed(BaseException):
    pass


def kill_after(monkeypatch, trials):
    """Let ``trials`` more trials be scored, then die as on a signal. Returns the list of scored."""
    scored, real = [], tuning.quick_score

    def scoring(*arguments):
        if len(scored) == trials:
            raise Killed
        scored.append(real(*arguments))
        return scored[-1]

    monkeypatch.setattr(tuning, "quick_score", scoring)
    return scored


@pytest.mark.parametrize("survivors", [1, 7, 13])
def test_a_killed_study_repeats_no_trial_and_ends_as_the_whole_one(
    tuned, tmp_path, monkeypatch, survivors
):
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_after(patch, survivors)
        tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, tmp_path / "trials.jsonl")
    rest = kill_after(monkeypatch, PARAMS.trials)

    resumed = tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, tmp_path / "trials.jsonl")

    assert resumed == tuned
    assert len(rest) == PARAMS.trials - survivors


def test_a_finished_study_scores_nothing_again(tuned, tmp_path, monkeypatch):
    tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, tmp_path / "trials.jsonl")
    kill_after(monkeypatch, 0)

    assert tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, tmp_path / "trials.jsonl") == tuned


def test_more_trials_go_on_from_the_journal(tmp_path, monkeypatch):
    tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, tmp_path / "trials.jsonl")
    rest = kill_after(monkeypatch, 4)

    longer = tune(ANSWERS, MEMBERS, TRUTH, replace(PARAMS, trials=20), 5, tmp_path / "trials.jsonl")

    assert (len(longer.trials), len(rest)) == (20, 4)


@pytest.mark.parametrize("damage", ['{"number": 4, "par', "[]", '{"number": 4}', "null"])
def test_a_damaged_line_of_the_journal_is_tried_again(tuned, tmp_path, damage):
    journal = tmp_path / "trials.jsonl"
    tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, journal)
    journal.write_text("\n".join([*journal.read_text().splitlines()[:4], damage]))

    assert tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, journal) == tuned
    assert len(journal.read_text().splitlines()) == PARAMS.trials


def test_a_journal_of_other_questions_is_not_believed(tuned, tmp_path):
    journal = tmp_path / "trials.jsonl"
    tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 6, journal)

    assert tune(ANSWERS, MEMBERS, TRUTH, PARAMS, 5, journal) == tuned


def test_a_useless_member_leaves_the_best_single_member_or_better(tmp_path):
    answers = {"cut": detector(1, 0.95, invented=0), "cyclegan": detector(2, 0.0, invented=30)}

    found = tune(answers, MEMBERS, TRUTH, replace(PARAMS, trials=5), 5, tmp_path / "trials.jsonl")

    assert found.best_single == "cut"
    assert found.best.score.ap >= found.singles["cut"].ap


def test_a_single_member_is_the_answer_where_no_fusion_is_better(tmp_path):
    perfect = {
        image: boxes_at([a["bbox"][:2] for a in TRUTH["annotations"] if a["image_id"] == image], 1)
        for image in range(1, IMAGES + 1)
    }
    nobody = {image: nothing() for image in perfect}
    answers = {"cut": nobody, "cyclegan": perfect}

    found = tune(answers, MEMBERS, TRUTH, replace(PARAMS, trials=4), 5, tmp_path / "trials.jsonl")

    assert (found.best.answer, found.best.rules) == ("single member", None)
    assert found.best.weights == {"cut": 0.0, "cyclegan": 1.0}


def test_every_weight_in_the_record_is_a_share_of_one(tuned):
    written = record(tuned, {"cut": 100, "cyclegan": 300})

    assert sum(written["weights"].values()) == pytest.approx(1)
    for trial in written["trials"]:
        shares = [value for name, value in trial["params"].items() if name.startswith("weight/")]
        assert sum(shares) == pytest.approx(1)


def test_the_record_holds_every_trial_and_the_members(tuned):
    written = record(tuned, {"cut": 100, "cyclegan": 300})

    assert [trial["number"] for trial in written["trials"]] == list(range(16))
    assert [(m["translation"], m["checkpoint"]) for m in written["members"]] == [
        ("cut", 100),
        ("cyclegan", 300),
    ]
    assert json.loads(json.dumps(written)) == written


def test_one_member_alone_is_a_study_too():
    found = tune(ANSWERS, ["cut"], TRUTH, replace(PARAMS, trials=3), 5)

    assert found.best.weights == {"cut": 1.0}


def test_dev_images_without_objects_are_refused(tmp_path):
    with pytest.raises(InputError, match="give the dev split a scene with labels"):
        tune(ANSWERS, MEMBERS, {**TRUTH, "annotations": []}, PARAMS, 5, tmp_path / "trials.jsonl")


def test_the_untuned_start_stays_inside_the_searched_range(tmp_path):
    narrow = replace(PARAMS, iou_threshold=(0.6, 0.7), skip_threshold=(0.1, 0.2), trials=1)

    (first,) = study.run(
        lambda values: Score(0.5, 0.5), MEMBERS, narrow, 0, tmp_path / "trials.jsonl"
    )

    assert (first.params["iou_threshold"], first.params["skip_threshold"]) == (0.6, 0.1)


def test_a_fusion_with_more_recall_but_less_precision_than_a_member_is_not_the_answer():
    corners = {
        image: [a["bbox"][:2] for a in TRUTH["annotations"] if a["image_id"] == image]
        for image in range(1, IMAGES + 1)
    }
    careful = {image: boxes_at(found[:2], 0.05) for image, found in corners.items()}
    loud = {
        image: boxes_at([[3 * i, 60 - 3 * i] for i in range(6)], 0.9, found, 0.3)
        for image, found in corners.items()
    }
    no_way_out = replace(PARAMS, trials=5, lowest_weight=0.5, skip_threshold=(0.0, 0.01))

    found = tune({"cut": careful, "cyclegan": loud}, MEMBERS, TRUTH, no_way_out, 5)

    assert max(trial.score.value for trial in found.trials) > found.best.score.value
    assert (found.best.answer, found.best.weights["cut"]) == ("single member", 1.0)
