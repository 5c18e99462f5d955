import json

import pytest
from click.testing import CliRunner

from crosslook.cli import main
from crosslook.tracking import query

PARAMS = {"translations": ["none", "cut", "real_sar"], "detectors": ["faster_rcnn"]}


def entry(checkpoint, ap):
    scores = {"ap": ap, "ap50": ap, "ap75": ap, "ar": ap}
    return {"detector": "faster_rcnn", "checkpoint": checkpoint, **scores}


def write(folder, name, *entries):
    path = folder / f"results/train_detector/{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"translation": name, "method": name, "entries": entries}))


@pytest.fixture
def chosen(project, index):
    """A project whose detectors are trained; a function that runs the stage, reads its answer."""
    folder = project(PARAMS)
    write(folder, "none", entry(None, 0.1))
    write(folder, "cut", entry(100, 0.3), entry(200, 0.4), entry(300, None))
    write(folder, "real_sar")

    def run(code=0):
        result = CliRunner().invoke(main, ["choose"])
        assert result.exit_code == code, result.output
        path = folder / "results/choose.json"
        return result, json.loads(path.read_text()) if path.exists() else None

    return folder, run


def test_the_best_checkpoint_of_every_translation_is_written(chosen):
    _, rows = chosen[1]()

    assert rows == [
        {"detector": "faster_rcnn", "translation": "none", "checkpoint": None, "ap": 0.1},
        {"detector": "faster_rcnn", "translation": "cut", "checkpoint": 200, "ap": 0.4},
    ]


def test_a_translation_without_a_score_is_left_out_in_words(chosen):
    result, _ = chosen[1]()

    assert result.stderr == "choose: faster_rcnn has no AP with real_sar: left out.\n"


def test_files_of_translations_that_params_do_not_name_are_not_read(chosen):
    folder, run = chosen
    write(folder, "cyclegan", entry(100, 0.9))

    assert "cyclegan" not in {row["translation"] for row in run()[1]}


def test_the_same_results_give_the_same_bytes(chosen):
    folder, run = chosen
    run()
    before = (folder / "results/choose.json").read_bytes()

    run()

    assert (folder / "results/choose.json").read_bytes() == before


def test_a_changed_result_changes_the_choice(chosen):
    folder, run = chosen
    run()
    write(folder, "cut", entry(100, 0.4), entry(200, 0.2), entry(300, 0.4))

    assert run()[1][1]["checkpoint"] == 100


def test_a_choice_without_any_result_is_refused_and_the_old_one_stays(chosen):
    folder, run = chosen
    before = run()[1]
    for path in (folder / "results/train_detector").iterdir():
        path.unlink()

    result, after = run(code=1)

    assert result.output == ("Error: no detector has an AP on split dev yet: run 'make repro'.\n")
    assert after == before


def test_a_registry_that_says_otherwise_fails_the_stage_in_one_line(chosen, monkeypatch):
    monkeypatch.setattr(query, "best_in_registry", lambda *_: None)

    result, rows = chosen[1](code=1)

    assert rows is None
    assert result.output.startswith("Error: faster_rcnn, none: the registry chooses none, results/")
    assert result.output.count("\n") == 1


def test_a_checkpoint_without_a_detector_is_not_chosen_and_nobody_minds(chosen):
    folder, run = chosen
    run()
    write(folder, "cut", entry(100, 0.3))  # 200, the best one before, is pruned now

    assert run()[1][1] == {
        "detector": "faster_rcnn",
        "translation": "cut",
        "checkpoint": 100,
        "ap": 0.3,
    }


def test_each_detector_has_the_best_of_its_own_checkpoints(project, index):
    folder = project(PARAMS | {"detectors": ["faster_rcnn", "cascade_rcnn"]})
    other = entry(100, 0.2) | {"detector": "cascade_rcnn"}
    write(folder, "none", entry(None, 0.1))
    write(folder, "cut", entry(100, 0.3), entry(200, 0.4), other)
    write(folder, "real_sar")

    CliRunner().invoke(main, ["choose"], catch_exceptions=False)

    rows = json.loads((folder / "results/choose.json").read_text())
    found = {row["detector"]: row["checkpoint"] for row in rows if row["translation"] == "cut"}
    assert found == {"faster_rcnn": 200, "cascade_rcnn": 100}
