"""Where the index lives, and how it is opened.

Without MLFLOW_TRACKING_URI it is a local SQLite file that can be made anew from results/ at any
time. So it is built in a temporary file and moved into place when it is whole; one process at a
time works on it, under a file lock; and it is not flushed to the disk at every write.
"""

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import sqlalchemy
from filelock import FileLock
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

DATABASE = "mlflow.db"
ARTIFACTS = "artifacts"
VARIABLE = "MLFLOW_TRACKING_URI"
POOL = "MLFLOW_SQLALCHEMYSTORE_POOLCLASS"


@dataclass(frozen=True)
class Store:
    """An opened index. ``artifacts`` is None on a server, which has a place of its own for them."""

    uri: str
    artifacts: Path | None

    @property
    def client(self) -> MlflowClient:
        return MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)


def exists(folder: Path) -> bool:
    """Whether there is an index to ask, here or where MLFLOW_TRACKING_URI points."""
    return bool(os.environ.get(VARIABLE)) or (folder / DATABASE).exists()


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """Open the index in ``folder``, or the one that MLFLOW_TRACKING_URI names.

    If the local database is missing, damaged, or was made in another folder, the block fills a new
    one, which takes its place only if the block ends well.
    """
    if uri := os.environ.get(VARIABLE):
        yield Store(uri, None)
        return
    folder = folder.resolve()  # MLflow keeps an engine per address, for the life of the process
    folder.mkdir(parents=True, exist_ok=True)
    database, artifacts = folder / DATABASE, folder / ARTIFACTS
    with FileLock(folder / ".lock"), _unflushed():
        with environment(POOL, "NullPool"):  # no connection may point to a replaced file
            usable = _usable(database, artifacts)
            if usable:
                yield Store(f"sqlite:///{database}", artifacts)
        if usable:
            return
        for leftover in folder.glob(".*.part.db*"):  # of a process that was killed
            leftover.unlink()
        filled = folder / f".{uuid.uuid4().hex[:8]}.part.db"
        whole = folder / f".{uuid.uuid4().hex[:8]}.part.db"
        try:
            yield Store(f"sqlite:///{filled}", artifacts)
            _copy(filled, whole)
            for leftover in _files(database):
                leftover.unlink(missing_ok=True)
            whole.rename(database)
        finally:
            for part in (*_files(filled), *_files(whole)):
                part.unlink(missing_ok=True)


@contextmanager
def fluent(store: Store) -> Iterator[None]:
    """Let MLflow's global functions work on ``store`` meanwhile."""
    with environment(VARIABLE, store.uri):
        mlflow.set_tracking_uri(store.uri)
        mlflow.set_registry_uri(store.uri)
        try:
            yield
        finally:
            mlflow.set_registry_uri(None)  # type: ignore[arg-type]
            mlflow.set_tracking_uri(None)  # type: ignore[arg-type]


@contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """Set a variable meanwhile."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before


def _usable(database: Path, artifacts: Path) -> bool:
    """True for a whole database of this version of MLflow whose artifacts are in ``artifacts``."""
    if not database.exists():
        return False
    try:
        # MLflow would try a file that is no database ten times, and fill an empty one in place.
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT version_num FROM alembic_version")
        client = MlflowClient(tracking_uri=f"sqlite:///{database}")
        places = {one.name: one.artifact_location for one in client.search_experiments()}
    except (sqlite3.Error, MlflowException):
        return False
    here = artifacts.as_uri() + "/"
    return all(place.startswith(here) for name, place in places.items() if name != "Default")


def _copy(source: Path, target: Path) -> None:
    """Copy a database into one whole file, in which readers do not wait for the writer."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = WAL")


def _files(database: Path) -> list[Path]:
    """A SQLite database and what SQLite may leave beside it."""
    return [database.with_name(database.name + end) for end in ("", "-wal", "-shm", "-journal")]


@contextmanager
def _unflushed() -> Iterator[None]:
    """Let SQLite leave flushing to the system meanwhile: an index that is lost is made again."""

    def relax(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "connect", relax)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.engine.Engine, "connect", relax)
