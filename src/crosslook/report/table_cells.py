"""The cells of Table I and of the tables beside it, for Markdown and for pages.

Names of rows stand in backticks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crosslook.report.names import row_title, step_title
from crosslook.report.table_facts import by_key, protocols

Row = Mapping[str, Any]
Cells = tuple[list[str], list[list[str]]]  # head and body


def models(rows: Sequence[Row]) -> Cells:
    """Table I: per model one line per architecture, with the two other protocols beside.

    Args:
        rows: of results/evaluate.json.
    """
    others = [name for name in protocols(rows) if name != "dev"]
    known = by_key(rows)
    head = ["model", "architecture", "step", "AP", "AP50", "AP75", "AR", "gap closed"]
    head += [f"AP, {name}" + ", tuned on test" * (name == "paper") for name in others]
    body = []
    for row in paired(rows):
        cells = [
            f"`{row_title(row['translation'])}`",
            row["detector"],
            step_title(row["checkpoint"]),
            with_interval(row["ap"], row["ap_low"], row["ap_high"], 3),
            *(f"{row[key]:.3f}" for key in ("ap50", "ap75", "ar")),
            with_interval(
                row.get("gap_closed"), row.get("gap_closed_low"), row.get("gap_closed_high"), 2
            ),
        ]
        for name in others:
            other = known.get((name, row["detector"], row["translation"]))
            cells.append(
                with_interval(other["ap"], other["ap_low"], other["ap_high"], 3) if other else ""
            )
        body.append(cells)
    return head, body


def thresholds(points: Sequence[Row]) -> tuple[str, Cells]:
    """What each model does at its threshold: how it was measured, and the table.

    Args:
        points: of results/evaluate_operating_points.json.
    """
    head = ["model", "architecture", "threshold", "recall", "precision", "false alarms / 1000 km²"]
    body = [
        [
            f"`{row_title(point['translation'])}`",
            point["detector"],
            number(point["threshold"], 3),
            number(point["recall"], 3),
            number(point["precision"], 3),
            number(point["false_alarms_per_1000_km2"], 0),
        ]
        for point in points
    ]
    area = points[0]["area_km2"]
    shown = "of unknown size" if area is None else f"{area:.1f} km²"
    said = f"At the threshold with the highest F1 on SAR dev, IoU .5; SAR test, {shown}."
    return said, (head, body)


def gaps(differences: Sequence[Row]) -> Cells:
    """Paired differences.

    Args:
        differences: of results/evaluate_differences.json.
    """
    head = ["protocol", "architecture", "difference in AP", "", "share of draws <= 0"]
    head += ["p", "p, Holm", ""]
    body = [
        [
            gap.get("protocol", "dev"),
            gap["detector"],
            f"`{row_title(gap['a'])}` minus `{row_title(gap['b'])}`",
            f"{gap['difference']:+.3f} ({gap['low']:+.3f} to {gap['high']:+.3f})",
            f"{gap['share_not_above_zero']:.3f}",
            number(gap.get("p"), 4),
            number(gap.get("p_holm"), 4),
            "" if gap["distinguishable"] else "not distinguishable",
        ]
        for gap in differences
    ]
    return head, body


def paired(rows: Sequence[Row]) -> list[Row]:
    """The rows of "dev", those of one translation together, architectures in their order."""
    mine = [row for row in rows if row["protocol"] == "dev"]
    names = list(dict.fromkeys(row["translation"] for row in mine))
    return sorted(mine, key=lambda row: names.index(row["translation"]))


def with_interval(value: float | None, low: float | None, high: float | None, digits: int) -> str:
    """Text such as "0.32 (0.23 to 0.42)"; without bounds the value alone, "-" without a value."""
    if value is None:
        return "-"
    text = f"{value:.{digits}f}"
    return text if low is None else f"{text} ({low:.{digits}f} to {high:.{digits}f})"


def number(value: float | None, digits: int) -> str:
    """With so many digits behind the point; "-" for None."""
    return "-" if value is None else f"{value:.{digits}f}"
