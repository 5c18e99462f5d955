import json
import shutil

import pytest
import yaml
from click.testing import CliRunner

from crosslook import params
from crosslook.classifier import training as loop
from crosslook.classifier.checkpoint import load_classifier
from crosslook.errors import InputError, ParamsError
from crosslook.results import digest_folder
from crosslook.stages.train_classifier import command

VALUES = {
    "seed": 0,
    "train_classifier": {
        "configurations": ["baseline_s1", "baseline_s2", "c_t_m"],
        "samples": [4, 0],
        "replicates": 20,
        "workers": 1,
        "network": {"backbone": "tiny"},
        "patches": {"dev_share": 0.3},
        "training": {"steps": 3, "batch": 2, "save_every": 1, "log_every": 1},
    },
}


@pytest.fixture
def project(winter, tmp_path, monkeypatch):
    """A project with land-cover patches; gives a function that runs the stage."""
    monkeypatch.chdir(tmp_path)

    def run(**own):
        section = VALUES["train_classifier"] | own
        (tmp_path / "params.yaml").write_text(
            yaml.safe_dump(VALUES | {"train_classifier": section})
        )
        params.load.cache_clear()
        result = CliRunner().invoke(command, [], catch_exceptions=False)
        assert result.exit_code == 0
        path = tmp_path / "results/train_classifier.json"
        return json.loads(path.read_text()), result.output

    yield run
    params.load.cache_clear()


def test_every_configuration_size_and_seed_becomes_a_model_and_a_record(project, tmp_path):
    record, said = project()

    made = tmp_path / "build/train_classifier"
    assert sorted(path.name for path in made.iterdir()) == [
        "baseline_s1-4-seed0",
        "baseline_s1-all-seed0",
        "baseline_s2-4-seed0",
        "baseline_s2-all-seed0",
        "c_t_m-4-seed0",
        "c_t_m-all-seed0",
    ]
    assert [(r["configuration"], r["samples"]) for r in record["scores"]] == [
        ("baseline", 4),
        ("baseline", 0),
        ("c_t_m", 4),
        ("c_t_m", 0),
    ]
    whole = record["scores"][-1]
    assert sorted(whole["test"]["sensors"]) == ["s1", "s2"]
    assert whole["dev"]["patches"] == 3
    assert "modality_accuracy" in record["trainings"][-1]["log"][-1]
    assert record["data"]["split"]["test"]["patches"] == 3
    assert "12 patches of 4 scenes" in said
    _, card = load_classifier(made / "c_t_m-4-seed0/model.safetensors")
    assert card.samples == 4


def test_the_record_holds_no_path_and_comes_back_with_the_same_bytes(project, tmp_path):
    project()
    text = (tmp_path / "results/train_classifier.json").read_text()
    built = digest_folder(tmp_path / "build/train_classifier")

    project()

    assert str(tmp_path) not in text
    assert (tmp_path / "results/train_classifier.json").read_text() == text
    assert digest_folder(tmp_path / "build/train_classifier") == built


def test_what_is_done_is_not_done_again_and_a_changed_setting_is(project, monkeypatch):
    steps, whole = [], loop.take_step

    def counting(*arguments):
        steps.append(1)
        return whole(*arguments)

    monkeypatch.setattr(loop, "take_step", counting)
    project(samples=[0])
    assert len(steps) == 9

    project(samples=[0, 4])
    assert len(steps) == 18
    project(samples=[0], replicates=30)
    assert len(steps) == 18
    project(samples=[0], configurations=["c_t_m"], training={"steps": 2, "batch": 2})
    assert len(steps) == 20


def test_a_killed_run_goes_on_where_it_was(project, tmp_path, monkeypatch):
    project(samples=[0])
    first = digest_folder(tmp_path / "build/train_classifier")
    for unit in (tmp_path / ".work/train_classifier").iterdir():
        for path in sorted((unit / "out").rglob("*"), reverse=True):
            path.unlink()
        (unit / "out").rmdir()
    done, take = [0], loop.take_step

    def dying(*arguments):
        done[0] += 1
        if done[0] == 6:
            raise KeyboardInterrupt
        return take(*arguments)

    with monkeypatch.context() as patch, pytest.raises(AssertionError):
        patch.setattr(loop, "take_step", dying)
        project(samples=[0])
    _, said = project(samples=[0])

    assert "going on after step 2." in said
    assert digest_folder(tmp_path / "build/train_classifier") == first


def test_without_configurations_nothing_is_read(project, winter):
    for path in winter.rglob("*.tif"):
        path.unlink()

    record, _ = project(configurations=[])

    assert record == {"data": None, "scores": [], "trainings": []}


def test_without_patches_it_says_what_to_do(project, winter):
    shutil.rmtree(winter)

    with pytest.raises(InputError, match=r"data/sen12ms is missing: .*configurations: \[\] in"):
        project()


def test_an_unknown_configuration_is_answered_with_those_that_there_are(project):
    with pytest.raises(ParamsError, match="'c_x' is not one of baseline_s1, baseline_s2, c,"):
        project(configurations=["c_x"])
