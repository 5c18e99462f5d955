"""How well one number ranks another over checkpoints: Spearman's rho, its interval, its p-value.

rho is Pearson's correlation of the ranks, the mean rank where values are equal (Spearman 1904, The
proof and measurement of association between two things, American Journal of Psychology 15). Three
forms answer three questions:

    alone    the checkpoints of one translation: does the score rank them?
    pooled   those of all: does it rank them, whatever they come from?
    within   all, each rank less the mean rank of its translation: does it rank checkpoints once
             the differences between translations are taken out?

What is drawn for an interval is a choice. ``alone`` draws checkpoints. They are states of one
training and resemble their neighbours, so that interval is rather too narrow. ``pooled`` and
``within`` draw whole translations: these are separate trainings, their checkpoints are not.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product
from math import factorial, prod

import numpy as np

from crosslook.scores.bootstrap import draw, tail
from crosslook.scores.comparing import UNDEFINED
from crosslook.scores.matching import Floats, Integers

FEWEST = 4  # points, and groups that are drawn
REPLICATES = 2000
RANDOM_ORDERS = 9_999
_MOST_ORDERS, _MOST_CELLS = 50_000, 4_000_000  # up to which a permutation test goes through all
_SPECK = 1e-9  # of rounding, in sums of squared ranks

Classes = tuple[tuple[tuple[int, ...], ...], ...]
"""Sets of equally long runs of points; the runs of one set may change places."""


@dataclass(frozen=True)
class Association:
    """Spearman's rho of two numbers, and how sure it is."""

    rho: float | None  # -1..1; None with a reason
    low: float | None  # 95 % interval
    high: float | None
    p: float | None  # two-sided, by permutations
    exact: bool  # p went through all permutations
    n: int  # points
    drawn: int  # units that each draw of the interval takes
    reason: str | None  # what is missing, and why


def spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Spearman's rho of ``x`` and ``y``, (N,) each: 1 for the same order, -1 for the opposite one.

    Returns:
        None where one of them is constant.
    """
    a, b = _checked(x, y, x)
    value = float(_rho(a, b, np.ones((1, len(a)), np.int64), None)[0])
    return None if np.isnan(value) else value


def alone(
    x: Sequence[float], y: Sequence[float], replicates: int = REPLICATES, seed: int = 0
) -> Association:
    """The checkpoints of one translation; points are drawn, and permuted, one by one.

    Args:
        x: (N,) a score.
        y: (N,) AP.
        replicates: draws of the interval.
        seed: of the draws, and of the permutations where there are too many.
    """
    units = range(len(x))
    classes = (tuple((i,) for i in units),)
    return _associate(x, y, list(units), None, classes, replicates, seed)


def pooled(
    x: Sequence[float],
    y: Sequence[float],
    groups: Sequence[Hashable],
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Association:
    """The checkpoints of all translations; whole translations are drawn.

    The permutation test gives the AP of one translation, as a run in the order of its checkpoints,
    to another one with as many checkpoints. A trend that all share over their training stays in
    every permutation, so p asks what the score says beyond it.

    Args:
        x: (N,) a score.
        y: (N,) AP.
        groups: (N,) the translation of each point; those of one in the order of training.
        replicates: draws of the interval.
        seed: as in ``alone``.
    """
    runs = _runs(groups)
    sizes = sorted({len(run) for run in runs})
    classes = tuple(tuple(run for run in runs if len(run) == size) for size in sizes)
    return _associate(x, y, groups, None, classes, replicates, seed)


def within(
    x: Sequence[float],
    y: Sequence[float],
    groups: Sequence[Hashable],
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Association:
    """As ``pooled``, but each rank less the mean rank of its translation.

    That is the partial rank correlation given the translation. One with a single checkpoint adds
    nothing. The permutation test permutes AP inside each translation.
    """
    runs = _runs(groups)
    member = np.array([[i in run for run in runs] for i in range(len(groups))], np.float64)
    classes = tuple(tuple((i,) for i in run) for run in runs)
    return _associate(x, y, groups, member, classes, replicates, seed)


def _associate(
    x: Sequence[float],
    y: Sequence[float],
    units: Sequence[Hashable],
    member: Floats | None,
    classes: Classes,
    replicates: int,
    seed: int,
) -> Association:
    a, b = _checked(x, y, units)
    n, drawn = len(a), len(set(units))
    if n < FEWEST:
        return _none(n, drawn, f"{n} checkpoints are too few, {FEWEST} are needed")
    rho = float(_rho(a, b, np.ones((1, n), np.int64), member)[0])
    if np.isnan(rho):
        where = " within every translation" if member is not None else ""
        return _none(n, drawn, f"the score or AP is constant{where}")
    low, high, reason = _interval(a, b, units, member, rho, replicates, seed)
    p, exact = _p(a, b, member, classes, seed)
    if p is None:
        reasons = [reason, "no p: no two translations have equally many checkpoints"]
        reason = "; ".join(filter(None, reasons))
    return Association(rho, low, high, p, exact, n, drawn, reason)


def _interval(
    a: Floats,
    b: Floats,
    units: Sequence[Hashable],
    member: Floats | None,
    rho: float,
    replicates: int,
    seed: int,
) -> tuple[float | None, float | None, str | None]:
    """Percentiles of drawn rho, widened for few units as ``bootstrap.tail`` says."""
    drawn = len(set(units))
    if drawn < FEWEST:
        return None, None, f"no interval: {drawn} translations are too few to draw from"
    if abs(rho) > 1 - _SPECK:
        return None, None, "no interval: every draw of points in one order is in that order"
    values = _rho(a, b, draw(units, replicates, seed), member)
    defined = values[~np.isnan(values)]
    if 1 - len(defined) / len(values) > UNDEFINED:
        return None, None, "no interval: too many draws are constant"
    low, high = np.quantile(defined, [tail(drawn), 1 - tail(drawn)])
    return float(low), float(high), None


def _p(
    a: Floats, b: Floats, member: Floats | None, classes: Classes, seed: int
) -> tuple[float | None, bool]:
    """Share of the permutations of ``b`` whose rho is as far from 0; None without any."""
    if all(len(runs) == 1 for runs in classes):
        return None, False
    orders, exact = _orders(classes, len(a), seed)
    once = np.ones((1, len(a)), np.int64)
    first, second = (_centred(_ranks(v, once), once, member)[0] for v in (a, b))
    as_far = np.abs(second[orders] @ first) >= abs(second @ first) - _SPECK
    if exact:
        return float(as_far.mean()), True
    return float((1 + as_far.sum()) / (1 + len(orders))), False


@lru_cache(maxsize=8)
def _orders(classes: Classes, n: int, seed: int) -> tuple[Integers, bool]:
    """(P, n) which point's AP each point gets: every permutation, or random ones."""
    number = prod(factorial(len(runs)) for runs in classes)
    exact = number <= _MOST_ORDERS and number * n <= _MOST_CELLS
    if exact:
        choices = product(*(permutations(runs) for runs in classes))
    else:
        rng = np.random.default_rng([seed, n])
        choices = (  # type: ignore[assignment]
            tuple(tuple(runs[i] for i in rng.permutation(len(runs))) for runs in classes)
            for _ in range(RANDOM_ORDERS)
        )
    places = [i for runs in classes for run in runs for i in run]
    orders = np.empty((number if exact else RANDOM_ORDERS, n), np.int64)
    for row, choice in enumerate(choices):
        orders[row, places] = [i for runs in choice for run in runs for i in run]
    return orders, exact


