import numpy as np
import pytest

from crosslook.classifier.predictions import PartPredictions
from crosslook.classifier.replicating import replicates_of
from crosslook.classifier.scoring import score
from crosslook.classifier.tabulating import values_of

RNG = np.random.default_rng(3)
SCENES = tuple(f"scene{i % 4}" for i in range(40))


def drawn_from(rows):
    shares = RNG.dirichlet([0.5] * 3, rows).astype(np.float32)
    said = {name: RNG.dirichlet([0.5] * 3, rows).astype(np.float32) for name in ("s1", "s2")}
    vectors = {
        name: RNG.normal(size=(rows, 3)).astype(np.float32) + 0.5 * i
        for i, name in enumerate(("s1", "s2"))
    }
    places = tuple(map(str, range(rows)))
    return PartPredictions(said, vectors, shares, places, SCENES[:rows], ("x", "y", "z"))


def test_a_draw_of_every_scene_once_gives_the_scores_of_the_record():
    found = drawn_from(40)

    made = replicates_of(found, np.ones((1, 4), np.int64), seed=0)

    record = values_of(score(found, 10, 0))
    assert {"macro/s1", "weighted_at_least_10/s2", "gap_macro/s1-s2", "s/s1-s2", "probe"} <= set(
        made
    )
    for name, values in made.items():
        assert values[0] == pytest.approx(record[name][0]), name


def test_a_draw_of_one_scene_twice_is_that_scene_alone():
    found = drawn_from(40)
    rows = [i for i, scene in enumerate(SCENES) if scene == "scene2"]
    part = PartPredictions(
        {name: p[rows] for name, p in found.probabilities.items()},
        {},
        found.shares[rows],
        tuple(found.places[i] for i in rows),
        ("scene2",) * len(rows),
        found.classes,
    )

    made = replicates_of(found, np.array([[0, 0, 2, 0]]), seed=0)

    alone = values_of(score(part, 10, 0))
    for name in ("macro/s1", "weighted/s2", "gap_weighted/s1-s2", "s/s1-s2"):
        assert made[name][0] == pytest.approx(alone[name][0])
    assert 0 <= made["probe"][0] <= 1  # of the fold that holds scene2


def test_a_draw_without_the_class_of_any_patch_has_no_weighted_f1():
    found = drawn_from(40)
    none = found.shares.copy()
    none[[i for i, scene in enumerate(SCENES) if scene == "scene1"]] = 0.0
    found = PartPredictions(
        found.probabilities, {}, none, found.places, found.scenes, found.classes
    )

    made = replicates_of(found, np.array([[0, 4, 0, 0], [1, 1, 1, 1]]), seed=0)

    assert np.isnan(made["weighted/s1"]).tolist() == [True, False]
