"""What many comparisons need: Holm's correction, their records, a difference as a share."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crosslook.scores.bootstrap import Difference, tail
from crosslook.scores.matching import Floats

UNDEFINED = 0.05  # share of draws without a defined value up to which an interval is given


def holm(p: Sequence[float]) -> list[float]:
    """p-values of a family of tests, adjusted so that the family errs as rarely as one test.

    With the p-values in rising order, p_(1) ... p_(m),

        adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j))

    Holds whatever the tests have to do with each other. Source: Holm 1979, A simple sequentially
    rejective multiple test procedure, Scandinavian Journal of Statistics 6.

    Args:
        p: of all tests of the family, in 0..1.

    Returns:
        The adjusted ones, in the order of ``p``.
    """
    order = sorted(range(len(p)), key=lambda i: p[i])
    adjusted, highest = [0.0] * len(p), 0.0
    for place, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - place) * p[i]))
        adjusted[i] = highest
    return adjusted


def family_records(gaps: Sequence[Difference]) -> list[dict[str, Any]]:
    """What results say of each difference of one family of tests.

    Returns:
        The fields of ``Difference``, the adjusted p-value as ``p_holm``, and ``distinguishable``.
    """
    adjusted = holm([gap.p for gap in gaps])
    return [
        {**asdict(gap), "p_holm": p_holm, "distinguishable": gap.distinguishable}
        for gap, p_holm in zip(gaps, adjusted, strict=True)
    ]


@dataclass(frozen=True)
class Share:
    """A share, and its 95 % interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Share(None, None, None)


def gap_closed(
    ap: tuple[float, Floats],
    floor: tuple[float, Floats],
    ceiling: tuple[float, Floats],
    groups: int | None = None,
) -> Share:
    """How much of the way from a floor to a ceiling a model goes, with its interval.

        gap closed = (AP - AP of floor) / (AP of ceiling - AP of floor)

    The interval is that of the same quotient in every draw. A draw in which the ceiling does not
    lie above the floor has no quotient; where more than 5 % of the draws have none, the gap itself
    is not sure and no interval is given.

    Args:
        ap: the model's AP, and (R,) replicates of it; -1 in a draw without objects.
        floor: likewise, from the same draws; e.g. of what was not translated.
        ceiling: likewise; e.g. of what was trained on real SAR.
        groups: how many groups each draw takes, see ``bootstrap.tail``.

    Returns:
        0 is the floor, 1 the ceiling; both sides may be passed. Nothing where the ceiling does not
        lie above the floor.
    """
    if not ceiling[0] > floor[0]:
        return NOTHING
    value = (ap[0] - floor[0]) / (ceiling[0] - floor[0])
    with_objects = (ap[1] >= 0) & (floor[1] >= 0) & (ceiling[1] >= 0)
    gaps = (ceiling[1] - floor[1])[with_objects]
    real = gaps > 0
    if not len(gaps) or 1 - real.mean() > UNDEFINED:
        return Share(value, None, None)
    shares = (ap[1] - floor[1])[with_objects][real] / gaps[real]
    low, high = np.quantile(shares, [tail(groups), 1 - tail(groups)])
    return Share(value, float(low), float(high))
