"""Does a score of images say on which checkpoint a detector learns best? The table of it.

Every score against AP on SAR dev, over checkpoints. Nothing here sees the test split.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from crosslook.scores.association import REPLICATES, Association, alone, pooled, within
from crosslook.scores.comparing import holm
from crosslook.scores.quality import kind_of
from crosslook.translators.naming import Checkpoint, checkpoint_order

Record = Mapping[str, Any]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Point:
    """One score of one checkpoint, and the AP of a detector that learnt on its fakes."""

    score: str
    detector: str
    translation: str
    checkpoint: Checkpoint
    value: float
    ap: float

    @property
    def trained(self) -> bool:
        """The checkpoint is of a translator that was trained."""
        return self.checkpoint is not None


def points(scored: Sequence[Record], trained: Sequence[Record]) -> list[Point]:
    """Every score with every detector, where both numbers are there; checkpoints in their order.

    Args:
        scored: records of results/score_translator.
        trained: records of results/train_detector.
    """
    ap = {
        (entry["translation"], entry["checkpoint"], entry["detector"]): entry["ap"]
        for record in trained
        for entry in record["entries"]
        if entry["ap"] is not None and entry["ap"] >= 0
    }
    detectors = list(dict.fromkeys(detector for _, _, detector in ap))
    found = []
    for record in scored:
        name = record["translation"]
        for row in sorted(record["checkpoints"], key=lambda one: order(one["checkpoint"])):
            for score, value in row["scores"].items():
                for detector in detectors:
                    key = (name, row["checkpoint"], detector)
                    if value is not None and key in ap:
                        about = (score, detector, name, row["checkpoint"])
                        found.append(Point(*about, float(value), float(ap[key])))
    return found


def associations(every: Sequence[Point], seed: int) -> Rows:
    """Spearman's rho of every score with the AP of every detector, in four forms.

    ``pooled`` and ``within`` are of the checkpoints of trained translators; ``all`` is ``pooled``
    with the baselines and real SAR, which have one checkpoint each; ``alone`` is of one
    translation. What is drawn for the intervals: see ``scores.association``. ``p_holm`` is
    corrected for all scores of one detector and form.

    Args:
        every: from ``points``.
        seed: of the draws.
    """
    rows: Rows = []
    for detector in dict.fromkeys(one.detector for one in every):
        for score in dict.fromkeys(one.score for one in every):
            mine = [one for one in every if (one.detector, one.score) == (detector, score)]
            rows += _of_score(detector, score, mine, seed)
    for family in dict.fromkeys((row["detector"], row["form"]) for row in rows):
        tests = [row for row in rows if (row["detector"], row["form"]) == family]
        tests = [row for row in tests if row["p"] is not None]
        for row, adjusted in zip(tests, holm([row["p"] for row in tests]), strict=True):
            row["p_holm"] = adjusted
    return rows


def order(checkpoint: Checkpoint) -> tuple[int, bool]:
    """Sorts checkpoints as they were trained."""
    return checkpoint_order(checkpoint)


def _of_score(detector: str, score: str, mine: Sequence[Point], seed: int) -> Rows:
    learnt = [one for one in mine if one.trained]
    rows = [
        _row(detector, score, form, None, _grouped(work, some, seed))
        for form, work, some in (
            ("pooled", pooled, learnt),
            ("within", within, learnt),
            ("all", pooled, mine),
        )
    ]
    for name in dict.fromkeys(one.translation for one in learnt):
        own = [one for one in learnt if one.translation == name]
        numbers = [one.value for one in own], [one.ap for one in own]
        rows.append(_row(detector, score, "alone", name, alone(*numbers, REPLICATES, seed)))
    return rows


def _grouped(work: Callable[..., Association], some: Sequence[Point], seed: int) -> Association:
    groups = [one.translation for one in some]
    return work([one.value for one in some], [one.ap for one in some], groups, REPLICATES, seed)


def _row(
    detector: str, score: str, form: str, translation: str | None, found: Association
) -> dict[str, Any]:
    return {
        "score": score,
        "better": kind_of(score).better,
        "detector": detector,
        "form": form,
        "translation": translation,
        **asdict(found),
        "p_holm": None,
        "resampled": "checkpoints" if form == "alone" else "translations",
    }
