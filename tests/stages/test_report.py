import json

import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from crosslook.classifier.predictions import FILE
from crosslook.classifier.studying import Member, score_members
from crosslook.classifier.tensor_files import write_tensors
from crosslook.cli import main
from crosslook.errors import ParamsError
from crosslook.results import plain
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


def classified(folder):
    """Records of one land-cover model, and what it said of six places."""
    rows = torch.tensor([[0.9, 0.1], [0.2, 0.8]]).repeat(3, 1)
    tensors = {"test/shares": rows}
    for i, sensor in enumerate(("s1", "s2")):
        tensors[f"test/probabilities/{sensor}"] = rows.clone()
        tensors[f"test/embeddings/{sensor}"] = torch.cat([rows, rows**2 + i], dim=1)
    about = {"places": list("abcdef"), "scenes": list("xxyyzz"), "classes": ["forest", "water"]}
    models, one = folder / "build/train_classifier", Member("c", 0, 5)
    write_tensors(models / one.name / FILE, tensors, {"test": about})
    scores = plain(score_members([one], models, 20, 0))
    training = {"configuration": "c", "samples": 0, "seed": 5, "patches": 30}
    record = {"data": {}, "scores": scores, "trainings": [training]}
    write(folder / "results/train_classifier.json", record)


def test_land_cover_is_shown_with_the_json_behind_its_pictures(folder):
    classified(folder)

    page, record = run(folder)

    shown = json.loads((folder / "build/report/land_cover.json").read_text())
    assert "F1 on 6 test patches of 3 scenes, seed 5" in page
    assert shown["figure2"][0]["trained_on"] == 30
    assert len(shown["latent"][0]["points"]["s1"]) == 6
    assert record["pictures"] == 3  # with the scores against AP


def test_without_land_cover_models_the_page_has_no_such_part(folder):
    page, _ = run(folder)

    assert "land-cover" not in page
    assert json.loads((folder / "build/report/land_cover.json").read_text()) == {
        "figure2": [],
        "latent": [],
    }


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
