from dataclasses import replace

import pytest

from crosslook.tracking import sync as module
from crosslook.tracking.flatten import Point
from crosslook.tracking.sheets import Model, Sheet
from crosslook.tracking.store import opened
from crosslook.tracking.sync import Synced, sync


def sheet(ap, key="cut"):
    """A run with two models, a curve and a nested run."""
    models = [
        Model(f"{key}-{n}", {"translation": key, "checkpoint": str(n)}, {"dvc.path": "build/x"})
        for n in (1, 2)
    ]
    points = [
        Point("ap", ap, 1, 0),
        Point("ap", ap, 2, 1),
        *(Point("loss", 1.0, n) for n in (1, 2)),
    ]
    child = Sheet(f"{key}-trial", {"weight": "1"}, [Point("ap", 0.5)])
    return Sheet(key, {"method": key}, points, models, [child], record={"ap": ap})


def current(store):
    """Names of the current models."""
    (experiment,) = store.client.search_experiments(filter_string="name = 'train_detector'")
    found = store.client.search_logged_models(
        [experiment.experiment_id], "tags.`crosslook.current` = 'true'"
    )
    return sorted(model.name for model in found)


def runs(store, which="tags.`crosslook.key` = 'cut'"):
    (experiment,) = store.client.search_experiments(filter_string="name = 'train_detector'")
    return store.client.search_runs([experiment.experiment_id], which)


def make(index, *sheets):
    with opened(index) as store:
        return sync(store, {"train_detector": sheets})


def test_a_record_becomes_a_run_with_params_metrics_and_tags(index):
    make(index, sheet(0.3))

    with opened(index) as store:
        (run,) = runs(store)
        assert run.info.run_name == "cut"
        assert run.info.status == "FINISHED"
        assert run.data.params == {"method": "cut"}
        assert run.data.metrics == {"ap": 0.3, "loss": 1.0}
        assert run.data.tags["crosslook.current"] == run.data.tags["crosslook.complete"] == "true"
        assert run.data.tags["crosslook.record"] == sheet(0.3).digest


def test_models_carry_their_own_metrics_params_and_tags(index):
    make(index, sheet(0.3))

    with opened(index) as store:
        (run,) = runs(store)
        (one, _) = sorted(
            store.client.search_logged_models([run.info.experiment_id]), key=lambda m: m.name
        )
        assert one.name == "cut-1"
        assert str(one.status) == "READY"
        assert [(metric.key, metric.value) for metric in one.metrics] == [("ap", 0.3)]
        assert one.params == {"translation": "cut", "checkpoint": "1"}
        assert one.tags["dvc.path"] == "build/x"
        assert one.tags["crosslook.key"] == "cut-1"


def test_curves_are_step_metrics_with_a_fixed_time(index):
    make(index, sheet(0.3))

    with opened(index) as store:
        (run,) = runs(store)
        history = store.client.get_metric_history(run.info.run_id, "loss")
        assert [(one.step, one.timestamp) for one in history] == [(1, 0), (2, 0)]


def test_nested_runs_name_their_parent(index):
    make(index, sheet(0.3))

    with opened(index) as store:
        (run,) = runs(store)
        (child,) = runs(store, "tags.`crosslook.key` = 'cut-trial'")
        assert child.data.tags["mlflow.parentRunId"] == run.info.run_id
        assert child.data.params == {"weight": "1"}


def test_the_json_is_an_artifact_in_the_store(index):
    make(index, sheet(0.3))

    (file,) = index.glob("artifacts/train_detector/*/artifacts/cut.json")
    assert '"ap": 0.3' in file.read_text()


def test_a_second_sync_writes_nothing(index):
    assert make(index, sheet(0.3)) == Synced(written=1)
    assert make(index, sheet(0.3)) == Synced()


def test_a_changed_record_is_added_and_the_old_one_is_no_longer_current(index):
    make(index, sheet(0.3), sheet(0.3, "cyclegan"))

    assert make(index, sheet(0.4), sheet(0.3, "cyclegan")) == Synced(written=1, retired=1)
    with opened(index) as store:
        assert current(store) == ["cut-1", "cut-2", "cyclegan-1", "cyclegan-2"]
        assert sorted(run.data.tags["crosslook.current"] for run in runs(store)) == [
            "false",
            "true",
        ]


def test_a_record_that_comes_back_is_current_again(index):
    make(index, sheet(0.3))
    make(index, sheet(0.4))

    assert make(index, sheet(0.3)) == Synced(retired=1, revived=1)


def test_a_record_that_is_gone_is_no_longer_current(index):
    make(index, sheet(0.3))

    assert make(index) == Synced(retired=1)
    with opened(index) as store:
        assert current(store) == []


def test_experiments_that_are_not_named_stay_as_they_are(index):
    make(index, sheet(0.3))

    with opened(index) as store:
        sync(store, {"tile": []})
        assert current(store) == ["cut-1", "cut-2"]


def test_a_stage_without_results_gets_no_experiment(index):
    with opened(index) as store:
        sync(store, {"tile": []})
        assert store.client.get_experiment_by_name("tile") is None


