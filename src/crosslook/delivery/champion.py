"""Whether something may replace the champion."""

from dataclasses import dataclass

from crosslook.errors import StaleError


class NothingToPromote(StaleError):
    """There is nothing, or nothing better than the champion; other models may be promoted."""


@dataclass(frozen=True)
class Rated:
    """What can be promoted, by its digest, and how good it is on split dev; more is better."""

    digest: str
    value: float


def require_better(
    words: str, measure: str, found: Rated, champion: Rated | None, force: bool
) -> None:
    """Refuse what is not better on dev than the champion.

    Args:
        words: what it is, for people: "ensemble".
        measure: what its value is: "AP".
        found: who would be promoted.
        champion: the last one that was; None without one.
        force: promote it all the same, unless it is the champion.

    Raises:
        NothingToPromote: naming both values.
    """
    if champion is None:
        return
    name, other = f"{words} {found.digest[:12]}", champion.digest[:12]
    if champion.digest == found.digest:
        raise NothingToPromote(f"{name} is the champion already: nothing to promote.")
    if found.value <= champion.value and not force:
        raise NothingToPromote(
            f"{name} has {measure} {found.value:.4f} on dev, the champion {other} has "
            f"{champion.value:.4f}: only a better one is promoted. Use --force to promote it all "
            "the same."
        )
