"""Logging the whole model takes seconds, so the test that does it states several facts."""

import numpy as np
import pytest
from registered import said_by_its_own_code

from crosslook.delivery.predictor import read_predictor
from crosslook.errors import StaleError
from crosslook.tracking import registry
from crosslook.tracking.registered import ENSEMBLE
from crosslook.tracking.store import opened

PATCH = np.random.default_rng(0).integers(0, 256, (1, 3, 64, 64), dtype=np.uint8)

LOAD = """
import mlflow, numpy, sys
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model("models:/crosslook@champion")
patch = numpy.random.default_rng(0).integers(0, 256, (1, 3, 64, 64), dtype=numpy.uint8)
(row,) = model.predict(patch)
print(sorted(row), set(row["classes"]))
"""


def test_the_champion_answers_boxes_scores_and_classes_without_pickles(index, promoted, tmp_path):
    line = promoted()
    bundle = tmp_path / "bundles" / line["ensemble"]
    with opened(index) as store:
        number = registry.promote(store, ENSEMBLE, bundle, line, [(PATCH, None)])
        again = registry.register(store, ENSEMBLE, bundle, line)
        (row,) = registry.ask(store, ENSEMBLE, number, PATCH)
        assert registry.champion(store, ENSEMBLE) == line["ensemble"]
        version = store.client.get_model_version("crosslook", number)

    assert number == again == "1"
    assert version.tags == {"crosslook.ensemble": line["ensemble"], "git.commit": "abc"}
    predictor = read_predictor(bundle)
    assert [row] == predictor.as_rows(predictor.predict(PATCH))
    assert len(row["boxes"]) > 0
    assert [path.name for path in tmp_path.rglob("*.pkl")] == []
    assert not (tmp_path / "mlflow.db").exists()  # where MLflow works if nobody tells it


@pytest.mark.slow
def test_the_champion_brings_its_own_code(index, promoted, tmp_path, monkeypatch):
    line = promoted()
    with opened(index) as store:
        bundle = tmp_path / "bundles" / line["ensemble"]
        registry.promote(store, ENSEMBLE, bundle, line, [(PATCH, None)])
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    monkeypatch.delenv("PYTHONPATH", raising=False)

    said = said_by_its_own_code(LOAD, index, tmp_path)

    assert said == "['boxes', 'classes', 'scores'] {'port'}"


def test_promoted_ensembles_are_registered_again_where_their_bundle_is(
    index, promoted, tmp_path, monkeypatch
):
    gone, here = {"ensemble": "g" * 64, "dev": {}, "test": {}}, promoted()
    said, registered = [], []
    monkeypatch.setattr(
        registry, "register", lambda store, kind, bundle, line: registered.append(line) or "1"
    )
    monkeypatch.setattr(registry, "crown", lambda store, kind, number: registered.append(number))

    with opened(index) as store:
        registry.replay(store, ENSEMBLE, [gone, here], tmp_path / "bundles", said.append)

    assert registered == [here, "1"]
    assert said == [
        f"registry: ensemble gggggggggggg was promoted, but {tmp_path}/bundles/{'g' * 64} is not "
        "here, so it cannot be registered again."
    ]


def test_an_older_ensemble_is_not_made_champion_when_the_last_one_is_gone(
    index, promoted, tmp_path, monkeypatch
):
    gone, here = {"ensemble": "g" * 64}, promoted()
    monkeypatch.setattr(registry, "register", lambda *_: "1")
    monkeypatch.setattr(registry, "crown", lambda *_: pytest.fail("crowned"))

    with opened(index) as store:
        registry.replay(store, ENSEMBLE, [here, gone], tmp_path / "bundles", lambda _: None)


def test_a_model_that_does_not_answer_is_not_promoted(index, promoted, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "register", lambda *_: "1")
    monkeypatch.setattr(registry, "ask", lambda *_: [])

    with opened(index) as store:
        with pytest.raises(StaleError, match=r"version 1 of crosslook answered \[\]: not promoted"):
            registry.promote(store, ENSEMBLE, tmp_path, promoted(), [(PATCH, None)])
        assert registry.champion(store, ENSEMBLE) is None
