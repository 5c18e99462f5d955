import json
import shutil

import pytest
from click.testing import CliRunner

from crosslook.cli import main
from crosslook.tracking.store import opened

PARAMS = {"translations": ["none", "cut"], "detectors": ["faster_rcnn"]}


def write(folder, name, value):
    path = folder / "results" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def run(*words, code=0):
    result = CliRunner().invoke(main, ["track", *words])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def tracked(project, index):
    """A project with a few results."""
    folder = project(PARAMS)
    write(folder, "tile.json", {"kept": 3})
    losses = [{"step": 10, "total": 2.0}, {"step": 20, "total": 1.0}]
    write(folder, "train_translator/cut.json", {"method": "cut", "losses": losses})
    write(folder, "train_translator/gone.json", {"method": "gone"})
    return folder


def test_every_stage_with_results_is_an_experiment(tracked):
    run()

    with opened(tracked / "mlruns") as store:
        found = {one.name for one in store.client.search_experiments()}
    assert found == {"Default", "tile", "train_translator"}


def test_it_says_what_it_did(tracked):
    assert run().startswith("track: 2 records: 2 runs written, ")
    assert run().startswith("track: 2 records: 0 runs written, ")
    assert run("--quiet") == ""


def test_the_receipt_depends_on_the_results_alone(tracked):
    run()
    before = (tracked / "mlruns/.synced").read_text()
    run()
    assert (tracked / "mlruns/.synced").read_text() == before

    write(tracked, "tile.json", {"kept": 4})
    run()
    assert (tracked / "mlruns/.synced").read_text() != before


def test_nothing_is_written_but_mlruns(tracked):
    run()

    assert sorted(path.name for path in tracked.iterdir()) == ["mlruns", "params.yaml", "results"]


def test_a_damaged_record_is_named_in_one_line(tracked):
    (tracked / "results/tile.json").write_text("{")

    said = run(code=1)

    assert said.startswith("Error: results/tile.json is damaged")
    assert not (tracked / "mlruns/.synced").exists()


def test_a_promoted_ensemble_whose_bundle_is_gone_is_named(tracked):
    line = {"ensemble": "a" * 64, "dev": {}, "test": {}, "commit": "b"}
    (tracked / "results/promotions.jsonl").write_text(json.dumps(line) + "\n")

    assert "ensemble aaaaaaaaaaaa was promoted, but build/promote/aaaa" in run()


def test_a_promoted_land_cover_model_whose_bundle_is_gone_is_named(tracked):
    line = {"land_cover": "a" * 64, "dev": {}, "test": {}, "commit": "b"}
    (tracked / "results/promotions_landcover.jsonl").write_text(json.dumps(line) + "\n")

    assert "land-cover model aaaaaaaaaaaa was promoted, but build/promote/aaaa" in run()


def test_mlruns_may_be_deleted(tracked):
    run()
    before = (tracked / "mlruns/.synced").read_text()
    shutil.rmtree(tracked / "mlruns")

    assert run().startswith("track: 2 records: 2 runs written, ")
    assert (tracked / "mlruns/.synced").read_text() == before
    with opened(tracked / "mlruns") as store:
        (one,) = store.client.search_experiments(filter_string="name = 'train_translator'")
        (found,) = store.client.search_runs([one.experiment_id])
    assert found.data.metrics == {"losses/total": 1.0}


def test_pictures_of_a_translator_are_logged_where_build_is_there(tracked):
    run()
    before = (tracked / "mlruns/.synced").read_text()
    for name in ("curves.png", "grids/step_000020.png"):
        path = tracked / "build/train_translator/cut" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"png")

    assert run().endswith("1 with new pictures.\n")
    assert run().endswith("0 with new pictures.\n")

    found = (tracked / "mlruns/artifacts/train_translator").rglob("*.png")
    assert sorted(path.name for path in found) == ["curves.png", "step_000020.png"]
    assert (tracked / "mlruns/.synced").read_text() == before
