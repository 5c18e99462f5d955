"""Logging the whole model takes seconds, so the test that does it states several facts."""

import importlib
import subprocess
import sys

import numpy as np
import pytest
import yaml
from registered import said_by_its_own_code

from crosslook.delivery.land_cover_predictor import read_predictor
from crosslook.errors import StaleError
from crosslook.tracking import registry
from crosslook.tracking.registered import LAND_COVER
from crosslook.tracking.store import opened

S1 = np.random.default_rng(0).normal(-14, 3, (2, 2, 8, 8)).astype(np.float32)
S2 = np.random.default_rng(1).normal(0.12, 0.03, (2, 3, 8, 8)).astype(np.float32)
TRIES = [(S1, {"sensor": "s1"}), (S2, {"sensor": "s2"})]
CHAMPION = "models:/crosslook-landcover@champion"

LOAD = """
import mlflow, numpy, sys
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/crosslook-landcover@champion")
s1 = numpy.full((1, 2, 8, 8), -14, numpy.float32)
s2 = numpy.full((1, 3, 8, 8), 0.12, numpy.float32)
(first,), (second,) = model.predict(s1, params={"sensor": "s1"}), model.predict(s2)
print(sorted(first), sorted(second["shares"]), model.metadata.metadata["size_px"])
"""


def test_the_champion_takes_either_sensor_without_pickles(index, land_cover, tmp_path):
    bundle = tmp_path / "bundles" / land_cover["land_cover"]
    with opened(index) as store:
        number = registry.promote(store, LAND_COVER, bundle, land_cover, TRIES)
        again = registry.register(store, LAND_COVER, bundle, land_cover)
        told = registry.ask(store, LAND_COVER, number, S1, {"sensor": "s1"})
        guessed = registry.ask(store, LAND_COVER, number, S2)
        assert registry.champion(store, LAND_COVER) == land_cover["land_cover"]
        version = store.client.get_model_version("crosslook-landcover", number)
        run = store.client.get_run(version.run_id)
        with registry.fetched(store, LAND_COVER, CHAMPION) as fetched:
            assert [path.name for path in sorted(fetched.iterdir())] == [
                "land_cover.json",
                "model.safetensors",
            ]
            predictor = read_predictor(fetched)
        with pytest.raises(Exception, match="does not match expected shape"):
            registry.ask(store, LAND_COVER, number, S1[:, :, :4])
        with pytest.raises(Exception, match="of s2 the model takes 3, in this order"):
            registry.ask(store, LAND_COVER, number, S1, {"sensor": "s2"})

    assert number == again == "1"
    assert version.tags == {"crosslook.land_cover": land_cover["land_cover"], "git.commit": "abc"}
    assert run.data.metrics["dev/sensors/s1/weighted"] == 0.5
    assert told == predictor.predict(S1, "s1")
    assert guessed == predictor.predict(S2, "s2")
    assert [path.name for path in tmp_path.rglob("*.pkl")] == []
    (about,) = index.rglob("MLmodel")
    assert yaml.safe_load(about.read_text())["metadata"]["sensors"]["s2"]["bands"] == [
        "B04",
        "B03",
        "B02",
    ]


@pytest.mark.slow
def test_the_champion_brings_its_own_code(index, land_cover, tmp_path, monkeypatch):
    bundle = tmp_path / "bundles" / land_cover["land_cover"]
    with opened(index) as store:
        registry.promote(store, LAND_COVER, bundle, land_cover, TRIES)
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    monkeypatch.delenv("PYTHONPATH", raising=False)

    said = said_by_its_own_code(LOAD, index, tmp_path)

    assert said == "['class', 'shares', 'valid'] ['forest', 'water'] 8"


@pytest.mark.parametrize("uri", [CHAMPION, "models:/crosslook-landcover/7", "models:/other/1"])
def test_what_is_not_registered_is_said_in_one_line(index, uri):
    with (
        opened(index) as store,
        pytest.raises(StaleError, match=f"{uri} is no land-cover model in the registry"),
        registry.fetched(store, LAND_COVER, uri),
    ):
        pass


@pytest.mark.slow
def test_the_code_of_the_model_imports_what_it_requires_and_no_more():
    packages = {"click", "numba", "rasterio", "scipy", "shapely", "sklearn", "yaml"}
    code = (
        "import sys, crosslook.delivery.land_cover_predictor;"
        f"print(sorted({packages | set(LAND_COVER.requirements)} & sys.modules.keys()))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(sorted({*LAND_COVER.requirements} - {"mlflow"}))
    for name in LAND_COVER.requirements:
        importlib.import_module(name)
