"""Train on promising checkpoints first, and stop when the rest cannot win.

A score of images ranks the checkpoints of a translation, the best first. The list is cut to its
best half again and again; the sets lie inside each other. Detectors are trained on the smallest
set, then on what the next larger one adds, and so on. After each addition:

    if every checkpoint just added gives an AP on dev that lies below the best one from before by
    more than the 95 % interval of their difference, those that the score ranks still lower are
    not trained on.

What it rests on: down the ranking, AP does not rise again. See docs/decisions/0011.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from crosslook.detectors.prune_settings import Prune
from crosslook.detectors.settings import TrainingSettings
from crosslook.errors import InputError
from crosslook.scores import bootstrap
from crosslook.scores.matching import Floats, match, prepare
from crosslook.scores.quality import kind_of

Checkpoint = int | str | None
Pair = tuple[str, Checkpoint]  # a detector and the checkpoint whose fakes teach it


@dataclass(frozen=True)
class Plan:
    """In which order and in which sets the checkpoints of a translation are tried."""

    order: tuple[Checkpoint, ...]
    values: tuple[float | None, ...]  # of the score
    sets: tuple[int, ...]  # how many of the order each holds; the last one holds all


@dataclass(frozen=True)
class Judgement:
    """What one addition showed."""

    trained: int  # checkpoints so far
    best: Checkpoint  # from before the addition
    nearest: Checkpoint  # the added one that comes closest to it
    difference: float  # AP of the nearest minus AP of the best
    high: float  # upper end of its 95 % interval; below 0: the rest is not trained on


@dataclass(frozen=True)
class Course:
    """What became of one detector."""

    trained: tuple[Checkpoint, ...]  # in the order of the score
    pruned: tuple[Checkpoint, ...]
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True)
class Measured:
    """AP of one detector on dev, and (R,) replicates from draws that all share."""

    ap: float
    replicates: Floats


def plan(
    checkpoints: Sequence[Checkpoint], settings: Prune, scored: Callable[[], Mapping[str, Any]]
) -> Plan:
    """Rank the checkpoints of a translation; without a score they form one set.

    Args:
        checkpoints: in the order of training.
        settings: the score and the sizes of the sets.
        scored: gives results/score_translator/T.json; not called where nothing can be pruned.

    Raises:
        InputError: if the record has no such score.
    """
    if not settings.on or len(checkpoints) <= settings.least:
        return Plan(tuple(checkpoints), (None,) * len(checkpoints), (len(checkpoints),))
    values = _values(scored(), settings.score)
    order = ranked({one: values.get(one) for one in checkpoints}, settings.score)
    found = tuple(values.get(one) for one in order)
    return Plan(tuple(order), found, sets(len(order), settings))


def ranked(values: Mapping[Checkpoint, float | None], score: str) -> list[Checkpoint]:
    """Checkpoints, the best value first, equal ones in their order.

    Those without a value come before all others: nothing is pruned for want of a number.
    """
    sign = 1 if kind_of(score).better == "lower" else -1
    return sorted(
        values, key=lambda one: -math.inf if (v := values[one]) is None else sign * float(v)
    )


def sets(n: int, settings: Prune) -> tuple[int, ...]:
    """Sizes of the sets, rising: (3, 5, 10, 20) of 20 checkpoints, halved down to 3."""
    sizes = [n]
    while sizes[-1] > settings.least:
        smaller = max(settings.least, math.ceil(settings.keep * sizes[-1]))
        if smaller == sizes[-1]:  # a share near 1 of few
            smaller -= 1
        sizes.append(smaller)
    return tuple(reversed(sizes))


def halve(
    plan: Plan,
    detectors: Sequence[str],
    train: Callable[[Sequence[Pair]], object],
    measure: Callable[[Pair], Measured],
    drawn: int,
) -> dict[str, Course]:
    """Train set by set; each detector stops by itself.

    Args:
        plan: order and sets.
        detectors: their names.
        train: makes sure that these pairs are trained.
        measure: of a trained pair; not called where nothing can be pruned.
        drawn: how many scenes or images a replicate draws, see ``bootstrap.tail``.
    """
    judgements: dict[str, list[Judgement]] = {detector: [] for detector in detectors}
    reached = dict.fromkeys(detectors, 0)
    for size in plan.sets:
        open_ones = [name for name in detectors if not _stopped(judgements[name])]
        train([(name, one) for name in open_ones for one in plan.order[reached[name] : size]])
        for name in open_ones:
            if reached[name] and size < len(plan.order):
                before, added = plan.order[: reached[name]], plan.order[reached[name] : size]
                judgements[name].append(_judge(name, before, added, measure, drawn))
            reached[name] = size
    return {
        name: Course(plan.order[:n], plan.order[n:], tuple(judgements[name]))
        for name, n in reached.items()
    }


def measured(
    ground_truth: Mapping[str, Any],
    groups: Sequence[Hashable],
    rows: Sequence[Mapping[str, Any]],
    replicates: int,
    seed: int,
) -> Measured:
    """AP of COCO rows on dev, with replicates.

    Args:
        ground_truth: COCO data set of SAR dev.
        groups: (I) what each image is drawn with, by rising image ids.
        rows: what a detector sees there.
        replicates: draws.
        seed: of the draws.
    """
    found = match(prepare(ground_truth), rows)
    counts = bootstrap.draw(groups, replicates, seed)
    return Measured(bootstrap.once(found)["AP"], bootstrap.statistics(found, counts)["AP"])


def record(
    plan: Plan, courses: Mapping[str, Course], settings: Prune, training: TrainingSettings
) -> dict[str, Any]:
    """What results say of it: the order, what was pruned, and what that saved."""
    ranked_only = len(plan.sets) == 1
    steps, images = training.steps, training.steps * training.batch_size
    saved = sum(len(course.pruned) for course in courses.values())
    every = len(plan.order) * len(courses)
    return {
        "score": settings.score,
        "better": kind_of(settings.score).better,
        "keep": settings.keep,
        "least": settings.least,
        "order": [
            {"checkpoint": one, "value": value}
            for one, value in zip(plan.order, plan.values, strict=True)
        ],
        "sets": plan.sets,
        "reason": f"no more than {settings.least} checkpoints: all are trained on"
        if ranked_only
        else None,
        "detectors": {name: asdict(course) for name, course in courses.items()},
        "saved": {"trainings": saved, "steps": saved * steps, "images": saved * images},
        "all": {"trainings": every, "steps": every * steps, "images": every * images},
    }


def _judge(
    detector: str,
    before: Sequence[Checkpoint],
    added: Sequence[Checkpoint],
    measure: Callable[[Pair], Measured],
    drawn: int,
) -> Judgement:
    known = {one: measure((detector, one)) for one in (*before, *added)}
    best = max(before, key=lambda one: known[one].ap)
    gaps = {}
    for one in added:
        a, b = known[one], known[best]
        gaps[one] = bootstrap.difference(a.replicates, b.replicates, a.ap - b.ap, drawn)
    nearest = max(added, key=lambda one: gaps[one].high)
    gap = gaps[nearest]
    return Judgement(len(before) + len(added), best, nearest, gap.difference, gap.high)


def _stopped(judgements: Sequence[Judgement]) -> bool:
    return bool(judgements) and judgements[-1].high < 0


def _values(scored: Mapping[str, Any], score: str) -> dict[Checkpoint, float | None]:
    rows = scored["checkpoints"]
    known = sorted({name for row in rows for name in row["scores"]})
    if score not in known:
        embedder = score.partition("__")[2]
        why = [one["reason"] for one in scored["left_out"] if one["embedder"] == embedder]
        raise InputError(
            f"train_detector.every.prune: {scored['translation']} has no score {score!r}"
            + (f" ({why[0]})" if why else "")
            + f". There is: {', '.join(known) or 'none'}."
        )
    return {row["checkpoint"]: row["scores"].get(score) for row in rows}
