import json

import optuna
import pytest
import yaml
from click.testing import CliRunner
from three_ships import CORNERS, write, write_three_ships

from crosslook import params
from crosslook.cli import main
from crosslook.ensemble.study import quiet
from crosslook.errors import ParamsError, StaleError
from crosslook.report import study_pictures
from crosslook.stages.tune_fusion import command

WRITE_PICTURES = study_pictures.write_pictures
ENSEMBLES = {"all": ["cyclegan", "cut"], "plain": ["none", "cut"]}
STEPS = {"none": None, "cyclegan": 300, "cut": 100}


def seen(translation):
    """COCO rows: each translation's detector finds all objects, and invents something."""
    shift = len(translation) / 4
    rows = [
        {"image_id": i, "category_id": 1, "bbox": [x + shift, float(y), 12.0, 12.0], "score": 0.9}
        for i, (x, y) in enumerate(CORNERS, start=1)
    ]
    return [*rows, {**rows[0], "bbox": [shift, 50.0, 8.0, 8.0], "score": 0.4}]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project folder as the stages before leave it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(study_pictures, "write_pictures", lambda *record: None)
    params.load.cache_clear()
    values = {
        "seed": 3,
        "translations": list(STEPS),
        "detectors": ["faster_rcnn"],
        "tune_fusion": {"ensembles": ENSEMBLES, "trials": 6},
    }
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    write_three_ships(tmp_path / "build/tile/sar_dev")
    chosen = [
        {"detector": "faster_rcnn", "translation": name, "checkpoint": step, "ap": 0.5}
        for name, step in STEPS.items()
    ]
    write(tmp_path / "results/choose.json", chosen)
    for name, step in STEPS.items():
        folder = "only" if step is None else f"step_{step:06d}"
        path = tmp_path / "build/train_detector" / name / "faster_rcnn" / folder / "dev.json"
        write(path, seen(name))
    yield tmp_path
    params.load.cache_clear()


def run():
    result = CliRunner().invoke(command, catch_exceptions=False)
    assert result.exit_code == 0
    return result


def change(project, **values):
    path = project / "params.yaml"
    sections = yaml.safe_load(path.read_text())
    sections["tune_fusion"] |= values
    path.write_text(yaml.safe_dump(sections, sort_keys=False))
    params.load.cache_clear()


def record(project, ensemble="all"):
    found = json.loads((project / "results/tune_fusion.json").read_text())
    return found["detectors"]["faster_rcnn"][ensemble]


def test_the_chosen_checkpoints_are_the_members(project):
    run()

    members = record(project)["members"]
    assert [(m["translation"], m["checkpoint"]) for m in members] == [
        ("cyclegan", 300),
        ("cut", 100),
    ]


def test_every_ensemble_has_a_study_of_its_own(project):
    run()

    assert [m["translation"] for m in record(project, "plain")["members"]] == ["none", "cut"]
    assert len(record(project, "plain")["trials"]) == 6


def test_ensembles_keep_the_order_of_params(project):
    run()

    found = json.loads((project / "results/tune_fusion.json").read_text())
    assert list(found["detectors"]["faster_rcnn"]) == list(ENSEMBLES)


def test_a_member_that_is_no_translation_is_refused(project):
    change(project, ensembles={"plain": ["nine", "cut"]})

    with pytest.raises(ParamsError, match=r"translations: no 'nine'\. Did you mean 'none'"):
        run()


def test_the_ensemble_is_at_least_its_best_single_member_on_dev(project):
    run()

    assert record(project)["ap"] >= record(project)["best_single"]["ap"]


def test_every_trial_is_kept(project):
    run()

    assert [trial["number"] for trial in record(project)["trials"]] == list(range(6))


def test_the_record_says_on_what_the_study_was_done(project):
    run()

    found = json.loads((project / "results/tune_fusion.json").read_text())
    assert {key: found[key] for key in found if key != "detectors"} == {
        "n_images": 3,
        "n_boxes": 3,
        "seed": 3,
    }


def test_a_database_gets_the_trials_and_changes_no_byte_of_the_result(project):
    run()
    first = (project / "results/tune_fusion.json").read_bytes()
    change(project, storage=f"sqlite:///{project}/trials.db")

    run()
    run()

    assert (project / "results/tune_fusion.json").read_bytes() == first
    with quiet():
        summaries = optuna.get_all_study_summaries(storage=f"sqlite:///{project}/trials.db")
    assert [one.n_trials for one in summaries] == [6, 6]
    assert [one.study_name.rpartition("-")[0] for one in summaries] == [
        "faster_rcnn-all",
        "faster_rcnn-plain",
    ]


def test_a_database_that_is_not_there_stops_the_stage_in_one_line(project):
    change(project, storage=f"sqlite:///{project}/nowhere/trials.db")

    result = CliRunner().invoke(main, ["tune_fusion"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: tune_fusion.storage: sqlite:///")
    assert len(result.output.splitlines()) == 1


def test_every_study_has_its_pictures(project, monkeypatch):
    monkeypatch.setattr(study_pictures, "write_pictures", WRITE_PICTURES)

    run()

    assert {path.name for path in (project / "build/tune_fusion/faster_rcnn").iterdir()} == {
        "all_history.png",
        "all_slices.png",
        "plain_history.png",
        "plain_slices.png",
    }


def test_a_second_run_gives_the_same_bytes(project):
    run()
    first = (project / "results/tune_fusion.json").read_bytes()

    run()

    assert (project / "results/tune_fusion.json").read_bytes() == first


def test_a_second_run_scores_no_trial_again(project, monkeypatch):
    run()

    def never(*arguments):
        raise AssertionError("a trial was scored again")

    monkeypatch.setattr("crosslook.ensemble.tuning.quick_score", never)
    run()


def test_other_detections_begin_another_study(project):
    run()
    first = record(project)
    path = project / "build/train_detector/cut/faster_rcnn/step_000100/dev.json"
    write(path, seen("cut")[:1])

    run()

    assert record(project)["trials"][0]["ap"] != first["trials"][0]["ap"]


def test_a_member_that_dev_did_not_choose_is_refused(project):
    write(project / "results/choose.json", [])

    with pytest.raises(StaleError, match="no row of faster_rcnn with cyclegan, cut, none"):
        run()
