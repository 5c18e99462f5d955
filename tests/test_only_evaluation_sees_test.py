"""Of the stages after ``tile`` only ``detect_test`` and ``evaluate`` open a file of split test.

``train_classifier`` reads land-cover patches below data/, which have a test split of their own.
``report`` opens the pictures of ``evaluate``, and nothing is made of it but the index of results.
dvc.yaml is the first witness. The second: every stage is run at toy size with the test patches,
what was detected on them, and the scenes moved out of reach; and what Python opens is listed.
"""

import shutil
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from crosslook import params
from crosslook.cli import main

ROOT = Path(__file__).parents[1]
DVC = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
STAGES = list(DVC)
JUDGING = ["detect_test", "evaluate"]
SHOWING = ["report"]
LAND_COVER = "train_classifier"
LATER = STAGES[STAGES.index("tile") + 1 :]
BLIND = [name for name in LATER if name not in (*JUDGING, *SHOWING, LAND_COVER)]
TEST_FILES = [Path("build/tile/sar_test"), Path("build/detect_test"), Path("build/evaluate")]
OUT_OF_REACH = [Path("data"), *TEST_FILES]
SHOWN = [Path("build/evaluate")]
OPENED: list[str] = []


def listens(event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        OPENED.append(arguments[0])


def reaches(dependency, secret):
    """Whether a dependency of dvc.yaml is, holds, or lies in a secret folder."""
    path = Path(dependency.partition("/$")[0])
    return path == secret or path in secret.parents or secret in path.parents


def test_the_blind_stages_are_all_but_four():
    assert len(BLIND) == len(STAGES) - 6
    assert not set(BLIND) & {"check_data", "tile", LAND_COVER, *JUDGING, *SHOWING}


def test_the_report_sees_pictures_of_evaluate_but_no_patch_and_no_detection():
    secrets = [path for path in OUT_OF_REACH if path not in SHOWN]

    assert not [d for d in DVC["report"]["deps"] if any(reaches(d, s) for s in secrets)]


def test_nothing_is_made_of_the_report_but_the_index():
    made = (Path("build/report"), Path("results/report.json"))
    readers = [
        name
        for name, stage in DVC.items()
        if any(reaches(d, path) for d in stage.get("deps", []) for path in made)
    ]

    assert readers == ["track"]


@pytest.mark.parametrize("stage", BLIND)
def test_no_other_stage_depends_on_a_test_file(stage):
    found = [d for d in DVC[stage].get("deps", []) if any(reaches(d, s) for s in OUT_OF_REACH)]

    assert found == []


@pytest.mark.parametrize("stage", JUDGING)
def test_the_two_depend_on_the_test_patches(stage):
    assert "build/tile/sar_test" in DVC[stage]["deps"]


def commands(stage, lists):
    """The words of each instance of a stage."""
    body = DVC[stage]
    words = body["cmd"].split()[1:]
    for key, source in body.get("matrix", {}).items():
        names = lists[source.removeprefix("${").removesuffix("}")]
        return [[*words[:-1], name] for name in names if words[-1] == f"${{item.{key}}}"]
    return [words]


def run(stage, lists):
    """Run every instance; what Python opened meanwhile, relative to the project where inside it."""
    OPENED.clear()
    for words in commands(stage, lists):
        result = CliRunner().invoke(main, words, catch_exceptions=False)
        assert result.exit_code == 0, (words, result.output)
    here = str(Path.cwd())
    return [Path(name.removeprefix(here).lstrip("/")) for name in OPENED]


def touched(opened, secrets):
    return sorted({str(path) for path in opened if any(s in path.parents for s in secrets)})


@pytest.mark.slow
def test_every_other_stage_runs_without_the_test_files_and_opens_none(tmp_path, monkeypatch):
    toy = yaml.safe_load(Path(__file__).with_name("toy.yaml").read_text())
    toy["translations"] = ["none", "cyclegan", "cut"]
    toy["train_translator"]["every"] |= {"steps": 2, "checkpoints": [2]}
    toy["train_translator"]["every"]["schedule"]["constant"] = 2
    toy["train_detector"]["every"]["training"] |= {"steps": 2}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(toy, sort_keys=False))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    params.load.cache_clear()
    CliRunner().invoke(main, ["simulate"], catch_exceptions=False)
    run("check_data", toy)
    run("tile", toy)
    hidden = tmp_path.with_name(f"{tmp_path.name}_hidden")
    sys.addaudithook(listens)

    for stage in LATER:
        if stage in JUDGING:
            assert touched(run(stage, toy), TEST_FILES), f"{stage} is a judge and opened nothing"
            continue
        secrets = [path for path in OUT_OF_REACH if stage not in SHOWING or path not in SHOWN]
        if stage == LAND_COVER:
            scenes = [path for path in Path("data").iterdir() if path.name != "sen12ms"]
            secrets = [*scenes, *TEST_FILES]
        there = [path for path in secrets if path.exists()]
        for path in there:
            (hidden / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, hidden / path)
        assert touched(run(stage, toy), secrets) == [], stage
        for path in there:
            shutil.move(hidden / path, path)
    params.load.cache_clear()
