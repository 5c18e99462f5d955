"""How far AP and AR would move with other images: an exact, fast bootstrap.

A replicate draws as many images (or scenes) as there are, with replacement. Since boxes are matched
image by image, a replicate only counts the matches of an image as often as it was drawn:

    tp_k = sum of m_image over hits up to box k,   all_k = the same over every box,
    precision_k = tp_k / all_k,   recall_k = tp_k / sum of m_image * objects_image

which is what pycocotools gives for the data set with its images repeated (to 1e-12; where two boxes
of one image share a score, copies of the image are taken box by box instead of copy by copy).
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from crosslook.scores import compiling
from crosslook.scores.bootstrap_kernel import resample
from crosslook.scores.matching import IOU_THRESHOLDS, RECALLS, Floats, Integers, Matches
from crosslook.scores.matching_kernel import Verdicts

STATISTICS = ("AP", "AP50", "AP75", "AR100")
_CELLS = 2_000_000  # replicates are taken in blocks of so many numbers, to stay in the cache


@dataclass(frozen=True)
class Difference:
    """One model's statistic minus another's, on the same images."""

    difference: float
    low: float  # 95 % interval
    high: float
    share_not_above_zero: float  # of the draws
    p: float  # two-sided, see ``difference``; never 0

    @property
    def distinguishable(self) -> bool:
        """Whether 0 lies outside the interval."""
        return not self.low <= 0 <= self.high


def draw(groups: Sequence[Hashable], replicates: int, seed: int) -> Integers:
    """How often each replicate draws each image.

    Args:
        groups: (I) what each image belongs to; images of one group are drawn together. Give the
            scenes, or ``range(I)`` to draw the images one by one.
        replicates: R.
        seed: of the draws. Equal arguments give equal draws, which is what pairs two models.

    Returns:
        (R, I) numbers >= 0; each row draws as many groups as there are.
    """
    if not groups or replicates < 1:
        raise ValueError(f"need images and replicates, got {len(groups)} and {replicates}.")
    number = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(number), np.full(len(number), 1 / len(number)), size=replicates)
    counts: Integers = drawn[:, [number[group] for group in groups]].astype(np.int64)
    return counts


def statistics(matches: Sequence[Matches], counts: Integers) -> dict[str, Floats]:
    """AP, AP50, AP75 and AR100 for each row of image counts.

    Args:
        matches: one entry per category, from ``matching.match``.
        counts: (R, I) how often each image stands in each replicate.

    Returns:
        name -> (R,) in 0..1, -1 where a replicate has no object at all.
    """
    precision = np.full((len(matches), len(IOU_THRESHOLDS), len(counts)), np.nan)
    recall = np.full_like(precision, np.nan)
    for k, of_category in enumerate(matches):
        if compiling.AVAILABLE:
            counted = np.ascontiguousarray(counts, np.int64)
            _compiled(of_category, counted, precision[k], recall[k])
            continue
        step = max(1, _CELLS // max(1, len(of_category.image)))
        for start in range(0, len(counts), step):
            block = slice(start, start + step)
            precision[k, :, block], recall[k, :, block] = _curves(of_category, counts[block])
    return {
        "AP": _mean(precision),
        "AP50": _mean(precision[:, :1]),
        "AP75": _mean(precision[:, 5:6]),
        "AR100": _mean(recall),
    }


def once(matches: Sequence[Matches]) -> dict[str, float]:
    """The four statistics with every image counted once."""
    images = len(matches[0].objects) if matches else 0
    values = statistics(matches, np.ones((1, images), np.int64))
    return {name: float(value[0]) for name, value in values.items()}


def tail(groups: int | None) -> float:
    """The share of draws that a 95 % interval leaves out on each side.

    Percentiles of draws from n groups are too narrow, as a normal quantile and a divisor n are in
    an interval of a mean. The expanded percentile interval makes up for both:

        tail = Phi(-sqrt(n / (n - 1)) t_(.975, n - 1))

    Source: Hesterberg 2015, What Teachers Should Know About the Bootstrap, The American
    Statistician 69.

    Args:
        groups: n, how many are drawn; None is very many, whose tail is .025.
    """
    if groups is None:
        return 0.025
    if groups < 2:
        return 0.0
    wide = np.sqrt(groups / (groups - 1)) * stats.t.ppf(0.975, groups - 1)
    return float(stats.norm.cdf(-wide))


def interval(values: Floats, groups: int | None = None) -> tuple[float, float]:
    """The 95 % interval of a statistic's replicates, (R,); undefined ones are left out.

    Args:
        values: replicates.
        groups: how many groups each draws, see ``tail``.

    Returns:
        (low, high); (-1, -1) if no replicate is defined.
    """
    defined = values[values >= 0]
    if not len(defined):
        return -1.0, -1.0
    low, high = np.quantile(defined, [tail(groups), 1 - tail(groups)])
    return float(low), float(high)


def difference(a: Floats, b: Floats, observed: float, groups: int | None = None) -> Difference:
    """The paired difference a - b, its interval, and a p-value that goes with it.

    With d one difference per draw, of R draws,

        p = min(1, 2 min((1 + #{d <= 0}) / (1 + R), (1 + #{d >= 0}) / (1 + R)))

    is the level at which the interval of plain percentiles just touches 0 (Efron and Tibshirani
    1993, An Introduction to the Bootstrap, ch. 15.4), taken on both sides. The added 1 (Davison and
    Hinkley 1997, Bootstrap Methods and their Application, ch. 4) keeps it from being 0, which R
    draws cannot show. The interval itself is wider where groups are few, so it may hold 0 where p
    is a little below 0.05.

    Args:
        a: (R,) replicates of one model's statistic.
        b: (R,) those of another, from the same draws.
        observed: the difference on the images as they are.
        groups: n, how many groups each draw takes; None is very many.
    """
    if a.shape != b.shape:
        raise ValueError(f"a {a.shape} and b {b.shape} must come from the same draws.")
    defined = (a >= 0) & (b >= 0)
    gaps = (a - b)[defined]
    if not len(gaps):
        raise ValueError("no draw has an object to be found: a difference is not defined.")
    low, high = np.quantile(gaps, [tail(groups), 1 - tail(groups)])
    not_above, not_below = int((gaps <= 0).sum()), int((gaps >= 0).sum())
    p = min(1.0, 2 * (1 + min(not_above, not_below)) / (1 + len(gaps)))
    return Difference(observed, float(low), float(high), not_above / len(gaps), p)


def _compiled(matches: Matches, counts: Integers, precision: Floats, recall: Floats) -> None:
    """``_curves`` in compiled loops; writes (T, R) arrays."""
    bits = 1 << np.arange(len(IOU_THRESHOLDS), dtype=np.int64)[:, None]
    verdicts = Verdicts(
        (bits * (matches.hit & ~matches.ignored)).sum(axis=0), (bits * matches.ignored).sum(axis=0)
    )
    resample(verdicts, matches.image, matches.objects, counts, RECALLS, precision, recall)


def _curves(matches: Matches, counts: Integers) -> tuple[Floats, Floats]:
    """(T, R) average precision and final recall of one category; NaN without objects.

    Precision is needed only where recall rises, that is at hits: each hit serves those of the 101
    recall values that it is the first to reach, with the best precision from there on.
    """
    objects = (counts @ matches.objects).astype(np.float64)  # (R,)
    precision = np.zeros((len(IOU_THRESHOLDS), len(counts)))
    recall = np.zeros_like(precision)
    weight = counts[:, matches.image]  # (R, N)
    every_box = np.cumsum(weight, axis=1)
    with_crowds = bool(matches.ignored.any())
    for t in range(len(IOU_THRESHOLDS)):
        kept = ~matches.ignored[t]
        hits = np.flatnonzero(matches.hit[t] & kept)
        if not len(hits):
            continue
        boxes = np.cumsum(weight * kept, axis=1) if with_crowds else every_box
        true = np.cumsum(weight[:, hits], axis=1).astype(np.float64)  # (R, K)
        at_hit = true / (boxes[:, hits] + np.spacing(1))
        best = np.maximum.accumulate(at_hit[:, ::-1], axis=1)[:, ::-1]
        reached = true / np.maximum(objects, 1)[:, None]
        served = np.searchsorted(RECALLS, reached, side="right")
        gained = np.diff(served, axis=1, prepend=0)
        precision[t] = (best * gained).sum(axis=1) / len(RECALLS)
        recall[t] = reached[:, -1]
    precision[:, objects == 0] = np.nan
    recall[:, objects == 0] = np.nan
    return precision, recall


def _mean(values: Floats) -> Floats:
    """(K, T, R) -> (R,) mean over categories that have objects and thresholds; -1 without any."""
    defined = ~np.isnan(values)
    total = np.where(defined, values, 0.0).sum(axis=(0, 1))
    number = defined.sum(axis=(0, 1))
    mean: Floats = np.where(number > 0, total / np.maximum(number, 1), -1.0)
    return mean
