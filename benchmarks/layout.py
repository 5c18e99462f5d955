"""A table, for a terminal of 100 columns and as Markdown."""

import textwrap
from dataclasses import dataclass

WIDTH = 100


@dataclass(frozen=True)
class Table:
    """Columns have one or two lines of heading, split by a line break; the first holds words."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def as_text(table: Table) -> str:
    """For a terminal: first column left, the others right."""
    heads = [column.split("\n") for column in table.columns]
    deep = max(len(head) for head in heads)
    lines = [
        [head[i - deep] if len(head) >= deep - i else "" for head in heads] for i in range(deep)
    ]
    lines += [list(row) for row in table.rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= WIDTH else " "
    text = [table.title]
    for number, line in enumerate(lines):
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        text.append(gap.join(cells).rstrip())
        if number == deep - 1:
            text.append("-" * len(gap.join("x" * width for width in widths)))
    for note in table.notes:
        text += textwrap.wrap(note, WIDTH)
    return "\n".join(text)


def as_markdown(table: Table) -> str:
    """The same, with the title in bold above and the notes below."""
    head = [column.replace("\n", " ") for column in table.columns]
    rule = ["---", *["---:"] * (len(head) - 1)]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, rule, *table.rows)]
    notes = [f"\n{note}" for note in table.notes]
    return "\n".join([f"**{table.title}**", "", *lines, *notes])
