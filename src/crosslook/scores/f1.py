"""F1 of patches that show several classes: per class, macro and weighted, with what is absent.

Predictions are probabilities, the truth is the share of each class in the patch. Both become yes or
no by a threshold. There are two readings of the truth in use, with different class priors, so their
F1s do not compare.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crosslook.scores.grouped import group_sums
from crosslook.scores.matching import Floats, Integers

Shares = npt.NDArray[np.floating]  # (N, K) each in 0..1


@dataclass(frozen=True)
class Present:
    """When a class counts as present in a patch."""

    threshold: float = 0.30
    reached: bool = False  # whether exactly the threshold is enough

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < 1:
            raise ValueError(f"threshold={self.threshold} must lie in 0..1, below 1.")

    def __call__(self, shares: Shares) -> npt.NDArray[np.bool_]:
        threshold = shares.dtype.type(self.threshold)
        return np.asarray(shares >= threshold if self.reached else shares > threshold)


ABOVE_30 = Present(0.30)
AT_LEAST_10 = Present(0.10, reached=True)
READINGS = {"above_30": ABOVE_30, "at_least_10": AT_LEAST_10}  # of the truth


@dataclass(frozen=True)
class Counts:
    """Yes and no per class, (..., K) each: of patches one by one, summed, or of replicates."""

    hit: Integers
    false: Integers  # said, but not there
    missed: Integers  # there, but not said

    @property
    def support(self) -> Integers:
        """How often the class is there."""
        return self.hit + self.missed


@dataclass(frozen=True)
class F1:
    """None where a score is not defined."""

    macro: float | None  # absent classes left out
    macro_absent_zero: float  # absent classes count as 0: the strict variant
    weighted: float | None
    per_class: tuple[float | None, ...]
    support: tuple[int, ...]  # patches that show the class

    @property
    def absent(self) -> tuple[int, ...]:
        """Positions of the classes that are neither there nor predicted."""
        return tuple(i for i, value in enumerate(self.per_class) if value is None)


def f1(
    prediction: Shares, shares: Shares, said: Present = ABOVE_30, true: Present = ABOVE_30
) -> F1:
    """F1 per class, macro and weighted, over all patches at once.

        F1_k = 2 TP_k / (2 TP_k + FP_k + FN_k)
        macro = mean_k F1_k,   weighted = sum_k n_k F1_k / sum_k n_k

    with n_k the patches that show class k. A class that is neither there nor predicted has no F1:
    ``macro`` leaves it out (scikit-learn's ``zero_division=nan``) and ``macro_absent_zero`` counts
    it as 0. Macro F1 is the mean of the classes' F1, not F1 of mean precision and recall.

    Source: Senchugova and Haensch, section 3.1: positive above 30 %. They do not say when the truth
    is positive; ``ABOVE_30`` reads the sentence for both sides, ``AT_LEAST_10`` is what the toolbox
    of SEN12MS does by default.

    Args:
        prediction: (N, K) probabilities, all patches of the set: never the mean of batches.
        shares: (N, K) share of each class in the patch.
        said: when a prediction is positive.
        true: when the truth is.

    Raises:
        ValueError: if the shapes differ, there is no patch, or a value lies outside 0..1.
    """
    summed = total(counts(prediction, shares, said, true))
    each = per_class(summed)
    there = bool(np.isfinite(each).any())
    supported = bool(summed.support.any())
    return F1(
        macro=float(macro(summed)) if there else None,
        macro_absent_zero=float(np.nan_to_num(each).mean()),
        weighted=float(weighted(summed)) if supported else None,
        per_class=tuple(None if np.isnan(value) else float(value) for value in each),
        support=tuple(int(n) for n in summed.support),
    )


def counts(
    prediction: Shares, shares: Shares, said: Present = ABOVE_30, true: Present = ABOVE_30
) -> Counts:
    """Hits, false alarms and misses of each patch and class, (N, K) of 0 and 1.

    Raises:
        ValueError: as ``f1``.
    """
    if prediction.shape != shares.shape or prediction.ndim != 2 or not prediction.size:
        raise ValueError(
            f"prediction {prediction.shape} and shares {shares.shape} must have one shape (N, K)."
        )
    for name, values in (("prediction", prediction), ("shares", shares)):
        if not ((values >= 0) & (values <= 1 + 1e-6)).all():
            raise ValueError(
                f"{name} must hold values in 0..1, found {values.min()} to {values.max()}: give "
                "probabilities, not logits."
            )
    yes, there = said(prediction), true(shares)
    return Counts(
        (yes & there).astype(np.int64),
        (yes & ~there).astype(np.int64),
        (~yes & there).astype(np.int64),
    )


def by_group(each: Counts, groups: Sequence[Hashable]) -> Counts:
    """Sum the counts of patches over groups, (G, K) each, as ``grouped.group_sums``."""
    return Counts(*(group_sums(part, groups) for part in (each.hit, each.false, each.missed)))


def total(each: Counts) -> Counts:
    """Sum the counts over all rows, (K,) each."""
    return Counts(each.hit.sum(axis=0), each.false.sum(axis=0), each.missed.sum(axis=0))


def replicated(of_groups: Counts, drawn: Integers) -> Counts:
    """The counts of every replicate, (R, K) each.

    Args:
        of_groups: (G, K) from ``by_group``.
        drawn: (R, G) from ``grouped.group_draws``.
    """
    return Counts(drawn @ of_groups.hit, drawn @ of_groups.false, drawn @ of_groups.missed)


def per_class(summed: Counts) -> Floats:
    """F1 of each class, (..., K); NaN where a class is neither there nor predicted."""
    hits, all_of_them = 2.0 * summed.hit, 2 * summed.hit + summed.false + summed.missed
    values: Floats = np.full(hits.shape, np.nan)
    np.divide(hits, all_of_them, out=values, where=all_of_them > 0)
    return values


def macro(summed: Counts) -> Floats:
    """Macro F1, (...); -1 where every class is absent, as ``bootstrap.interval`` expects it."""
    each = per_class(summed)
    there = np.isfinite(each)
    number = there.sum(axis=-1)
    mean: Floats = np.where(there, each, 0.0).sum(axis=-1) / np.maximum(number, 1)
    return np.asarray(np.where(number > 0, mean, -1.0))


def weighted(summed: Counts) -> Floats:
    """Weighted F1, (...); -1 where no patch shows any class."""
    weight = summed.support
    number = weight.sum(axis=-1)
    mean: Floats = (np.nan_to_num(per_class(summed)) * weight).sum(axis=-1) / np.maximum(number, 1)
    return np.asarray(np.where(number > 0, mean, -1.0))
