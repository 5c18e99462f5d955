"""What a results record becomes in MLflow. Pure: values in, values out.

A sheet is one run: its parameters, its metrics and curves, the logged models it made, the runs
nested in it, and pictures to log. Its digest says whether the index already holds it; pictures are
no part of it, because they come from build/ and the truth is in results/.

Metric names are flat, because MLflow's key for a model's metric has no data set in it:
``ap__sar_dev__faster_rcnn`` is the AP of faster_rcnn on the SAR patches of split dev. Only split
dev stands at a logged model; what was measured on split test is logged in ``detect_test`` and
``evaluate``, and nothing is ever ordered by it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crosslook import outputs, results
from crosslook.classifier.studying import Member, shown_as
from crosslook.tracking.flatten import Point, clean, flat
from crosslook.tracking.records import INSTANCES, Record
from crosslook.translators.naming import Checkpoint, checkpoint_name, checkpoint_order

SPLIT = "sar_dev"
ORDER = "checkpoint"
"""Metric of a logged model that breaks ties: the step, or 0 where there is no GAN."""

SCORES = ("ap", "ap50", "ap75", "ar")
ABOUT = ("detector", "translation", "checkpoint")
PLACE = dict.fromkeys(
    ("evaluate_differences", "evaluate_checkpoints", "evaluate_operating_points"), "evaluate"
)
"""Records that stand in the experiment of another stage."""


@dataclass(frozen=True)
class Model:
    """One logged model: a translation at one checkpoint."""

    name: str
    params: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """One run. ``key`` tells it from all others of its experiment."""

    key: str
    params: Mapping[str, str]
    points: Sequence[Point]
    models: Sequence[Model] = ()
    children: Sequence["Sheet"] = ()
    record: Any = field(default=None)  # the JSON itself, kept as an artifact
    files: Mapping[str, Path] = field(default_factory=dict)  # artifact path -> a file of that name

    @property
    def digest(self) -> str:
        values = {name: value for name, value in vars(self).items() if name != "files"}
        return results.digest(values | {"children": [child.digest for child in self.children]})

    @property
    def digest_of_files(self) -> str:
        """Of their names and bytes; equal pictures need not be logged again."""
        return results.digest({path: results.digest_file(at) for path, at in self.files.items()})


def metric(score: str, detector: str) -> str:
    """The name of a score of a detector on SAR patches of split dev."""
    return f"{score}__{SPLIT}__{clean(detector)}"


def sheets(
    records: Sequence[Record], stages: Sequence[str] = tuple(INSTANCES)
) -> dict[str, list[Sheet]]:
    """Experiment -> its runs, for all ``stages``; empty for one that has no record."""
    found: dict[str, list[Sheet]] = {PLACE.get(stage, stage): [] for stage in stages}
    for record in records:
        found[PLACE.get(record.stage, record.stage)] += MAKERS.get(record.stage, _plain)(record)
    return found


def _detectors(record: Record) -> Iterator[Sheet]:
    """One run per translation, one logged model per checkpoint, with every detector's scores."""
    entries, method = record.value["entries"], str(record.value["method"])
    steps = sorted({entry["checkpoint"] for entry in entries}, key=order)
    params, points = flat({key: one for key, one in record.value.items() if key != "entries"})
    models = []
    for at, step in enumerate(steps):
        name = checkpoint_name(step)
        path = outputs.build("train_translator", record.name, f"{name}.safetensors")
        about = {"checkpoint": "none" if step is None else str(step), "method": method}
        models.append(
            Model(
                f"{record.name}-{name}",
                {"translation": record.name, **about},
                {"dvc.path": path.as_posix()},
            )
        )
        points.append(Point(ORDER, order(step), int(order(step)), at))
    for entry in entries:
        step, detector = entry["checkpoint"], clean(entry["detector"])
        scores = {name: entry[name] for name in SCORES if entry[name] is not None}
        points += [
            Point(metric(name, detector), float(value), int(order(step)), steps.index(step))
            for name, value in scores.items()
        ]
        rest = {key: one for key, one in entry.items() if key not in (*SCORES, *ABOUT)}
        words, more = flat(rest, f"{detector}/{checkpoint_name(step)}")
        params |= words
        points += more
    yield Sheet(record.name, params, points, models, record=record.value)


