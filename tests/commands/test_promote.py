import json
import shutil
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from crosslook.cli import main
from crosslook.commands import _clean
from crosslook.errors import StaleError
from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.tracking import registry
from crosslook.tracking.registered import ENSEMBLE, LAND_COVER
from crosslook.tracking.store import opened

PROMOTE = registry.promote

PARAMS = {
    "translations": ["none", "cut"],
    "detectors": ["faster_rcnn"],
    "detect_test": {"detection": {"score_threshold": 0.0}},
}
SCORES = {"ap": 0.3, "ap_low": 0.2, "ap_high": 0.4, "ap50": 0.5, "ap75": 0.2, "ar": 0.4}


def study(ap):
    rules = {"iou_threshold": 0.5, "skip_threshold": 0.0, "confidence": "avg"}
    members = [
        {"translation": "cut", "checkpoint": 200},
        {"translation": "none", "checkpoint": None},
    ]
    return {
        "members": members,
        "weights": {"cut": 0.75, "none": 0.25},
        "ap": ap,
        "ar": 0.5,
        "equal": {**rules, "ap": 0.1, "ar": 0.5},
        "trials": [],
        **rules,
    }


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


@pytest.fixture
def ready(project, index, write_detector, sar_contract, monkeypatch):
    """A project whose pipeline has run; ``asked`` is what the registry was told to promote."""
    folder = project(PARAMS)
    for seed, name in enumerate(("cut/faster_rcnn/step_000200", "none/faster_rcnn/only")):
        write_detector(folder / "build/train_detector" / name / "weights.safetensors", seed)
    patch = Patch("p", "s", (0, 0, 64, 64), "EPSG:32632", (10, 0, 0, 0, -10, 0))
    pixels = np.full((3, 64, 64), 9, np.uint8)
    write_patch_set(folder / "build/tile/sar_dev", [(patch, pixels)], sar_contract)
    write(folder / "results/tune_fusion.json", {"detectors": {"faster_rcnn": {"all": study(0.4)}}})
    row = {"detector": "faster_rcnn", "protocol": "dev", "translation": "ensemble", **SCORES}
    row |= {"checkpoint": None}
    write(folder / "results/evaluate.json", [row])
    monkeypatch.setattr(_clean, "commit", lambda: "c0ffee")
    monkeypatch.setattr(_clean, "require_fresh_pipeline", lambda: None)
    asked = []
    monkeypatch.setattr(registry, "promote", lambda *words: asked.append(words) or "3")
    return SimpleNamespace(folder=folder, asked=asked)


def promote(*words, code=0):
    result = CliRunner().invoke(main, ["promote", *words])
    assert result.exit_code == code, result.output
    return result.output


def lines(folder, name="promotions"):
    path = folder / f"results/{name}.jsonl"
    return [json.loads(one) for one in path.read_text().splitlines()]


def test_a_line_says_what_was_promoted_and_how_good_it_is(ready):
    said = promote()

    (line,) = lines(ready.folder)
    assert line["dev"] == {"ap": 0.4, "ar": 0.5}
    assert line["test"] == {"dev": SCORES}
    assert line["commit"] == "c0ffee"
    assert line["rules"] == {"iou_threshold": 0.5, "skip_threshold": 0.0, "confidence": "avg"}
    assert [(one["name"], one["checkpoint"]) for one in line["members"]] == [
        ("cut", 200),
        ("none", None),
    ]
    assert said == (
        "promote: models:/crosslook@champion is version 3, the tuned ensemble of 2 faster_rcnn, "
        "AP 0.400 on dev. Now commit results/promotions.jsonl.\n"
        "promote: no land-cover model is promoted: results/train_classifier.json names none that "
        "was trained.\n"
    )


def test_the_bundle_stands_under_its_digest_and_goes_to_the_registry(ready):
    promote()

    (line,) = lines(ready.folder)
    ((_, kind, bundle, registered, ((patches, params),)),) = ready.asked
    assert (kind, params) == (ENSEMBLE, None)
    assert bundle.as_posix() == f"build/promote/{line['ensemble']}"
    assert (ready.folder / bundle / "members/cut.safetensors").exists()
    assert registered["ensemble"] == line["ensemble"]
    assert patches.shape == (1, 3, 64, 64)


def test_an_ensemble_that_is_not_better_on_dev_is_refused(ready):
    champion = {"ensemble": "a" * 64, "dev": {"ap": 0.5}}
    write(ready.folder / "results/promotions.jsonl", champion)

    said = promote(code=1)

    assert "only a better one is promoted. Use --force" in said
    assert said.count("\n") == 1
    assert ready.asked == []
    assert not (ready.folder / "build/promote").exists()


