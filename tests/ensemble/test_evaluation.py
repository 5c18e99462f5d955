"""All protocols on a small world: two detectors, three translations, four scenes."""

import numpy as np
import pytest

from crosslook import engine
from crosslook.ensemble.evaluation import evaluate
from crosslook.ensemble.evaluation_settings import EvaluateParams, NestedSettings
from crosslook.ensemble.jobs import run_fuse
from crosslook.ensemble.labelled import Labelled
from crosslook.ensemble.models import Trained
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.scores.average_precision import evaluate as pycocotools

FUSION = TuneFusionParams({"all": ("cut", "cyclegan")}, trials=6)
PARAMS = EvaluateParams(replicates=60, nested=NestedSettings(folds=2, repeats=2, trials=4))
RULES = {"iou_threshold": 0.55, "skip_threshold": 0.0, "confidence": "avg"}


def labelled(name, n=12):
    truth = {
        "images": [{"id": i, "width": 64, "height": 64} for i in range(1, n + 1)],
        "categories": [{"id": 1, "name": "ship"}],
        "annotations": [
            {"id": i, "image_id": i, "category_id": 1, "bbox": [5, 5, 20, 20], "area": 400}
            for i in range(1, n + 1)
        ],
    }
    return Labelled(truth, tuple(f"{name}{i % 6}" for i in range(n)))


def result(image, box, score):
    return {"image_id": image, "category_id": 1, "bbox": box, "score": score}


def look(rng, skill, n=12):
    rows = []
    for image in range(1, n + 1):
        if rng.uniform() < skill:
            box = (np.array([5, 5, 20, 20]) + rng.normal(0, 2, 4)).tolist()
            rows.append(result(image, box, rng.uniform(0.3, 1)))
        box = [*rng.uniform(20, 40, 2).tolist(), 15.0, 15.0]
        rows.append(result(image, box, rng.uniform(0, 0.6)))
    return rows


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    trained, chosen = [], []
    for detector in ("one", "two"):
        for name, steps in (("none", [None]), ("cut", [1, 2]), ("cyclegan", [1, 2])):
            for step in steps:
                skill = 0.2 if name == "none" else 0.7
                seen = {split: look(rng, skill) for split in ("dev", "test")}
                trained.append(Trained(detector, "torchvision", "coco", name, step, seen))
            chosen.append(
                {"detector": detector, "translation": name, "checkpoint": steps[0], "ap": 0.5}
            )
    record = {
        "members": [{"translation": name, "checkpoint": 1} for name in ("cut", "cyclegan")],
        "weights": {"cut": 0.5, "cyclegan": 0.5},
        **RULES,
        "equal": RULES,
        "best_single": {"translation": "cut"},
    }
    tuned = {detector: {"all": record} for detector in ("one", "two")}
    return trained, labelled("d"), labelled("t"), chosen, tuned


def run(world, params=PARAMS, workers=1):
    pool = engine.Pool(workers)
    return evaluate(*world, params, FUSION, 3, 2.0, lambda jobs: engine.run(run_fuse, jobs, pool))


@pytest.fixture(scope="module")
def found(world):
    return run(world)


def rows(found, protocol, detector="one"):
    return {
        row["translation"]: row
        for row in found.rows
        if (row["protocol"], row["detector"]) == (protocol, detector)
    }


def test_every_protocol_has_the_same_rows(found):
    names = ["none", "cut", "cyclegan", "ensemble", "ensemble_equal"]

    for protocol in ("dev", "paper", "nested"):
        assert list(rows(found, protocol)) == names


def test_choosing_on_the_test_images_is_never_worse_on_them(found):
    for name in ("none", "cut", "cyclegan"):
        assert rows(found, "paper")[name]["ap"] >= rows(found, "dev")[name]["ap"]


def test_the_figures_of_dev_and_paper_are_those_of_pycocotools(found, world):
    trained, _, test, _, _ = world
    for protocol in ("dev", "paper"):
        row = rows(found, protocol)["cut"]
        (one,) = [
            one
            for one in trained
            if (one.detector, one.translation, one.checkpoint) == ("one", "cut", row["checkpoint"])
        ]
        assert row["ap"] == pycocotools(test.ground_truth, one.seen["test"])["AP"]


def test_nested_is_scored_on_dev_and_test_together(found):
    row = rows(found, "nested")["cut"]

    assert (row["n_images"], row["n_scenes"], row["n_boxes"]) == (24, 12, 24)
    assert (row["folds"], row["repeats"], row["resampled"]) == ("2 folds of scenes", 2, "scenes")
    assert row["ap_fold_mean"] > 0


def test_nested_without_a_choice_is_the_plain_score(found, world):
    """One checkpoint only: every fold predicts with it, so pooling gives it back."""
    trained, dev, *_ = world
    (none,) = [one for one in trained if (one.detector, one.translation) == ("one", "none")]
    both = [*none.seen["dev"], *({**r, "image_id": r["image_id"] + 12} for r in none.seen["test"])]
    truth = {
        **dev.ground_truth,
        "images": [{"id": i, "width": 64, "height": 64} for i in range(1, 25)],
        "annotations": [
            {**dev.ground_truth["annotations"][0], "id": i, "image_id": i} for i in range(1, 25)
        ],
    }

    assert rows(found, "nested")["none"]["ap"] == pytest.approx(
        pycocotools(truth, both)["AP"], rel=0, abs=1e-12
    )


def test_differences_are_one_family_per_detector_and_protocol(found):
    families = {(gap["protocol"], gap["detector"]) for gap in found.differences}

    assert len(families) == 6
    for protocol, detector in families:
        family = [
            gap
            for gap in found.differences
            if (gap["protocol"], gap["detector"]) == (protocol, detector)
        ]
        assert len(family) == 6
        assert max(gap["p_holm"] for gap in family) <= 1


def test_every_checkpoint_has_an_ap_on_both_splits(found):
    assert len(found.checkpoints) == 2 * 2 * 5
    assert {row["split"] for row in found.checkpoints} == {"dev", "test"}


def test_false_alarms_are_per_area(found):
    for row in found.operating_points:
        assert row["false_alarms_per_1000_km2"] == pytest.approx(row["false_alarms"] / 2 * 1000)


def test_protocols_that_are_not_wanted_are_left_out(world):
    found = run(world, EvaluateParams(replicates=20, protocols=("dev",)))

    assert {row["protocol"] for row in found.rows} == {"dev"}


def test_the_same_seed_gives_the_same_answer(found, world):
    assert run(world).rows == found.rows


@pytest.mark.slow
def test_the_number_of_workers_changes_nothing(found, world):
    again = run(world, workers=2)

    assert again.rows == found.rows
    assert again.differences == found.differences


def test_dev_is_never_left_out():
    with pytest.raises(ValueError, match="must be different, and hold 'dev'"):
        EvaluateParams(protocols=("paper",))