def _qualities(record: Record) -> Iterator[Sheet]:
    """One run per translation, its scores as curves; a run nested in it per checkpoint.

    In the nested runs a score stands with its own name, so that MLflow can sort and filter
    checkpoints by it; of real against real and of the details numbers are metrics too.
    """
    rest = {key: one for key, one in record.value.items() if key != "checkpoints"}
    params, points = flat(rest)
    children = []
    for entry in record.value["checkpoints"]:
        name, step = checkpoint_name(entry["checkpoint"]), int(order(entry["checkpoint"]))
        scores = {clean(key): one for key, one in entry["scores"].items() if one is not None}
        if not isinstance(entry["checkpoint"], str):  # averages stand in their own runs
            points += [Point(key, float(value), step) for key, value in scores.items()]
        about = {"translation": record.name, "checkpoint": str(entry["checkpoint"] or "none")}
        words, more = flat(entry["details"], "details")
        own = [Point(key, float(value), step) for key, value in scores.items()]
        children.append(Sheet(f"{record.name}-{name}", about | words, [*own, *more]))
    yield Sheet(
        record.name, params, points, children=children, record=record.value, files=record.files
    )


def order(checkpoint: Checkpoint) -> float:
    """Checkpoints in time; an average half a step after its weights; what has none stands at 0."""
    step, average = checkpoint_order(checkpoint)
    return step + 0.5 * average


def _training(record: Record) -> Iterator[Sheet]:
    """One run with the losses and what the alarms go by as curves; averages are in the artifact."""
    rest = {key: one for key, one in record.value.items() if key != "alarms"}
    params, points = flat(rest)
    for row in record.value.get("alarms", []):
        if isinstance(row["checkpoint"], int):
            step, distance = row["checkpoint"], row["distance"] or []
            numbers = {f"distance/band_{i}": one for i, one in enumerate(distance, start=1)}
            numbers |= {name: row[name] for name in ("variation", "saturated")}
            numbers["flagged"] = len(row["flagged"])
            points += [
                Point(f"alarms/{name}", float(one), step)
                for name, one in numbers.items()
                if one is not None
            ]
    yield Sheet(record.name, params, points, record=record.value, files=record.files)


def _classifiers(record: Record) -> Iterator[Sheet]:
    """One run per configuration, number of samples and seed, with the logs of its trainings.

    The baselines of all sensors are one run. What is said of two sensors stands under both names.
    """
    for row in record.value["scores"]:
        about = {key: row[key] for key in ("configuration", "samples", "seed")}
        member = Member(**about)
        params, points = {key: str(value) for key, value in about.items()}, []
        scored = {name: part for name, part in row.items() if name not in about}
        for name, part in scored.items():
            pairs = {"-".join(pair["sensors"]): pair for pair in part["pairs"]}
            words, numbers = flat(part | {"pairs": pairs}, name)
            params |= words
            points += numbers
        for training in record.value["trainings"]:
            own = {key: training[key] for key in about}
            if own | {"configuration": shown_as(own["configuration"])} == about:
                rest = {key: value for key, value in training.items() if key not in about}
                words, numbers = flat(rest, clean(training["configuration"]))
                params |= words
                points += numbers
        yield Sheet(member.name, params, points, record=row)


