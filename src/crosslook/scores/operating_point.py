"""Precision and recall over the score, and what a detector does at one threshold of it.

Boxes are matched as COCO does it at an IoU of .5; counts are summed over categories. Boxes in
regions to be ignored count neither way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosslook.scores.matching import Flags, Floats, Integers, Matches

POINTS = 200  # of a curve that is handed on


@dataclass(frozen=True)
class Curve:
    """One entry per score that occurs, highest first: what holds when boxes from it on count."""

    score: Floats
    true: Integers  # boxes that are given an object
    false: Integers
    objects: int

    @property
    def recall(self) -> Floats:
        found: Floats = self.true / max(self.objects, 1)
        return found

    @property
    def precision(self) -> Floats:
        found: Floats = self.true / np.maximum(self.true + self.false, 1)
        return found

    @property
    def f1(self) -> Floats:
        """2 P R / (P + R) = 2 true / (boxes + objects)."""
        found: Floats = 2 * self.true / np.maximum(self.true + self.false + self.objects, 1)
        return found


@dataclass(frozen=True)
class Point:
    """What a detector does at one threshold."""

    true: int
    false: int
    objects: int

    @property
    def recall(self) -> float | None:
        return self.true / self.objects if self.objects else None

    @property
    def precision(self) -> float | None:
        return self.true / (self.true + self.false) if self.true + self.false else None


def curve(matches: Sequence[Matches]) -> Curve:
    """The precision-recall curve at an IoU of .5; boxes of one score count together."""
    none = np.zeros(0, np.float64)
    score = np.concatenate([none, *(one.score[~one.ignored[0]] for one in matches)])
    hit: Flags = np.concatenate(
        [none.astype(np.bool_), *((one.hit[0])[~one.ignored[0]] for one in matches)]
    )
    order = np.argsort(-score, kind="stable")
    score, hit = score[order], hit[order]
    last = np.flatnonzero(np.append(score[1:] != score[:-1], np.ones(min(len(score), 1), np.bool_)))
    true = np.cumsum(hit, dtype=np.int64)[last]
    objects = int(sum(one.objects.sum() for one in matches))
    return Curve(score[last], true, last + 1 - true, objects)


def best_threshold(found: Curve) -> float | None:
    """The score from which on boxes have the highest F1, the highest such score when equal.

    Returns:
        None where no box is given an object: then no threshold is better than another.
    """
    if not len(found.score) or not found.true.any():
        return None
    return float(found.score[int(found.f1.argmax())])


def at(found: Curve, threshold: float) -> Point:
    """What holds when boxes that score at least ``threshold`` count."""
    n = int(np.searchsorted(-found.score, -threshold, side="right"))
    if n == 0:
        return Point(0, 0, found.objects)
    return Point(int(found.true[n - 1]), int(found.false[n - 1]), found.objects)


def thinned(found: Curve) -> Curve:
    """The same curve with about 200 points: corners in between are left out, both ends stay."""
    n = len(found.score)
    if n <= POINTS:
        return found
    kept = np.unique(np.linspace(0, n - 1, POINTS).round().astype(np.int64))
    corners = np.flatnonzero(np.diff(found.true, prepend=0))  # where recall rises
    if len(corners) <= POINTS:
        kept = np.unique(np.concatenate([kept, corners]))
    return Curve(found.score[kept], found.true[kept], found.false[kept], found.objects)
