"""The part of the report on the question whether image quality predicts usefulness."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crosslook.report.association_picture import draw_associations, rho_words
from crosslook.report.associations import Point
from crosslook.report.detection_parts import Part
from crosslook.report.html_parts import heading, paragraph, table
from crosslook.report.page_pictures import Picture
from crosslook.report.table_cells import number, with_interval
from crosslook.scores.association import FEWEST
from crosslook.scores.quality import kind_of

Row = Mapping[str, Any]
SURE = 0.05  # of p after Holm's correction


def usefulness(points: Sequence[Point], rows: Sequence[Row]) -> Iterator[Part]:
    """Every score against AP on dev: pictures, rho in three forms, and what it comes to.

    Args:
        points: from ``associations.points``.
        rows: from ``associations.associations``.
    """
    yield heading(2, "Does image quality predict usefulness?", "usefulness")
    if not points:
        yield paragraph(
            "No checkpoint has both scores and an AP: `results/score_translator` or "
            "`results/train_detector` is not there.",
            "small",
        )
        return
    yield paragraph(
        "Each score of the fakes of a checkpoint against the AP on SAR dev of the detector that "
        "learnt on them. Spearman's ρ **pooled** is of all checkpoints of trained translators; "
        "**within** takes each translation's mean rank out; **all** also holds what is not "
        "trained, and real SAR. Intervals draw whole translations, p permutes them (within: the "
        "checkpoints of each). A score of which lower is better is useful where ρ lies below 0."
    )
    for detector in dict.fromkeys(one.detector for one in points):
        mine = [row for row in rows if row["detector"] == detector]
        name = f"score against AP, {detector}"
        caption = f"Every score against AP on SAR dev, {detector}. ρ: pooled, with its interval."
        yield Picture(draw_associations(points, rows, detector), name, caption)
        yield table(_head(), _body(mine), words=2)
        yield paragraph(f"{detector}: {_verdict(mine)}")
        yield from _alone(mine)


def _head() -> list[str]:
    head = ["score", "better", "n", "ρ pooled", "p", "p Holm", "ρ within", "p", "p Holm"]
    return [*head, "n", "ρ all", "p"]


def _body(rows: Sequence[Row]) -> list[list[str]]:
    body = []
    for score in dict.fromkeys(row["score"] for row in rows):
        known = {row["form"]: row for row in rows if row["score"] == score}
        kind, pooled, within = kind_of(score), known["pooled"], known["within"]
        every = known["all"]
        body.append(
            [
                kind.label,
                kind.better,
                str(pooled["n"]),
                _rho(pooled),
                number(pooled["p"], 3),
                number(pooled["p_holm"], 3),
                _rho(within),
                number(within["p"], 3),
                number(within["p_holm"], 3),
                str(every["n"]),
                _rho(every),
                number(every["p"], 3),
            ]
        )
    return body


def _verdict(rows: Sequence[Row]) -> str:
    sure = [row for row in rows if row["form"] == "pooled" and (row["p_holm"] or 1) < SURE]
    if not sure:
        return "no score goes with AP beyond chance, after Holm's correction for all of them."
    said = [f"{kind_of(row['score']).label} ({rho_words(row)})" for row in sure]
    return f"after Holm's correction, these go with AP beyond chance: {', '.join(said)}."


def _alone(rows: Sequence[Row]) -> Iterator[Part]:
    found = [row for row in rows if row["form"] == "alone" and row["rho"] is not None]
    if not found:
        yield paragraph(
            f"ρ of one translation alone needs {FEWEST} of its checkpoints; none has so many.",
            "small",
        )
        return
    scores = list(dict.fromkeys(row["score"] for row in found))
    known = {(row["translation"], row["score"]): row for row in found}
    names = list(dict.fromkeys(row["translation"] for row in found))
    yield paragraph("ρ of each translation alone; intervals draw its checkpoints.")
    body = []
    for score in scores:
        cells = [known.get((name, score)) for name in names]
        body.append([kind_of(score).label, *("-" if one is None else _rho(one) for one in cells)])
    yield table(["score", *(f"`{name}`" for name in names)], body)


def _rho(row: Row) -> str:
    return with_interval(row["rho"], row["low"], row["high"], 2)
