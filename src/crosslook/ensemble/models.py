"""What is scored: detectors as they were trained, and the models of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crosslook.ensemble.labelled import Rows

Checkpoint = int | str | None  # training step, STEP-average, or None where nothing is trained


@dataclass(frozen=True)
class Trained:
    """One detector of one checkpoint, and what it sees."""

    detector: str
    engine: str
    weights: str  # what its training started from
    translation: str
    checkpoint: Checkpoint
    seen: Mapping[str, Rows]  # split -> COCO results


@dataclass(frozen=True)
class Model:
    """One row of the table: a detector or an ensemble, and what it saw in every repeat."""

    detector: str
    engine: str
    weights: str
    translation: str  # or the row name of an ensemble
    checkpoint: Checkpoint  # where folds differ: the one chosen most often
    seen: tuple[Rows, ...]  # one entry, or one per repeat of nested folds
    checkpoint_share: float = 1.0  # of the folds that chose ``checkpoint``


Groups = dict[tuple[str, str], list[Trained]]


def by_translation(trained: Sequence[Trained]) -> Groups:
    """(detector, translation) -> its detectors, all in the order in which they come.

    Args:
        trained: earlier checkpoints before later ones.
    """
    found: Groups = {}
    for one in trained:
        found.setdefault((one.detector, one.translation), []).append(one)
    return found
