"""Rows of the table of results: AP with intervals, under one protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosslook.ensemble.evaluation_settings import EvaluateParams, Protocol
from crosslook.ensemble.folding import Repeats, mean_of_folds
from crosslook.ensemble.labelled import Labelled, Rows, drawn_by
from crosslook.ensemble.models import Model
from crosslook.errors import InputError
from crosslook.scores import bootstrap
from crosslook.scores.average_precision import count_objects, evaluate
from crosslook.scores.comparing import NOTHING, gap_closed
from crosslook.scores.matching import Floats, Integers, Matches, match, prepare

FLOOR, CEILING = "none", "real_sar"
"""Optical imagery as it is, and real SAR: the ends of the gap that a translation is to close."""


@dataclass(frozen=True)
class Drawn:
    """A model's AP, and its replicates from draws that all models of the protocol share."""

    model: Model
    ap: float
    replicates: Floats
    groups: int  # how many images or scenes each draw takes


@dataclass(frozen=True)
class Scored:
    """The rows of one protocol, and what their differences are made from."""

    rows: Rows
    drawn: tuple[Drawn, ...]


def score(
    models: Sequence[Model],
    images: Labelled,
    protocol: Protocol,
    params: EvaluateParams,
    seed: int,
    folds: tuple[Repeats, str] | None = None,
) -> Scored:
    """The rows of one protocol.

    A model with one answer is scored by pycocotools itself. One with an answer per repeat has the
    mean over repeats of what the compiled code gives, which equals pycocotools to 1e-12; each draw
    of its bootstrap then takes one repeat at random, so that the interval also holds the variation
    from partition to partition. All models share their draws.

    Args:
        models: all of them with one answer, or all with one per repeat.
        images: what they saw.
        protocol: its name.
        params: replicates, and whether images or scenes are drawn.
        seed: of the draws.
        folds: repeats of folds and what they are in words, for the check on pooling.

    Raises:
        InputError: if the images have no labelled object.
    """
    n_boxes = count_objects(images.ground_truth)
    if not n_boxes:
        raise InputError(
            "the test images have no labelled object, so nothing can be scored: "
            "give the test split a scene with labels."
        )
    truth = prepare(images.ground_truth)
    unit, groups = drawn_by(images.scenes, params.resample)
    counts = bootstrap.draw(groups, params.replicates, seed)
    repeats = max(len(model.seen) for model in models)
    taken = np.random.default_rng([seed, 1]).integers(repeats, size=params.replicates)
    known: dict[int, list[Matches]] = {}
    rows, drawn = [], []
    for model in models:
        for seen in model.seen:
            if id(seen) not in known:
                known[id(seen)] = match(truth, seen)
        matches = [known[id(seen)] for seen in model.seen]
        statistics = (
            evaluate(images.ground_truth, model.seen[0])
            if len(model.seen) == 1
            else _mean([bootstrap.once(one) for one in matches])
        )
        replicates = _replicates(matches, counts, taken)
        drawn.append(Drawn(model, statistics["AP"], replicates, len(set(groups))))
        low, high = bootstrap.interval(replicates, len(set(groups)))
        rows.append(
            {
                "detector": model.detector,
                "engine": model.engine,
                "weights": model.weights,
                "translation": model.translation,
                "checkpoint": model.checkpoint,
                "protocol": protocol,
                "ap": statistics["AP"],
                "ap_low": low,
                "ap_high": high,
                "ap50": statistics["AP50"],
                "ap75": statistics["AP75"],
                "ar": statistics["AR100"],
                "n_images": len(images.scenes),
                "n_scenes": len(set(images.scenes)),
                "n_boxes": n_boxes,
                "seed": seed,
                "resampled": unit,
                "replicates": params.replicates,
                "checkpoint_share": model.checkpoint_share,
                "repeats": repeats,
                "folds": folds[1] if folds else None,
                "ap_fold_mean": mean_of_folds(images, folds[0], matches) if folds else None,
            }
        )
    closed = gaps(drawn)
    return Scored([row | one for row, one in zip(rows, closed, strict=True)], tuple(drawn))


def gaps(drawn: Sequence[Drawn]) -> list[dict[str, float | None]]:
    """How much of the gap between ``none`` and ``real_sar`` each model closes, by its detector."""
    known = {(one.model.detector, one.model.translation): (one.ap, one.replicates) for one in drawn}
    found = []
    for one in drawn:
        ends = [known.get((one.model.detector, name)) for name in (FLOOR, CEILING)]
        share = NOTHING
        if ends[0] and ends[1]:
            share = gap_closed((one.ap, one.replicates), ends[0], ends[1], one.groups)
        found.append(
            {"gap_closed": share.value, "gap_closed_low": share.low, "gap_closed_high": share.high}
        )
    return found


def _replicates(matches: Sequence[list[Matches]], counts: Integers, taken: Integers) -> Floats:
    """AP in every draw; each takes the answer of one repeat."""
    of_repeat = taken if len(matches) > 1 else np.zeros(len(counts), np.int64)
    different = {id(one): one for one in matches}
    number = np.array([list(different).index(id(one)) for one in matches])
    values: Floats = np.empty(len(counts))
    for n, one in enumerate(different.values()):
        here = number[of_repeat] == n
        values[here] = bootstrap.statistics(one, counts[here])["AP"]
    return values


def _mean(statistics: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    return {
        name: float(np.mean([one[name] for one in statistics])) for name in bootstrap.STATISTICS
    }