def test_force_promotes_it_all_the_same_and_keeps_the_older_lines(ready):
    path = ready.folder / "results/promotions.jsonl"
    path.write_text(json.dumps({"ensemble": "a" * 64, "dev": {"ap": 0.5}}) + "\n")
    before = path.read_text()

    promote("--force")

    assert path.read_text().startswith(before)
    assert len(lines(ready.folder)) == 2


def test_the_champion_is_not_promoted_twice(ready):
    promote()

    assert "is the champion already: nothing to promote" in promote("--force", code=1)


def test_a_registry_that_fails_leaves_no_line(ready, monkeypatch):
    def fail(*_):
        raise StaleError("it does not answer")

    monkeypatch.setattr(registry, "promote", fail)

    promote(code=1)

    assert not (ready.folder / "results/promotions.jsonl").exists()


def f1(s1, s2):
    every = {"weighted_interval": None, "macro": 0.25, "macro_interval": None}
    return {
        "sensors": {
            name: {"above_30": {"weighted": value, **every}}
            for name, value in (("s1", s1), ("s2", s2))
        },
        "pairs": [],
    }


@pytest.fixture
def classified(ready, write_classifier):
    """``ready``, where two land-cover models were trained as well; c_t_m is the better one."""
    records = []
    for seed, (name, dev) in enumerate((("c", f1(0.6, 0.5)), ("c_t_m", f1(0.5, 0.75)))):
        folder = ready.folder / f"build/train_classifier/{name}-all-seed0"
        write_classifier(folder / "model.safetensors", seed, name)
        about = {"configuration": name, "samples": 0, "seed": 0}
        records.append({**about, "dev": dev, "test": f1(0.25, 0.5)})
    baselines = {**about, "configuration": "baseline", "dev": f1(1, 1), "test": f1(1, 1)}
    records.append(baselines)
    write(ready.folder / "results/train_classifier.json", {"scores": records, "trainings": []})
    return ready


def test_the_best_land_cover_model_is_promoted_beside_the_ensemble(classified):
    said = promote()

    assert len(lines(classified.folder)) == 1
    (line,) = lines(classified.folder, "promotions_landcover")
    assert (line["member"], line["configuration"]) == ("c_t_m-all-seed0", "c_t_m")
    assert line["sensors"] == {"s1": ["VV", "VH"], "s2": ["B04", "B03", "B02"]}
    assert line["dev"]["weighted"] == 0.625
    assert line["dev"]["sensors"]["s2"]["weighted"] == 0.75
    assert line["test"]["weighted"] == 0.375
    assert (line["commit"], len(line["results"])) == ("c0ffee", 64)
    assert said.splitlines()[1] == (
        "promote: models:/crosslook-landcover@champion is version 3, c_t_m-all-seed0, weighted F1 "
        "0.625 on dev (mean of 2 sensors). Now commit results/promotions_landcover.jsonl."
    )


def test_the_land_cover_bundle_goes_to_the_registry_and_each_sensor_is_tried(classified):
    promote()

    (line,) = lines(classified.folder, "promotions_landcover")
    _, kind, bundle, registered, tries = classified.asked[1]
    assert kind == LAND_COVER
    assert bundle.as_posix() == f"build/promote/{line['land_cover']}"
    trained = classified.folder / "build/train_classifier/c_t_m-all-seed0/model.safetensors"
    assert (bundle / "model.safetensors").read_bytes() == trained.read_bytes()
    assert registered["land_cover"] == line["land_cover"]
    assert [(patches.shape, params) for patches, params in tries] == [
        ((1, 2, 8, 8), {"sensor": "s1"}),
        ((1, 3, 8, 8), {"sensor": "s2"}),
    ]


def test_an_ensemble_that_is_not_better_does_not_keep_the_land_cover_model_back(classified):
    write(classified.folder / "results/promotions.jsonl", {"ensemble": "a", "dev": {"ap": 0.5}})

    said = promote()

    assert "promote: models:/crosslook-landcover@champion is version 3" in said
    assert "only a better one is promoted" in said
    assert len(lines(classified.folder)) == 1


def test_without_an_ensemble_the_land_cover_model_is_promoted(classified):
    write(classified.folder / "results/tune_fusion.json", {"detectors": {}})

    assert "holds no ensemble" in promote()
    assert len(lines(classified.folder, "promotions_landcover")) == 1