def _rho(a: Floats, b: Floats, counts: Integers, member: Floats | None) -> Floats:
    """(R,) rho where each point stands as often as (R, N) ``counts`` say; NaN if constant."""
    first, second = (_centred(_ranks(v, counts), counts, member) for v in (a, b))
    spread = (counts * first**2).sum(axis=1) * (counts * second**2).sum(axis=1)
    together = (counts * first * second).sum(axis=1)
    rho: Floats = np.full(len(counts), np.nan)
    moves = spread > _SPECK
    rho[moves] = together[moves] / np.sqrt(spread[moves])
    return np.clip(rho, -1, 1, out=rho)


def _ranks(values: Floats, counts: Integers) -> Floats:
    """(R, N) ranks from 1, the mean rank of equal ones, where points stand several times."""
    below = (values < values[:, None]) + 0.5 * (values == values[:, None])
    ranks: Floats = counts @ below.T + 0.5
    return ranks


def _centred(ranks: Floats, counts: Integers, member: Floats | None) -> Floats:
    """Ranks less their mean, or, with (N, G) membership, less the mean of their group."""
    if member is None:
        member = np.ones((ranks.shape[1], 1))
    times = counts @ member
    means = ((counts * ranks) @ member) / np.maximum(times, 1)
    centred: Floats = ranks - means @ member.T
    return centred


def _runs(groups: Sequence[Hashable]) -> list[tuple[int, ...]]:
    """The positions of each group, in the order of the points."""
    found: dict[Hashable, list[int]] = {}
    for i, group in enumerate(groups):
        found.setdefault(group, []).append(i)
    return [tuple(run) for run in found.values()]


def _checked(
    x: Sequence[float], y: Sequence[float], units: Sequence[Hashable]
) -> tuple[Floats, Floats]:
    a, b = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if a.ndim != 1 or a.shape != b.shape or len(units) != len(a):
        raise ValueError(f"expected (N,) three times, got {a.shape}, {b.shape}, {len(units)}.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("every point needs two finite numbers: leave out those that have none.")
    return a, b


def _none(n: int, drawn: int, reason: str) -> Association:
    return Association(None, None, None, None, False, n, drawn, reason)
