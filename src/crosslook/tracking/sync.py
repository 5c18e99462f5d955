"""Make the index say what results/ says.

Every sheet is found again by its digest (tag ``crosslook.record``). What is new is written, what
is there is left alone, what results/ no longer says gets ``crosslook.current`` = false. The tag
``crosslook.complete`` is written last: what lacks it was being written when its process was
killed, and is removed and written again.

Pictures are artifacts of their run. The tag ``crosslook.files`` holds the digest of those that were
logged: other ones are logged over them, whenever a sync finds them; where build/ is missing, what
was logged stays.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import LoggedModel, Metric, Param, Run, RunTag
from mlflow.store.entities.paged_list import PagedList

from crosslook.tracking.flatten import Point
from crosslook.tracking.sheets import Sheet
from crosslook.tracking.store import Store

RECORD = "crosslook.record"
KEY = "crosslook.key"
CURRENT = "crosslook.current"
FILES = "crosslook.files"
COMPLETE = "crosslook.complete"
MOST_METRICS, MOST_PARAMS = 1000, 100  # of one call, set by MLflow; together at most 1000


@dataclass(frozen=True)
class Synced:
    """What a sync did, in runs."""

    written: int = 0  # new ones
    removed: int = 0  # incomplete ones of a killed sync
    retired: int = 0  # results/ no longer says this
    revived: int = 0  # results/ says this again
    pictured: int = 0  # of those there before, whose pictures were new

    @property
    def words(self) -> str:
        """What was done, for people."""
        return (
            f"{self.written} runs written, {self.retired} no longer current, "
            f"{self.revived} current again, {self.removed} incomplete ones removed, "
            f"{self.pictured} with new pictures."
        )

    def __add__(self, other: "Synced") -> "Synced":
        return Synced(
            self.written + other.written,
            self.removed + other.removed,
            self.retired + other.retired,
            self.revived + other.revived,
            self.pictured + other.pictured,
        )


def sync(store: Store, experiments: Mapping[str, Sequence[Sheet]]) -> Synced:
    """Write what is missing; experiments that are not named are left as they are.

    Args:
        store: the opened index.
        experiments: experiment -> its runs, as ``sheets.sheets`` gives them; one without runs is
            not created, but what stands in it is no longer current.
    """
    done = Synced()
    for name, sheets in experiments.items():
        if sheets or store.client.get_experiment_by_name(name):
            done += _Experiment(store, name).sync(sheets)
    return done


def experiment_id(store: Store, name: str) -> str:
    """The id of an experiment, which is created, or brought back if a user deleted it."""
    client = store.client
    found = client.get_experiment_by_name(name)
    if found is None:
        place = (store.artifacts / name).as_uri() if store.artifacts else None
        return str(client.create_experiment(name, artifact_location=place))
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def all_pages(search: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """Everything that a paged search of MLflow finds."""
    found: list[Any] = []
    token = None
    while True:
        page: PagedList[Any] = search(*args, page_token=token, **kwargs)
        found += page
        token = page.token
        if not token:
            return found


class _Experiment:
    """One experiment while it is synced."""

    def __init__(self, store: Store, name: str) -> None:
        self.client: MlflowClient = store.client
        self.id = experiment_id(store, name)
        self.runs: dict[str, list[Run]] = defaultdict(list)  # by digest
        for run in all_pages(
            self.client.search_runs, [self.id], f"tags.`{RECORD}` LIKE '%'", max_results=1000
        ):
            self.runs[run.data.tags[RECORD]].append(run)
        self.models: dict[str, list[LoggedModel]] = defaultdict(list)  # by digest
        for model in all_pages(self.client.search_logged_models, [self.id], max_results=100):
            self.models[model.tags.get(RECORD, "")].append(model)

    def sync(self, sheets: Sequence[Sheet]) -> Synced:
        wanted = {sheet.digest: sheet for sheet in sheets}
        removed = self._remove_incomplete(wanted)
        retired = sum(self._mark(one, "false") for one in self.runs if one not in wanted)
        new = [one for one in wanted if one not in self.runs]
        revived = sum(self._mark(one, "true") for one in wanted if one in self.runs)
        pictured = sum(self._update_files(one, wanted[one]) for one in wanted if one in self.runs)
        for one in new:
            self._write(one, wanted[one])
        return Synced(len(new), removed, retired, revived, pictured)

    def _remove_incomplete(self, wanted: Mapping[str, Sheet]) -> int:
        """Delete what a killed sync left, and what somebody deleted a part of."""
        removed = 0
        for one in [*self.runs]:
            whole = [run for run in self.runs[one] if COMPLETE in run.data.tags]
            short = one in wanted and len(self.models[one]) != len(wanted[one].models)
            if len(whole) == len(self.runs[one]) == 1 and not short:
                continue
            for run in self.runs.pop(one):
                for child in self._children(run):
                    self.client.delete_run(child.info.run_id)
                self.client.delete_run(run.info.run_id)
                removed += 1
        for one in [*self.models]:
            if one and one not in self.runs:
                for model in self.models.pop(one):
                    self.client.delete_logged_model(model.model_id)
        return removed

    def _children(self, run: Run) -> list[Run]:
        which = f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
        return all_pages(self.client.search_runs, [self.id], which, max_results=1000)

    def _mark(self, one: str, current: str) -> bool:
        """Say whether results/ holds this; True if it had been said otherwise."""
        for model in self.models[one]:
            if model.tags.get(CURRENT) != current:
                self.client.set_logged_model_tags(model.model_id, {CURRENT: current})
        (run,) = self.runs[one]
        if run.data.tags.get(CURRENT) == current:
            return False
        self.client.set_tag(run.info.run_id, CURRENT, current)
        return True

    def _update_files(self, one: str, sheet: Sheet) -> bool:
        """Log the pictures of a run that is there; False if they are those that it has."""
        (run,) = self.runs[one]
        if not sheet.files or run.data.tags.get(FILES) == sheet.digest_of_files:
            return False
        self._log_files(run.info.run_id, sheet)
        return True

    def _log_files(self, run_id: str, sheet: Sheet) -> None:
        """Log all pictures; the tag that says so comes last."""
        if sheet.files:
            digest = sheet.digest_of_files
            for path, file in sheet.files.items():
                folder = path.rpartition("/")[0]
                self.client.log_artifact(run_id, str(file), folder or None)
            self.client.set_tag(run_id, FILES, digest)

    def _write(self, one: str, sheet: Sheet) -> None:
        """Write one run with its models and nested runs; the tag that it is complete comes last."""
        now = _now()
        tags = {RECORD: one, KEY: sheet.key}
        run_id = self.client.create_run(self.id, now, tags, sheet.key).info.run_id
        models = [
            self.client.create_logged_model(
                self.id,
                model.name,
                run_id,
                {**tags, **model.tags, KEY: model.name, CURRENT: "true"},
                dict(model.params),
                "translator",
            ).model_id
            for model in sheet.models
        ]
        self._log(run_id, sheet, models)
        for nested, child in enumerate(sheet.children):
            self._write_child(run_id, child, now + nested)
        if sheet.record is not None:
            self.client.log_dict(run_id, sheet.record, f"{sheet.key}.json")
        self._log_files(run_id, sheet)
        for model_id in models:
            self.client.finalize_logged_model(model_id, "READY")
        self.client.set_terminated(run_id, end_time=_now())
        self.client.log_batch(run_id, tags=[RunTag(CURRENT, "true"), RunTag(COMPLETE, "true")])

    def _write_child(self, parent: str, sheet: Sheet, started: int) -> None:
        tags = {"mlflow.parentRunId": parent, KEY: sheet.key}
        run_id = self.client.create_run(self.id, started, tags, sheet.key).info.run_id
        self._log(run_id, sheet, [])
        self.client.set_terminated(run_id, end_time=started)

    def _log(self, run_id: str, sheet: Sheet, models: Sequence[str]) -> None:
        """Parameters and metrics, in few calls. All metrics have time 0: only steps order them."""
        params = [Param(key, value) for key, value in sheet.params.items()]
        metrics = [_metric(point, run_id, models) for point in sheet.points]
        while params or metrics:
            some = metrics[: MOST_METRICS - MOST_PARAMS]
            self.client.log_batch(run_id, some, params[:MOST_PARAMS])
            params, metrics = params[MOST_PARAMS:], metrics[len(some) :]


def _metric(point: Point, run_id: str, models: Sequence[str]) -> Metric:
    if point.model is None:
        return Metric(point.key, point.value, 0, point.step)
    model_id = models[point.model]
    return Metric(point.key, point.value, 0, point.step, model_id=model_id, run_id=run_id)


def _now() -> int:
    return time.time_ns() // 1_000_000
