import json

import pytest
from click.testing import CliRunner
from PIL import Image

from crosslook.cli import main
from crosslook.errors import ParamsError
from crosslook.stages.report import command

PARAMS = {
    "seed": 5,
    "translations": ["none", "cut"],
    "scenery": ["snow"],
    "detectors": ["faster_rcnn"],
}


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def checkpoints(name, **values):
    real = {"x": {}, "checkerboard": 1.0, "contrast": None}
    domains = {"source": "a", "target": "b", "source_patches": "c", "real_patches": "d"}
    rows = [
        {"checkpoint": int(step[1:]), "scores": {"kid__x": value}, "details": {}, "lost": []}
        for step, value in values.items()
    ]
    about = {"translation": name, "domains": domains, "n": 8, "embedders": [], "left_out": []}
    return about | {"real": real, "checkpoints": rows}


@pytest.fixture
def folder(project):
    """A project with scores and detectors of one translation, and scores of one scenery."""
    folder = project(PARAMS)
    results = folder / "results"
    steps = {f"_{100 * i}": 0.1 * i for i in range(1, 6)}
    write(results / "score_translator/cut.json", checkpoints("cut", **steps))
    write(results / "score_translator/snow.json", checkpoints("snow", _100=0.5))
    write(results / "score_translator/gone.json", checkpoints("gone", _100=0.5))
    entries = [
        {"translation": "cut", "detector": "faster_rcnn", "checkpoint": 100 * i, "ap": ap}
        for i, ap in enumerate((0.5, 0.4, 0.3, 0.1, 0.2), start=1)
    ]
    write(results / "train_detector/cut.json", {"translation": "cut", "entries": entries})
    return folder


def run(folder):
    result = CliRunner().invoke(main, ["report"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    page = (folder / "build/report/report.html").read_text()
    return page, json.loads((folder / "results/report.json").read_text())


def test_the_record_has_rho_of_every_score_with_ap(folder):
    rows = run(folder)[1]["associations"]

    (alone,) = [row for row in rows if row["form"] == "alone"]
    assert (alone["score"], alone["translation"], alone["n"]) == ("kid__x", "cut", 5)
    assert alone["rho"] == pytest.approx(-0.9)
    assert alone["low"] <= alone["rho"] <= alone["high"]


def test_translations_and_scenery_of_params_are_shown_and_no_others(folder):
    page, _ = run(folder)

    assert 'id="quality-cut"' in page
    assert 'id="quality-snow"' in page
    assert "gone" not in page


def test_pictures_that_are_there_are_in_the_page(folder):
    place = folder / "build/score_translator/cut/pictures"
    place.mkdir(parents=True)
    Image.new("RGB", (30, 20)).save(place / "forest.png")

    _, record = run(folder)

    assert record["pictures"] == 2  # and the scores against AP
    assert record["left_out"] == []


def test_a_second_run_gives_the_same_bytes(folder):
    assert run(folder) == run(folder)


def test_no_results_give_a_page_that_says_so(project):
    page, record = run(project(PARAMS))

    assert "results/evaluate.json</code> is not there" in page
    assert record == {"associations": [], "pictures": 0, "left_out": []}


def test_without_params_the_key_is_named(project):
    project({"seed": 0})

    with pytest.raises(ParamsError, match="translations: expected a list of different names"):
        CliRunner().invoke(command, catch_exceptions=False)