def test_where_nothing_is_promoted_it_is_an_error_of_one_line(classified):
    promote()

    said = promote(code=1)

    assert said.count("is the champion already: nothing to promote.") == 2
    assert said.count("\n") == 1
    assert said.startswith("Error: ensemble ")


def test_a_land_cover_model_replaces_a_better_one_by_force_alone(classified):
    path = classified.folder / "results/promotions_landcover.jsonl"
    write(path, {"land_cover": "a" * 64, "dev": {"weighted": 0.7}})
    path.write_text(path.read_text() + "\n")

    assert "has weighted F1 0.6250 on dev, the champion aaaaaaaaaaaa has 0.7000" in promote()
    assert len(lines(classified.folder, "promotions_landcover")) == 1
    assert "c_t_m-all-seed0" in promote("--force")
    assert len(lines(classified.folder, "promotions_landcover")) == 2


def test_a_missing_model_file_is_an_error(classified):
    (classified.folder / "build/train_classifier/c_t_m-all-seed0/model.safetensors").unlink()

    assert "model.safetensors is missing: run 'crosslook train_classifier'" in promote(code=1)


@pytest.mark.slow
def test_the_champions_come_back_after_mlruns_was_deleted(classified, monkeypatch, geotiff):
    folder = classified.folder
    monkeypatch.setattr(registry, "promote", PROMOTE)
    promote()
    shutil.rmtree(folder / "mlruns")

    tracked = CliRunner().invoke(main, ["track"])

    assert tracked.exit_code == 0, tracked.output
    with opened(folder / "mlruns") as store:
        assert registry.champion(store, ENSEMBLE) == lines(folder)[0]["ensemble"]
        (line,) = lines(folder, "promotions_landcover")
        assert registry.champion(store, LAND_COVER) == line["land_cover"]
        (answer,) = registry.ask(store, ENSEMBLE, "1", np.full((1, 3, 64, 64), 9, np.uint8))
    assert set(answer) == {"boxes", "scores", "classes"}

    geotiff(folder / "scene.tif", np.full((2, 8, 16), -12, np.float32))
    words = ["classify", "scene.tif", "--sensor", "s1", "--output", "shares.csv"]
    classified_by = CliRunner().invoke(main, words)
    assert classified_by.output.endswith("shares.csv: 2 patches by c_t_m\n")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository with one commit."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("seed: 0\n")
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first"],
    ):
        subprocess.run(["git", *words], check=True)
    return tmp_path


def test_a_clean_tree_has_its_commit(repository):
    assert len(_clean.commit()) == 40


def test_a_changed_or_new_file_is_refused(repository):
    (repository / "params.yaml").write_text("seed: 1\n")
    (repository / "more.txt").write_text("")

    with pytest.raises(StaleError) as error:
        _clean.commit()

    assert str(error.value) == (
        "git: params.yaml, more.txt not committed: commit or remove it, so that what is "
        "promoted can be made again from a commit."
    )


def test_a_folder_that_is_no_repository_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    with pytest.raises(StaleError, match=r"'git status' failed \(fatal: not a git repository"):
        _clean.commit()


def status(monkeypatch, code=0, out="", err=""):
    done = subprocess.CompletedProcess([], code, out, err)
    monkeypatch.setattr(_clean.subprocess, "run", lambda *_, **__: done)


def test_an_up_to_date_pipeline_passes(monkeypatch):
    status(monkeypatch, out="{}\n")

    _clean.require_fresh_pipeline()


def test_stale_stages_are_named(monkeypatch):
    status(monkeypatch, out=json.dumps({"tile": [], "train_translator@cut": []}))

    with pytest.raises(StaleError, match="stale: tile, train_translator@cut: run 'make repro'"):
        _clean.require_fresh_pipeline()


def test_a_failing_dvc_is_named_in_one_line(monkeypatch):
    status(monkeypatch, code=255, err="WARNING: x\nERROR: you are not inside of a DVC repository\n")

    with pytest.raises(StaleError, match=r"'dvc status' failed \(ERROR: you are not inside"):
        _clean.require_fresh_pipeline()


@pytest.mark.slow
def test_dvc_itself_is_understood(repository):
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], check=True)
    (repository / "dvc.yaml").write_text("stages: {tile: {cmd: touch out, outs: [out]}}\n")

    with pytest.raises(StaleError, match="stale: tile: run"):
        _clean.require_fresh_pipeline()
    subprocess.run([sys.executable, "-m", "dvc", "repro", "-q"], check=True)
    _clean.require_fresh_pipeline()
