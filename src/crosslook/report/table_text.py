"""Table I in a terminal, at most 100 characters wide."""

from collections.abc import Mapping, Sequence
from typing import Any

from crosslook.report.names import row_title, step_title
from crosslook.report.table_facts import by_key, counts, meaning, protocols

WIDTH = 100

Row = Mapping[str, Any]
Tuned = Mapping[str, Mapping[str, Row]]  # detector -> ensemble -> its record


def lines(
    rows: Sequence[Row], differences: Sequence[Row], tuned: Tuned, points: Sequence[Row] = ()
) -> list[str]:
    """Table I as lines: per detector its rows, its thresholds, its differences, what was fused.

    Lines have at most 100 characters, unless names are longer than usual.

    Args:
        rows: of results/evaluate.json.
        differences: of results/evaluate_differences.json; those of protocol "dev" are printed.
        tuned: detector -> ensemble -> its record in results/tune_fusion.json.
        points: of results/evaluate_operating_points.json.
    """
    text = ["", "Table I. Detection on SAR, AP in 0..1.", *meaning(rows)]
    for detector in dict.fromkeys(row["detector"] for row in rows):
        mine = [row for row in rows if row["detector"] == detector]
        text += ["", *_table(detector, mine)]
        if beside := [point for point in points if point["detector"] == detector]:
            text += ["", *_beside(mine, beside)]
        gaps = [gap for gap in differences if gap["detector"] == detector]
        if gaps := [gap for gap in gaps if gap.get("protocol", "dev") == "dev"]:
            text += ["", *_differences(gaps)]
        for ensemble, record in tuned.get(detector, {}).items():
            text += ["", *_fusion(ensemble, record)]
    return [*text, ""]


def _table(detector: str, rows: Sequence[Row]) -> list[str]:
    first, others = rows[0], [name for name in protocols(rows) if name != "dev"]
    known = by_key(rows)
    return [
        f"{detector} ({first['engine']}, weights: {first['weights']})",
        *counts(rows),
        "-" * WIDTH,
        _head(others),
        "-" * WIDTH,
        *(_row(row, known, others) for row in rows if row["protocol"] == "dev"),
        "-" * WIDTH,
    ]


def _head(others: Sequence[str]) -> str:
    head = f"{'translation':18}{'step':>7}{'AP':>7}{'95 % interval':>15}"
    head += f"{'AP50':>7}{'AP75':>7}{'AR':>7}"
    head += f"{'paper':>9}" * ("paper" in others)
    return head + f"{'nested':>9}{'95 % interval':>14}" * ("nested" in others)


def _row(row: Row, known: Mapping[tuple[str, str, str], Row], others: Sequence[str]) -> str:
    name = _short(row_title(row["translation"]), 18)
    text = (
        f"{name:18}{step_title(row['checkpoint']):>7}{row['ap']:>7.3f}{_interval(row):>15}"
        f"{row['ap50']:>7.3f}{row['ap75']:>7.3f}{row['ar']:>7.3f}"
    )
    for protocol in others:
        other = known.get((protocol, row["detector"], row["translation"]))
        text += f"{other['ap']:>9.3f}" if other else f"{'':>9}"
        if protocol == "nested":
            text += f"{_interval(other):>14}" if other else ""
    return text


def _beside(rows: Sequence[Row], points: Sequence[Row]) -> list[str]:
    """Gap closed, and what the detector does at its threshold."""
    known = {point["translation"]: point for point in points}
    area = points[0]["area_km2"]
    shown = "of unknown size" if area is None else f"{area:.0f} km²"
    text = [
        f"Gap between none and real_sar closed; threshold of the highest F1 on dev; test, {shown}",
        f"{'':18}{'closed':>8}{'95 % interval':>16}{'threshold':>13}{'recall':>9}"
        f"{'precision':>11}{'false alarms/1000 km²':>24}",
    ]
    for row in rows:
        point = known.get(row["translation"])
        if row["protocol"] != "dev" or point is None:
            continue
        interval = ""
        if row.get("gap_closed_low") is not None:
            interval = f"{row['gap_closed_low']:.2f} to {row['gap_closed_high']:.2f}"
        closed = _number(row.get("gap_closed"), 2)
        text.append(
            f"{_short(row_title(row['translation']), 18):18}{closed:>8}{interval:>16}"
            f"{_number(point['threshold'], 3):>13}{_number(point['recall'], 3):>9}"
            f"{_number(point['precision'], 3):>11}"
            f"{_number(point['false_alarms_per_1000_km2'], 0):>24}"
        )
    return text


def _differences(gaps: Sequence[Row]) -> list[str]:
    marks = []
    if any(gap["best_gan"] for gap in gaps):
        marks.append("* the GAN that was best on dev")
    if any(gap["best_single"] for gap in gaps):
        marks.append("** the single member that was best on dev")
    return [
        f"{'Difference in AP on test, same draws':49}{'95 % interval':>17}{'<= 0':>7}{'p Holm':>7}",
        *(_difference(gap) for gap in gaps),
        "<= 0: share of draws; p Holm: two-sided, corrected for all differences of this detector.",
        *marks,
    ]


def _difference(gap: Row) -> str:
    a, b = (_short(row_title(gap[key]), 15) for key in ("a", "b"))
    what = f"{a}{'*' * gap['best_gan']} minus {b}{'**' * gap['best_single']}"
    interval = f"{gap['low']:+.3f} to {gap['high']:+.3f}"
    verdict = "not distinguishable"
    if gap["distinguishable"]:
        verdict = "" if gap.get("distinguishable_holm", True) else "not after Holm"
    return (
        f"{what:41}{gap['difference']:>+8.3f}{interval:>17}{gap['share_not_above_zero']:>7.3f}"
        f"{_number(gap.get('p_holm'), 3):>7} {verdict}".rstrip()
    )


def _fusion(ensemble: str, tuned: Row) -> list[str]:
    """What an ensemble is, and its AP on dev beside that of its best member."""
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in tuned["weights"].items())
    thresholds = (
        ""
        if tuned["iou_threshold"] is None
        else f"; IoU {tuned['iou_threshold']:.2f}, skip below {tuned['skip_threshold']:.2f}"
    )
    best = tuned["best_single"]
    return [
        *_wrapped(f"Ensemble {ensemble}, tuned: {tuned['answer']} ({weights}{thresholds})"),
        f"On dev: AP {tuned['ap']:.3f}; best single member, {best['translation']}, "
        f"{best['ap']:.3f}; equal weights {tuned['equal']['ap']:.3f}",
    ]


def _wrapped(text: str) -> list[str]:
    from textwrap import wrap

    return wrap(text, WIDTH, subsequent_indent="  ", break_long_words=False)


def _interval(row: Row) -> str:
    return f"{row['ap_low']:.3f} - {row['ap_high']:.3f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _short(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 2] + ".."
