"""Table I in Markdown and LaTeX, arranged as in the paper: per model one line per architecture.

Source of the arrangement: the detection paper, Table I. Beside it stand the two other protocols.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crosslook.report.names import row_title
from crosslook.report.table_cells import gaps, models, paired, thresholds
from crosslook.report.table_facts import by_key, counts, meaning, protocols

Row = Mapping[str, Any]


def markdown(rows: Sequence[Row], differences: Sequence[Row], points: Sequence[Row] = ()) -> str:
    """Table I in 0..1, then thresholds and differences, as Markdown.

    Args:
        rows: of results/evaluate.json.
        differences: of results/evaluate_differences.json, of all protocols.
        points: of results/evaluate_operating_points.json.
    """
    parts = [
        "**Table I.** Detection on SAR; AP in 0..1 with 95 % bootstrap intervals.",
        "\n".join(f"* {said}" for said in (*meaning(rows), *counts(rows))),
        grid(*models(rows)),
    ]
    if points:
        said, cells = thresholds(points)
        parts.append(f"{said}\n\n{grid(*cells)}")
    if differences:
        parts.append("Paired differences, on the same draws.\n\n" + grid(*gaps(differences)))
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
    for row in paired(rows):
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


def grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _percent(row: Row) -> str:
    low, high = (f"{100 * row[key]:.1f}" for key in ("ap_low", "ap_high"))
    return f"{100 * row['ap']:.1f} ({low}--{high})"
