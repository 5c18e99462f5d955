"""A picture of the losses over the steps, to be looked at beside the fakes."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crosslook.translators.curve import Row
from crosslook.writing import whole_file

if TYPE_CHECKING:  # translators run without matplotlib, their pictures do not
    from matplotlib.axes import Axes

COLUMNS = 3
WIDE, HIGH = 3.0, 1.7  # inches of a panel
ASIDE, ABOVE, BELOW = 0.6, 0.6, 0.5  # inches at the left of panels, above all and below them
BETWEEN = 0.45  # inches from row to row of panels


def write_curves(path: Path, title: str, rows: Sequence[Row], checkpoints: Sequence[int]) -> None:
    """Write a PNG with one panel per kind of loss; a dotted line stands at each checkpoint.

    The kind is what a name has before its first "/": ``cycle/source`` and ``cycle/target`` share
    the panel ``cycle``, and whatever ends in ``source`` has one colour in all of them. The same
    rows give the same bytes.

    Args:
        path: the PNG.
        title: what was trained.
        rows: of a ``Curve``, one at least; a name may be missing in some.
        checkpoints: steps; those behind the last row are not drawn.
    """
    from matplotlib.figure import Figure

    panels = by_kind(rows)
    columns = min(COLUMNS, len(panels))
    lines = math.ceil(len(panels) / columns)
    width = (WIDE + ASIDE) * columns + 0.2
    height = HIGH * lines + BETWEEN * (lines - 1) + ABOVE + BELOW
    figure = Figure(figsize=(width, height), dpi=100)
    figure.subplots_adjust(
        left=ASIDE / width,
        right=1 - 0.2 / width,
        top=1 - ABOVE / height,
        bottom=BELOW / height,
        wspace=ASIDE / WIDE,
        hspace=BETWEEN / HIGH,
    )
    figure.text(
        0.5,
        1 - 0.1 / height,
        f"{title}: losses over steps, checkpoints dotted",
        fontsize=10,
        ha="center",
        va="top",
    )
    axes = figure.subplots(lines, columns, squeeze=False, sharex=True).flatten()
    last = rows[-1]["step"]
    ends = sorted({_end(name) for names in panels.values() for name in names})
    colours = {end: f"C{i}" for i, end in enumerate(ends)}
    for axis, (kind, names) in zip(axes, panels.items(), strict=False):
        _draw(axis, kind, names, rows, colours)
        for checkpoint in checkpoints:
            if checkpoint <= last:
                axis.axvline(checkpoint, color="0.6", linewidth=0.8, linestyle=":")
    for axis in axes[len(panels) :]:
        axis.set_axis_off()
    for axis in axes[max(0, len(panels) - columns) : len(panels)]:
        axis.tick_params(labelbottom=True)
        axis.set_xlabel("step", fontsize=8)
    with whole_file(path) as temporary:
        figure.savefig(temporary, metadata={"Software": "crosslook"})


def by_kind(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Kind of loss -> names of its losses, both in the order in which they first come."""
    kinds: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for row in rows for name in row if name != "step"):
        kinds.setdefault(name.partition("/")[0], []).append(name)
    return kinds


def _draw(
    axis: "Axes", kind: str, names: Sequence[str], rows: Sequence[Row], colours: Mapping[str, str]
) -> None:
    axis.set_title(kind.replace("_", " "), fontsize=9, loc="left")
    axis.tick_params(labelsize=7)
    axis.grid(visible=True, color="0.92")
    for name in sorted(names):
        points = [(row["step"], row[name]) for row in rows if name in row]
        marker = "." if len(points) == 1 else ""
        axis.plot(
            *zip(*points, strict=True),
            label=_end(name),
            color=colours[_end(name)],
            linewidth=1.1,
            marker=marker,
        )
    if len(names) > 1:
        axis.legend(
            fontsize=7,
            loc="lower right",
            bbox_to_anchor=(1, 1),  # above the panel: no line lies below it
            borderaxespad=0.2,
            ncols=len(names),
            handlelength=1,
            columnspacing=1,
            frameon=False,
        )


def _end(name: str) -> str:
    return name.partition("/")[2]
