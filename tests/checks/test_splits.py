from dataclasses import replace

from crosslook.checks.check_params import CheckDataParams
from crosslook.checks.data import check_scenes
from crosslook.checks.splits import contract_problems, count_scenes, split_problems
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.stretches import OpticalComposite, SarComposite

COMPOSITES = {"optical": OpticalComposite(), "sar": SarComposite()}


def test_a_small_world_has_no_problem(small_world):
    found = check_scenes(small_world, COMPOSITES, ["port"], False, CheckDataParams())

    assert found["problems"] == []
    assert sorted(found["radiometry"]) == ["optical_reflectance", "sar_sigma0_db"]


def test_empty_splits_are_named(make_scene):
    problems = split_problems([make_scene("a", split="unlabelled")])

    assert "there are no SAR scenes of split test, to report." in problems
    assert "there are no optical scenes of split train with labels, for the detectors." in problems
    assert len(problems) == 4


def test_judged_scenes_need_labels(small_world):
    scenes = [replace(s, labels=None) if s.id == "dev" else s for s in small_world]

    assert split_problems(scenes) == ["dev: split dev needs labels, and it has none."]


def test_training_and_judging_on_one_ground_is_told_across_sensors(small_world):
    scenes = [
        replace(s, transform=(10, 0, 560_320, 0, -10, 4_000_000)) if s.id == "harbour" else s
        for s in small_world
    ]

    (problem,) = split_problems(scenes)

    assert problem.startswith("harbour and test share 0.20 km² of ground, but one is learnt from")


def test_dev_and_test_on_one_ground_is_told(small_world):
    scenes = [
        replace(s, transform=(10, 0, 560_000, 0, -10, 4_000_000)) if s.id == "dev" else s
        for s in small_world
    ]

    (problem,) = split_problems(scenes)

    assert problem.startswith("dev and test share 0.41 km² of ground")


def test_scenes_of_a_domain_are_counted_and_judge_without_labels(small_world, make_scene):
    frost = make_scene("frost", split="dev", origin=(580_000, 4_000_000))
    frost = replace(frost, domain="winter")

    assert split_problems([*small_world, frost]) == []
    assert count_scenes([*small_world, frost]) == count_scenes(small_world) | {
        "winter_dev": {"scenes": 1, "megapixels": 0.004, "labels": {}}
    }


def test_scenes_of_a_domain_with_labels_or_of_split_test_are_told(small_world, make_scene):
    odd = make_scene("odd", split="test", origin=(580_000, 4_000_000), boxes=[(1, 1, 9, 9)])

    problems = split_problems([*small_world, replace(odd, domain="winter")])

    assert problems == [
        "odd: domain 'winter' is for translators, so split test has no use for it: take split "
        "unlabelled, or dev to judge translations.",
        "odd: domain 'winter' is for translators, which know no labels: take its labels or its "
        "domain away.",
    ]


def test_a_domain_may_have_a_radiometry_of_its_own(small_world, make_scene):
    single = make_scene("single", Radiometry("sigma0_db", ("VV",)), "unlabelled")

    assert contract_problems([*small_world, replace(single, domain="old")], COMPOSITES, False) == []


def test_mixed_radiometries_are_told(small_world, make_scene):
    single = make_scene("single", Radiometry("sigma0_db", ("VV",)), "unlabelled")

    (problem,) = contract_problems([*small_world, single], COMPOSITES, False)

    assert "'dev' and 'single' cannot share patches" in problem


def test_scenes_pixels_and_labels_are_counted(small_world):
    assert count_scenes(small_world)["sar_dev"] == {
        "scenes": 1,
        "megapixels": 0.004,
        "labels": {"port": 1},
    }
