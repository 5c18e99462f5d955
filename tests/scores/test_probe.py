import numpy as np
import pytest

from crosslook.scores.probe import sensor_probe

SCENES = [i % 10 for i in range(200)]


def embeddings(shift, seed=0):
    rng = np.random.default_rng(seed)
    return {"s1": rng.normal(size=(200, 8)), "s2": rng.normal(size=(200, 8)) + shift}


def probed(features, seed=0):
    return sensor_probe(features, dict.fromkeys(features, SCENES), seed=seed)


def test_a_sensor_that_shows_in_one_feature_is_found():
    shift = np.zeros(8)
    shift[3] = 20

    assert probed(embeddings(shift)).accuracy == 1


def test_a_sensor_that_does_not_show_is_guessed():
    told = probed(embeddings(0))

    assert told.chance == 0.5
    assert told.accuracy == pytest.approx(0.5, abs=0.1)
    assert told.accuracy == pytest.approx(sum(told.folds) / 2)


def test_what_tells_the_scene_alone_does_not_tell_the_sensor():
    scene = np.eye(10)[SCENES] * 9

    assert probed({"s1": scene, "s2": scene}).accuracy == pytest.approx(0.5)


def test_a_sensor_of_few_patches_weighs_as_much_as_one_of_many():
    rng = np.random.default_rng(0)
    many, few = rng.normal(size=(1000, 1)), rng.normal(size=(50, 1)) + 2
    groups = {"s1": [i % 10 for i in range(1000)], "s2": [i % 10 for i in range(50)]}

    told = sensor_probe({"s1": many, "s2": few}, groups)

    assert told.accuracy == pytest.approx(0.84, abs=0.05)  # Phi(1), the boundary in the middle
    assert told.n == {"s1": 1000, "s2": 50}


def test_three_sensors_are_told_apart():
    rng = np.random.default_rng(0)
    features = {name: rng.normal(size=(200, 3)) + 9 * i for i, name in enumerate("abc")}

    told = probed(features)

    assert (told.accuracy, told.chance) == (1.0, pytest.approx(1 / 3))


def test_equal_seeds_probe_alike():
    assert probed(embeddings(0.3), seed=4) == probed(embeddings(0.3), seed=4)


def test_one_group_cannot_be_held_out():
    features = embeddings(0)

    with pytest.raises(ValueError, match="two folds need >= 2 groups, got 1"):
        sensor_probe(features, dict.fromkeys(features, ["here"] * 200))


def test_a_half_without_a_sensor_is_named():
    groups = {"s1": ["a"] * 200, "s2": ["b"] * 200}

    with pytest.raises(ValueError, match=r"no embedding of s[12] in one half of the 2 groups"):
        sensor_probe(embeddings(0), groups)


def test_embeddings_that_are_not_finite_are_refused():
    features = embeddings(0)
    features["s1"][0, 0] = np.nan

    with pytest.raises(ValueError, match="not finite"):
        probed(features)


def test_which_rows_were_found_is_told_row_by_row():
    told = probed(embeddings(0.3))

    of_fold = [
        np.mean([told.right[name][told.held_out[name] == fold].mean() for name in told.n])
        for fold in (0, 1)
    ]
    assert of_fold == pytest.approx(told.folds)
    assert {scene for scene, fold in zip(SCENES, told.held_out["s1"], strict=True) if fold} == {
        scene for scene, fold in zip(SCENES, told.held_out["s2"], strict=True) if fold
    }
