"""A stage has one name: in dvc.yaml, the CLI, stages/, params.yaml, build/ and results/."""

import subprocess
from pathlib import Path

import pytest
import yaml

from crosslook.cli import COMMANDS, STAGES, main

ROOT = Path(__file__).parents[1]
DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
PARAMS = {path.stem: yaml.safe_load(path.read_text()) for path in ROOT.glob("params/*.yaml")}
STUDIES = {"land_cover"}  # read by a command of their own
PROFILES = {name: values for name, values in PARAMS.items() if name not in STUDIES}
# What may read files of the test split; check_data and tile make it.
SEE_TEST = {"check_data", "tile", "detect_test", "evaluate"}
SHARED = {"seed", "translations", "scenery", "detectors"}
# The exception to one name, docs/decisions/0010: the same command for the names in another list.
COMMAND_OF = {"train_scenery": "train_translator", "score_scenery": "score_translator"}
# What is read for labelled fakes, which nobody makes of scenery.
OF_LABELLED_FAKES = (
    "build/translate/",
    "results/translate/",
    "build/tile/sar_dev",
    "build/tile/optical_labelled",
    "build/tile/sar_labelled",
)
SCENERY = [name for name in DVC if name in COMMAND_OF]
NAMED = [name for name in DVC if name not in COMMAND_OF]


def paths(entries):
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries or []]


def test_dvc_click_and_modules_name_the_same_stages_in_the_same_order():
    modules = {path.stem for path in (ROOT / "src/crosslook/stages").glob("[!_]*.py")}

    assert NAMED == STAGES == list(main.commands)[: len(STAGES)]
    assert set(NAMED) == modules


def test_every_user_command_has_its_own_module():
    modules = {path.stem for path in (ROOT / "src/crosslook/commands").glob("[!_]*.py")}

    assert set(COMMANDS) == modules


def test_each_stage_runs_its_own_command_and_writes_under_its_own_name():
    for stage_name, stage in DVC.items():
        name = COMMAND_OF.get(stage_name, stage_name)
        assert stage["cmd"].split()[:2] == ["crosslook", name]
        for out in paths(stage.get("outs")):
            assert out.startswith(f"build/{name}") or out == "mlruns/.synced"
        for metric in stage.get("metrics", []):
            ((path, options),) = metric.items()
            assert path.startswith(f"results/{name}")
            assert options == {"cache": False}


@pytest.mark.parametrize("name", SCENERY)
def test_a_scenery_stage_is_its_twin_with_another_list(name):
    twin = dict(DVC[COMMAND_OF[name]])
    twin["deps"] = [one for one in twin["deps"] if not one.startswith(OF_LABELLED_FAKES)]
    scenery, twin = (yaml.safe_dump(one, width=1000) for one in (DVC[name], twin))

    as_scenery = twin.replace("translation: ${translations}", "scenery: ${scenery}")
    assert as_scenery.replace("${item.translation}", "${item.scenery}") == scenery
    assert DVC[name]["matrix"] == {"scenery": "${scenery}"}


def test_scenery_is_trained_and_scored_and_nothing_else():
    assert {name for name, stage in DVC.items() if "scenery" in stage.get("matrix", {})} == set(
        SCENERY
    )


def test_only_detection_and_evaluation_list_a_file_of_the_test_split():
    for name, stage in DVC.items():
        if name not in SEE_TEST:
            assert not [dep for dep in paths(stage.get("deps")) if "test" in dep and "build" in dep]


def test_thresholds_on_clouds_belong_to_the_trainings_and_cut_nothing_anew():
    assert "select" not in PROFILES["paper"]["tile"]
    for stage in ("train_translator", "train_detector"):
        assert PROFILES["paper"][stage]["every"]["select"]["max_cloud"] < 1
        assert f"{stage}.every" in DVC[stage]["params"]
        assert "select" not in PROFILES["demo"][stage]["every"]


def test_the_receipt_of_tracking_is_never_restored_by_the_run_cache():
    assert DVC["track"]["outs"] == [{"mlruns/.synced": {"cache": False, "persist": True}}]
    assert "metrics" not in DVC["track"]


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_params_sections_are_stages(name):
    assert PROFILES[name].keys() - SHARED - {"simulate"} <= DVC.keys()


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_every_instance_has_its_section(name):
    profile = PROFILES[name]

    assert {*profile["translations"], *profile["scenery"]} <= profile["train_translator"].keys()
    assert not set(profile["translations"]) & set(profile["scenery"])
    assert set(profile["detectors"]) <= profile["train_detector"].keys()


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_dvc_stays_quick_because_instances_are_few(name):
    profile = PROFILES[name]
    per_translation = sum("translation" in stage.get("matrix", {}) for stage in DVC.values())
    per_detector = sum("detector" in stage.get("matrix", {}) for stage in DVC.values())
    single = len(NAMED) - per_translation - per_detector

    instances = (
        single
        + per_translation * len(profile["translations"])
        + per_detector * len(profile["detectors"])
        + len(SCENERY) * len(profile["scenery"])
    )
    assert instances <= 64


def test_the_committed_params_are_the_demo():
    assert (ROOT / "params.yaml").read_text() == (ROOT / "params/demo.yaml").read_text()


def test_no_tracked_file_is_larger_than_a_mebibyte():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    tracked = [ROOT / name for name in listed.stdout.split("\0") if name]

    assert [path for path in tracked if path.is_file() and path.stat().st_size > 2**20] == []
