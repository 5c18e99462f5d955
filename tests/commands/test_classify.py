import csv
import json
from contextlib import contextmanager

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner

from crosslook.classifier.checkpoint import Card, load_classifier, save_classifier
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.settings import NetworkSettings
from crosslook.cli import main
from crosslook.delivery.land_cover_bundle import make_recipe, write_bundle
from crosslook.tracking import registry

CLASSES = ("forest", "water")
S1 = {
    "bands": ["VV", "VH"],
    "clip": [[-25.0, 0.0]] * 2,
    "mean": [-12.0, -18.0],
    "std": [4.0, 4.0],
    "scale": 1.0,
    "offset": 0.0,
}


@pytest.fixture
def here(tmp_path, monkeypatch, geotiff):
    """A model and a scene of 16 x 24 px."""
    monkeypatch.chdir(tmp_path)
    settings = NetworkSettings("tiny")
    card = Card("c_t_m", {"s1": S1}, CLASSES, settings, 8, 1, 1, 0)
    save_classifier(tmp_path / "model.safetensors", LandCoverNetwork({"s1": 2}, 2, settings), card)
    pixels = np.random.default_rng(0).normal(-12, 3, (2, 16, 24)).astype(np.float32)
    geotiff(tmp_path / "scene.tif", pixels)
    return tmp_path


def classify(*arguments, model=("--model", "model.safetensors")):
    words = ["classify", *map(str, arguments), *model, "--sensor", "s1"]
    result = CliRunner().invoke(main, words)
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def test_a_scene_becomes_shares_per_patch_and_a_map(here):
    result = classify("scene.tif", "--output", "shares.geojson", "--map", "map.tif")

    assert result.exit_code == 0, result.output
    features = json.loads((here / "shares.geojson").read_text())["features"]
    assert len(features) == 6
    assert sum(features[0]["properties"][name] for name in CLASSES) == pytest.approx(1, abs=1e-5)
    with rasterio.open(here / "map.tif") as file:
        assert file.shape == (2, 3)
        assert set(file.read(1).flatten().tolist()) <= {1, 2}
        assert file.tags()["CROSSLOOK_CONFIGURATION"] == "c_t_m"


def test_several_images_become_one_csv(here, geotiff):
    geotiff(here / "other.tif", np.full((2, 8, 8), -10.0, np.float32))

    result = classify("scene.tif", "other.tif", "--output", "shares.csv", "--stride", "4")

    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader((here / "shares.csv").open()))
    assert [row["image"] for row in rows].count("other") == 1
    assert len(rows) == 3 * 5 + 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scene.tif", "--output", "shares.txt"], "let --output end with .geojson or .csv"),
        (["scene.tif", "--output", "a.csv", "--map", "a.png"], "--map is of one image"),
        (["scene.tif", "scene.tif", "--output", "a.csv", "--map", "a.tif"], "--map is of one"),
        (["none.tif", "--output", "a.csv"], "none.tif is missing"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(here, arguments, message):
    result = classify(*arguments)

    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith("Error: ")
    assert message in result.output


def test_a_file_that_exists_is_replaced_by_force_alone(here):
    (here / "shares.csv").write_text("mine")

    refused = classify("scene.tif", "--output", "shares.csv")
    assert "exists already" in refused.output
    assert (here / "shares.csv").read_text() == "mine"
    assert classify("scene.tif", "--output", "shares.csv", "--force").exit_code == 0


def test_without_a_model_the_champion_of_the_registry_classifies(here, index, monkeypatch):
    model, asked = here / "model.safetensors", []
    write_bundle(here / "bundle", make_recipe(model, load_classifier(model)[1]), model)
    model.unlink()

    @contextmanager
    def fetched(store, kind, uri):
        asked.append(uri)
        yield here / "bundle"

    monkeypatch.setattr(registry, "fetched", fetched)

    done = classify("scene.tif", "--output", "a.csv", model=())
    classify("scene.tif", "--output", "b.csv", model=("--model", "models:/crosslook-landcover/2"))

    assert done.exit_code == 0, done.output
    assert asked == ["models:/crosslook-landcover@champion", "models:/crosslook-landcover/2"]
    assert (here / "a.csv").read_text() == (here / "b.csv").read_text()


def test_without_a_model_and_an_index_it_says_what_to_do(here, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    done = classify("scene.tif", "--output", "a.csv", model=())

    assert done.exit_code == 1
    assert done.output == (
        "Error: no index in mlruns, so there is no models:/crosslook-landcover@champion: give "
        "--model a model.safetensors, or run 'crosslook promote' in the folder of the project.\n"
    )
    assert not (here / "mlruns").exists()


def test_without_a_champion_it_says_what_to_do(here, index):
    done = classify("scene.tif", "--output", "a.csv", model=())

    assert done.exit_code == 1
    assert "models:/crosslook-landcover@champion is no land-cover model in the registry" in (
        done.output
    )
    assert done.output.count("\n") == 1