CALLS = [
    "create_run",
    "create_logged_model",
    "log_batch",
    "log_dict",
    "finalize_logged_model",
    "set_terminated",
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_sync_killed_at_any_call_is_repaired_by_the_next(index, monkeypatch, call, nth):
    done = getattr(module.MlflowClient, call)
    count = []

    def killed(self, *args, **kwargs):
        count.append(call)
        if len(count) == nth:
            raise KeyboardInterrupt
        return done(self, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(module.MlflowClient, call, killed)
        with pytest.raises(KeyboardInterrupt):
            make(index, sheet(0.3), sheet(0.2, "cyclegan"))

    make(index, sheet(0.3), sheet(0.2, "cyclegan"))

    assert make(index, sheet(0.3), sheet(0.2, "cyclegan")) == Synced()
    with opened(index) as store:
        assert current(store) == ["cut-1", "cut-2", "cyclegan-1", "cyclegan-2"]
        (run,) = runs(store)
        assert run.data.metrics == {"ap": 0.3, "loss": 1.0}
        assert len(runs(store, "tags.`crosslook.key` = 'cut-trial'")) == 1
        found = store.client.search_logged_models([run.info.experiment_id])
        assert all(len(model.metrics) == 1 for model in found)


def test_a_model_that_somebody_deleted_comes_back(index):
    make(index, sheet(0.3))
    with opened(index) as store:
        (run,) = runs(store)
        model, _ = store.client.search_logged_models([run.info.experiment_id])
        store.client.delete_logged_model(model.model_id)

    assert make(index, sheet(0.3)) == Synced(written=1, removed=1)
    with opened(index) as store:
        assert current(store) == ["cut-1", "cut-2"]


def test_an_experiment_that_somebody_deleted_comes_back(index):
    make(index, sheet(0.3))
    with opened(index) as store:
        (run,) = runs(store)
        store.client.delete_experiment(run.info.experiment_id)

    make(index, sheet(0.3))

    with opened(index) as store:
        assert current(store) == ["cut-1", "cut-2"]
        assert len(runs(store)) == 1


def test_more_metrics_and_params_than_one_call_takes_are_all_logged(index):
    points = [Point("loss", float(step), step) for step in range(2100)]
    params = {f"param/{n}": str(n) for n in range(250)}
    make(index, Sheet("cut", params, points))

    with opened(index) as store:
        (run,) = runs(store)
        assert len(run.data.params) == 250
        assert len(store.client.get_metric_history(run.info.run_id, "loss")) == 2100


def pictured(tmp_path, content, ap=0.3):
    """A run with two pictures."""
    files = {name: tmp_path / "build" / name for name in ("curves.png", "grids/step_000001.png")}
    for path in files.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return replace(sheet(ap), files=files)


def logged(index):
    """The pictures of the one run, by their path below its artifacts."""
    (folder,) = index.glob("artifacts/train_detector/*/artifacts")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.png")}


def test_pictures_are_artifacts_of_their_run(index, tmp_path):
    make(index, pictured(tmp_path, b"1"))

    assert logged(index) == {"curves.png": b"1", "grids/step_000001.png": b"1"}
    with opened(index) as store:
        (run,) = runs(store)
        found = [one.path for one in store.client.list_artifacts(run.info.run_id)]
    assert found == ["curves.png", "cut.json", "grids"]


def test_equal_pictures_are_not_logged_again(index, tmp_path, monkeypatch):
    make(index, pictured(tmp_path, b"1"))
    monkeypatch.setattr(module.MlflowClient, "log_artifact", lambda *_: pytest.fail("logged"))

    assert make(index, pictured(tmp_path, b"1")) == Synced()


def test_new_pictures_take_the_place_of_the_old_ones_in_the_same_run(index, tmp_path):
    make(index, pictured(tmp_path, b"1"))

    assert make(index, pictured(tmp_path, b"2")) == Synced(pictured=1)
    assert logged(index) == {"curves.png": b"2", "grids/step_000001.png": b"2"}
    with opened(index) as store:
        assert len(runs(store)) == 1


def test_pictures_that_come_later_are_added_and_without_build_nothing_is_lost(index, tmp_path):
    make(index, sheet(0.3))

    assert make(index, pictured(tmp_path, b"1")) == Synced(pictured=1)
    assert make(index, sheet(0.3)) == Synced()
    assert len(logged(index)) == 2


@pytest.mark.parametrize("call", ["log_artifact", "set_tag"])
@pytest.mark.parametrize("there", [True, False])
def test_a_sync_killed_while_it_logs_pictures_is_repaired(
    index, tmp_path, monkeypatch, call, there
):
    if there:
        make(index, sheet(0.3))

    def killed(self, *args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module.MlflowClient, call, killed)
        with pytest.raises(KeyboardInterrupt):
            make(index, pictured(tmp_path, b"1"))

    make(index, pictured(tmp_path, b"1"))

    assert make(index, pictured(tmp_path, b"1")) == Synced()
    with opened(index) as store:
        (run,) = runs(store)
        (picture,) = store.client.list_artifacts(run.info.run_id, "grids")
        assert picture.path == "grids/step_000001.png"
