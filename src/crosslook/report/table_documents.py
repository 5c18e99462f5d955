"""Table I in Markdown and LaTeX, arranged as in the paper: per model one line per architecture.

Source of the arrangement: the detection paper, Table I. Beside it stand the two other protocols.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crosslook.report.names import row_title, step_title
from crosslook.report.table_facts import by_key, counts, meaning, protocols

Row = Mapping[str, Any]


def markdown(rows: Sequence[Row], differences: Sequence[Row], points: Sequence[Row] = ()) -> str:
    """Table I in 0..1, then thresholds and differences, as Markdown.

    Args:
        rows: of results/evaluate.json.
        differences: of results/evaluate_differences.json, of all protocols.
        points: of results/evaluate_operating_points.json.
    """
    others = [name for name in protocols(rows) if name != "dev"]
    known = by_key(rows)
    head = ["model", "architecture", "step", "AP", "AP50", "AP75", "AR", "gap closed"]
    head += [f"AP, {name}" + ", tuned on test" * (name == "paper") for name in others]
    body = []
    for row in _paired(rows):
        cells = [
            f"`{row_title(row['translation'])}`",
            row["detector"],
            step_title(row["checkpoint"]),
            _with_interval(row["ap"], row["ap_low"], row["ap_high"], 3),
            *(f"{row[key]:.3f}" for key in ("ap50", "ap75", "ar")),
            _with_interval(
                row.get("gap_closed"), row.get("gap_closed_low"), row.get("gap_closed_high"), 2
            ),
        ]
        for name in others:
            other = known.get((name, row["detector"], row["translation"]))
            cells.append(
                _with_interval(other["ap"], other["ap_low"], other["ap_high"], 3) if other else ""
            )
        body.append(cells)
    parts = [
        "**Table I.** Detection on SAR; AP in 0..1 with 95 % bootstrap intervals.",
        "\n".join(f"* {said}" for said in (*meaning(rows), *counts(rows))),
        _grid(head, body),
    ]
    if points:
        parts.append(_thresholds(points))
    if differences:
        parts.append(_gaps(differences))
    return "\n\n".join(parts) + "\n"


def latex(rows: Sequence[Row]) -> str:
    """Table I in per cent, as papers print it, for LaTeX with the package booktabs.

    Args:
        rows: of results/evaluate.json.
    """
    others = [name for name in protocols(rows) if name != "dev"]
    known = by_key(rows)
    titles = {"paper": "paper$^*$", "nested": "nested"}
    head = ["Model", "Architecture", "AP", "AP$_{50}$", "AP$_{75}$", "AR"]
    head += [f"AP, {titles[name]}" for name in others]
    body, before = [], None
    for row in _paired(rows):
        cells = [
            escaped(row_title(row["translation"])) if row["translation"] != before else "",
            escaped(row["detector"]),
            _percent(row),
            *(f"{100 * row[key]:.1f}" for key in ("ap50", "ap75", "ar")),
        ]
        for name in others:
            other = known.get((name, row["detector"], row["translation"]))
            cells.append(_percent(other) if other else "")
        if before is not None and row["translation"] != before:
            body.append("\\addlinespace")
        before = row["translation"]
        body.append(" & ".join(cells) + " \\\\")
    star = "$^*$Tuned on test. " if "paper" in others else ""
    said = escaped(" ".join((*meaning(rows), *(f"{one}." for one in counts(rows)))))
    return "\n".join(
        [
            "% needs \\usepackage{booktabs}",
            "\\begin{table}",
            "\\centering",
            "\\caption{Detection on SAR, in \\%, with 95\\,\\% bootstrap intervals. "
            f"{star}{said}}}",
            "\\label{tab:detection}",
            f"\\begin{{tabular}}{{ll{'r' * (4 + len(others))}}}",
            "\\toprule",
            " & ".join(head) + " \\\\",
            "\\midrule",
            *body,
            "\\bottomrule",
            "\\end{tabular}",
            "\\end{table}",
            "",
        ]
    )


def escaped(text: str) -> str:
    """Text in which LaTeX finds no command."""
    special = {"\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}"}
    special |= {sign: f"\\{sign}" for sign in "&%$#_{}"}
    return "".join(special.get(sign, sign) for sign in text)


def _paired(rows: Sequence[Row]) -> list[Row]:
    """The rows of "dev", those of one translation together, architectures in their order."""
    mine = [row for row in rows if row["protocol"] == "dev"]
    names = list(dict.fromkeys(row["translation"] for row in mine))
    return sorted(mine, key=lambda row: names.index(row["translation"]))


def _thresholds(points: Sequence[Row]) -> str:
    head = ["model", "architecture", "threshold", "recall", "precision", "false alarms / 1000 km²"]
    body = [
        [
            f"`{row_title(point['translation'])}`",
            point["detector"],
            _number(point["threshold"], 3),
            _number(point["recall"], 3),
            _number(point["precision"], 3),
            _number(point["false_alarms_per_1000_km2"], 0),
        ]
        for point in points
    ]
    area = points[0]["area_km2"]
    shown = "of unknown size" if area is None else f"{area:.1f} km²"
    said = f"At the threshold with the highest F1 on SAR dev, IoU .5; SAR test, {shown}."
    return f"{said}\n\n{_grid(head, body)}"


def _gaps(gaps: Sequence[Row]) -> str:
    head = ["protocol", "architecture", "difference in AP", "", "share of draws <= 0"]
    head += ["p", "p, Holm", ""]
    body = [
        [
            gap.get("protocol", "dev"),
            gap["detector"],
            f"`{row_title(gap['a'])}` minus `{row_title(gap['b'])}`",
            f"{gap['difference']:+.3f} ({gap['low']:+.3f} to {gap['high']:+.3f})",
            f"{gap['share_not_above_zero']:.3f}",
            _number(gap.get("p"), 4),
            _number(gap.get("p_holm"), 4),
            "" if gap["distinguishable"] else "not distinguishable",
        ]
        for gap in gaps
    ]
    return "Paired differences, on the same draws.\n\n" + _grid(head, body)


def _grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _percent(row: Row) -> str:
    low, high = (f"{100 * row[key]:.1f}" for key in ("ap_low", "ap_high"))
    return f"{100 * row['ap']:.1f} ({low}--{high})"


def _with_interval(value: float | None, low: float | None, high: float | None, digits: int) -> str:
    if value is None:
        return "-"
    text = f"{value:.{digits}f}"
    return text if low is None else f"{text} ({low:.{digits}f} to {high:.{digits}f})"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
