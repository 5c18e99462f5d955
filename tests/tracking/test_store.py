import multiprocessing
import os
import shutil
import sqlite3

import pytest

from crosslook.tracking.flatten import Point
from crosslook.tracking.sheets import Sheet
from crosslook.tracking.store import DATABASE, environment, opened
from crosslook.tracking.sync import sync


def names(folder):
    with opened(folder) as store:
        return {one.name for one in store.client.search_experiments()}


def test_a_whole_database_is_opened_and_kept(index):
    with opened(index) as store:
        store.client.create_experiment("cut", (index / "artifacts/cut").resolve().as_uri())

    assert names(index) == {"Default", "cut"}


def test_a_block_that_fails_leaves_no_database(tmp_path, empty_index, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    with pytest.raises(KeyError), opened(tmp_path) as store:
        shutil.copy(empty_index, store.uri.removeprefix("sqlite:///"))
        raise KeyError

    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("content", [b"", b"no database" * 100])
def test_a_damaged_database_is_made_anew(index, empty_index, content):
    (index / DATABASE).write_bytes(content)

    with opened(index) as store:
        assert DATABASE not in store.uri
        shutil.copy(empty_index, store.uri.removeprefix("sqlite:///"))

    assert names(index) == {"Default"}


def test_an_index_made_in_another_folder_is_made_anew(index, empty_index, tmp_path):
    with opened(index) as store:
        store.client.create_experiment("cut", "file:///elsewhere/cut")

    with opened(index) as store:
        assert DATABASE not in store.uri
        shutil.copy(empty_index, store.uri.removeprefix("sqlite:///"))

    assert names(index) == {"Default"}


def test_readers_do_not_wait_for_the_writer(index):
    with sqlite3.connect(index / DATABASE) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_server_named_by_the_variable_is_used_as_it_is(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")

    with opened(tmp_path / "mlruns") as store:
        assert (store.uri, store.artifacts) == ("http://127.0.0.1:1", None)

    assert not (tmp_path / "mlruns").exists()


def test_a_variable_is_put_back():
    with environment("CROSSLOOK_TEST", "a"), environment("CROSSLOOK_TEST", "b"):
        assert os.environ["CROSSLOOK_TEST"] == "b"

    assert "CROSSLOOK_TEST" not in os.environ


def _sync(folder):
    with opened(folder) as store:
        sync(store, {"tile": [Sheet("tile", {}, [Point("kept", 1.0)])]})


@pytest.mark.slow
def test_four_processes_that_find_no_database_make_one(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(_sync, [tmp_path] * 4)

    assert names(tmp_path) == {"Default", "tile"}
    with opened(tmp_path) as store:
        (experiment,) = store.client.search_experiments(filter_string="name = 'tile'")
        assert len(store.client.search_runs([experiment.experiment_id])) == 1