def _tuning(record: Record) -> Iterator[Sheet]:
    """One run with the rules of every detector's ensembles; each trial is a run nested in it."""
    params: dict[str, str] = {}
    points: list[Point] = []
    trials: list[Sheet] = []
    studies = {
        (detector, ensemble): study
        for detector, records in record.value["detectors"].items()
        for ensemble, study in records.items()
    }
    for (detector, ensemble), study in studies.items():
        place = clean(f"{detector}/{ensemble}")
        rest = {key: value for key, value in study.items() if key != "trials"}
        more, scores = flat(rest, place)
        params |= more
        points += scores
        best = None
        for trial in study["trials"]:
            number = trial["number"]
            if trial["value"] is not None:
                best = trial["value"] if best is None else max(best, trial["value"])
                points.append(Point(f"{place}/trial", trial["value"], number))
                points.append(Point(f"{place}/best_so_far", best, number))
            settings, _ = flat({key: str(one) for key, one in trial["params"].items()})
            _, values = flat({key: one for key, one in trial.items() if key != "params"})
            key = f"{detector}-{ensemble}-trial_{number:04d}"
            about = {"detector": detector, "ensemble": ensemble}
            trials.append(Sheet(key, {**about, **settings}, values))
    yield Sheet(
        record.name, params, points, children=trials, record=record.value, files=record.files
    )


def _rows(record: Record) -> Iterator[Sheet]:
    """One run per row of the table, so that MLflow can sort and filter it."""
    for row in record.value:
        settings, scores = flat(row)
        words = (row["translation"], _name(row["checkpoint"]), row["detector"], row["protocol"])
        yield Sheet("-".join(str(word) for word in words if word), settings, scores)


def _differences(record: Record) -> Iterator[Sheet]:
    """One run per paired difference, named after what is compared."""
    for row in record.value:
        settings, scores = flat(row)
        words = (row["a"], "minus", row["b"], row["detector"], row["protocol"])
        yield Sheet("-".join(words), settings, scores)


def _checkpoints(record: Record) -> Iterator[Sheet]:
    """One run with AP over the steps of every translator as curves, and the pictures."""
    points = [
        Point(f"{row['split']}/{clean(row['detector'])}/{row['translation']}/{key}", row[key], step)
        for row in record.value
        for step in [int(order(row["checkpoint"]))]
        for key in ("ap", "ap_low", "ap_high")
        if not isinstance(row["checkpoint"], str)  # averages stand in the artifact
    ]
    yield Sheet(record.name, {}, points, record=record.value, files=record.files)


def _thresholds(record: Record) -> Iterator[Sheet]:
    """One run per detector and translation: its threshold on dev and what it does on test."""
    for row in record.value:
        settings, scores = flat({key: one for key, one in row.items() if key != "curve"})
        words = ("threshold", row["translation"], _name(row["checkpoint"]), row["detector"])
        yield Sheet("-".join(word for word in words if word), settings, scores, record=row)


def _associations(record: Record) -> Iterator[Sheet]:
    """One run with rho of every score with the AP of every detector, and the page."""
    points = [
        Point(clean(f"{key}/{row['detector']}/{row['form']}/{row['score']}"), float(row[key]))
        for row in record.value["associations"]
        for key in ("rho", "low", "high", "p_holm")
        if row["form"] != "alone" and row[key] is not None
    ]
    yield Sheet(record.name, {}, points, record=record.value, files=record.files)


def _choices(record: Record) -> Iterator[Sheet]:
    """The chosen checkpoint of every (detector, translation)."""
    pairs = {f"{row['detector']}/{row['translation']}": row for row in record.value}
    params = {pair: _name(row["checkpoint"]) or "none" for pair, row in pairs.items()}
    points = [Point(clean(f"ap/{pair}"), row["ap"]) for pair, row in pairs.items()]
    yield Sheet(record.name, params, points, record=record.value)


def _plain(record: Record) -> Iterator[Sheet]:
    """Any other record: numbers are metrics, tables with a step are curves, words are params."""
    params, points = flat(record.value)
    yield Sheet(record.name, params, points, record=record.value, files=record.files)


MAKERS: Mapping[str, Callable[[Record], Iterator[Sheet]]] = {
    "train_classifier": _classifiers,
    "train_translator": _training,
    "score_translator": _qualities,
    "train_detector": _detectors,
    "choose": _choices,
    "tune_fusion": _tuning,
    "evaluate": _rows,
    "evaluate_differences": _differences,
    "evaluate_checkpoints": _checkpoints,
    "evaluate_operating_points": _thresholds,
    "report": _associations,
}


def _name(step: Checkpoint) -> str:
    return checkpoint_name(step) if step is not None else ""
