"""Paired differences between the rows of one protocol, corrected for how many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crosslook.ensemble.evaluation_settings import Protocol
from crosslook.ensemble.labelled import Rows
from crosslook.ensemble.naming import row_names
from crosslook.ensemble.scoring import FLOOR, Drawn
from crosslook.scores import bootstrap
from crosslook.scores.comparing import family_records

SURE = 0.05


@dataclass(frozen=True)
class Pair:
    """Model a minus model b, by the names of their rows."""

    a: str
    b: str
    best_gan: bool = False
    best_single: bool = False


def pairs(
    names: Sequence[str],
    ensembles: Sequence[str],
    gan: str | None,
    best_single: Mapping[str, str],
) -> list[Pair]:
    """What is compared: one family of tests.

    Every row minus ``none``; every tuned ensemble minus its best single member and minus its equal
    weights; the first tuned ensemble minus every other one.

    Args:
        names: of the rows.
        ensembles: their names, in order.
        gan: the GAN that counts as best; marked where it is compared with ``none``.
        best_single: ensemble -> the member that counts as best.
    """
    wanted = [Pair(name, FLOOR, best_gan=name == gan) for name in names if name != FLOOR]
    rows = row_names(ensembles)
    for ensemble, (tuned, equal) in rows.items():
        member = best_single.get(ensemble)
        if member and member != FLOOR:
            wanted.append(Pair(tuned, member, best_single=True))
        wanted.append(Pair(tuned, equal))
    tuned_rows = [tuned for tuned, _ in rows.values()]
    wanted += [Pair(tuned_rows[0], other) for other in tuned_rows[1:]]
    return [pair for pair in wanted if pair.a in names and pair.b in names]


def differences(drawn: Sequence[Drawn], wanted: Sequence[Pair], protocol: Protocol) -> Rows:
    """The rows of results/evaluate_differences.json for one detector and protocol.

    ``p_holm`` is the p-value of the difference, corrected by Holm's method for all of ``wanted``.

    Args:
        drawn: of one detector.
        wanted: the family of tests.
        protocol: its name.
    """
    known = {one.model.translation: one for one in drawn}
    gaps = [
        bootstrap.difference(
            known[pair.a].replicates,
            known[pair.b].replicates,
            known[pair.a].ap - known[pair.b].ap,
            known[pair.a].groups,
        )
        for pair in wanted
    ]
    return [
        {
            "detector": known[pair.a].model.detector,
            "protocol": protocol,
            "a": pair.a,
            "b": pair.b,
            **record,
            "distinguishable_holm": record["distinguishable"] and record["p_holm"] < SURE,
            "best_gan": pair.best_gan,
            "best_single": pair.best_single,
        }
        for pair, record in zip(wanted, family_records(gaps), strict=True)
    ]
