"""Configurations compared over several seeds: intervals over scenes, paired differences."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crosslook.classifier.configurations import SHOWN_BASELINE
from crosslook.classifier.replicating import replicates_of
from crosslook.classifier.studying import Member, read_comparable
from crosslook.classifier.tabulating import ENDS, Record, rows_of
from crosslook.scores.bootstrap import Difference, difference, tail
from crosslook.scores.comparing import family_records
from crosslook.scores.grouped import group_draws
from crosslook.scores.matching import Floats

AGAINST = (SHOWN_BASELINE, "c")  # what the others are compared with
SURE = 0.05
BESIDE = tuple(end for end in ENDS.values() if end)  # ends of names that are shown, not compared

Replicates = dict[str, Floats]  # score -> (R,)
Seeds = Mapping[int, Replicates]


def compare(
    study: Sequence[Member],
    folder: Path,
    record: Mapping[str, Any],
    replicates: int,
    seed: int,
    part: str = "test",
) -> Record:
    """The table of a study, with intervals, and what is sure about its differences.

    The interval of a mean over seeds is that of the same mean in every draw, and a draw takes the
    same scenes for all seeds and configurations. So it says how far the mean would move with other
    scenes, for these trainings; how far other trainings move it, the range over seeds hints at.

    Differences are paired: each configuration minus ``baseline``, and each but these two minus
    ``c``, at equal numbers of samples. p is corrected by Holm's method for all that are about the
    same score and number of samples.

    Args:
        study: the models, all of one split.
        folder: has a folder of each.
        record: with ``scores`` of ``studying.score_members`` and ``trainings``.
        replicates: of the bootstrap over scenes.
        seed: of its draws, and of the scores.
        part: of the patches that were held out.

    Returns:
        ``table``: rows of ``tabulating.rows_of`` with their intervals; ``differences``.

    Raises:
        ValueError: if the models were not tested on the same places, or two rows that are
            compared have other seeds.
    """
    table = rows_of(record["scores"], record["trainings"], part)
    drawn: dict[tuple[str, int], dict[int, Replicates]] = {}
    tested: Any = None
    for (configuration, samples, model_seed), parts in read_comparable(study, folder):
        found = parts[part]
        tested = tested or (found.places, found.scenes, found.classes)
        if (found.places, found.scenes, found.classes) != tested:
            raise ValueError("the models were not tested on the same places and classes.")
        draws = group_draws(found.scenes, replicates, seed)
        of_row = drawn.setdefault((configuration, samples), {})
        of_row[model_seed] = replicates_of(found, draws, seed)
    for row in table:
        seeds = drawn[row["configuration"], row["samples"]]
        for name, scored in row["scores"].items():
            if row["scenes"] > 1 and scored["mean"] is not None:
                scored["interval"] = _interval(_mean(seeds, name), row["scenes"])
    return {"table": table, "differences": list(_differences(table, drawn))}


def _differences(
    table: Sequence[Record], drawn: Mapping[tuple[str, int], Seeds]
) -> Iterator[Record]:
    """One family of tests after the other."""
    for samples in dict.fromkeys(row["samples"] for row in table):
        rows = [row for row in table if row["samples"] == samples]
        for name in dict.fromkeys(name for row in rows for name in row["scores"]):
            if not name.partition("/")[0].endswith(BESIDE):
                pairs = [pair for pair in _pairs(rows) if _known(pair, name)]
                yield from _family(name, pairs, drawn)


def _pairs(rows: Sequence[Record]) -> Iterator[tuple[Record, Record]]:
    """What is compared: with each of ``AGAINST`` all rows but it and those before it there."""
    known = {row["configuration"]: row for row in rows}
    for i, b in enumerate(AGAINST):
        others = [row for name, row in known.items() if name not in AGAINST[: i + 1]]
        yield from ((row, known[b]) for row in others if b in known)


def _family(
    name: str,
    pairs: Sequence[tuple[Record, Record]],
    drawn: Mapping[tuple[str, int], Seeds],
) -> Iterator[Record]:
    gaps: list[Difference] = []
    for pair in pairs:
        if pair[0]["seeds"] != pair[1]["seeds"]:
            named = " and ".join(f"{row['configuration']}: seeds {row['seeds']}" for row in pair)
            raise ValueError(f"{named}: only the same seeds can be compared.")
        a, b = (_mean(drawn[row["configuration"], row["samples"]], name) for row in pair)
        observed = pair[0]["scores"][name]["mean"] - pair[1]["scores"][name]["mean"]
        gaps.append(difference(_above_zero(a), _above_zero(b), observed, pair[0]["scenes"]))
    for pair, found in zip(pairs, family_records(gaps), strict=True):
        each = zip(*(row["scores"][name]["seeds"] for row in pair), strict=True)
        yield {
            "score": name,
            "samples": pair[0]["samples"],
            "a": pair[0]["configuration"],
            "b": pair[1]["configuration"],
            **found,
            "distinguishable_holm": found["distinguishable"] and found["p_holm"] < SURE,
            "seeds": [high - low for high, low in each],
        }


def _known(pair: tuple[Record, Record], name: str) -> bool:
    """Whether both have the score, with an interval."""
    return all(row["scores"].get(name, {}).get("interval") is not None for row in pair)


def _mean(seeds: Seeds, name: str) -> Floats | None:
    """(R,) mean over seeds in each draw, NaN where one is not defined; None if it is not drawn."""
    if any(name not in one for one in seeds.values()):
        return None
    mean: Floats = np.mean([one[name] for one in seeds.values()], axis=0)
    return mean


def _interval(values: Floats | None, scenes: int) -> list[float] | None:
    defined = np.empty(0) if values is None else values[np.isfinite(values)]
    if not len(defined):
        return None
    low, high = np.quantile(defined, [tail(scenes), 1 - tail(scenes)])
    return [float(low), float(high)]


def _above_zero(values: Floats | None) -> Floats:
    """Moved up by 1, as a gap may lie below 0, which ``difference`` reads as not defined."""
    if values is None:
        raise ValueError("a score without replicates cannot be compared.")
    return np.asarray(np.where(np.isfinite(values), values + 1, -1.0))
