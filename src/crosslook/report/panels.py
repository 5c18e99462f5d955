"""What the pictures of the evaluation share: a grid of panels, colours of detectors, a PNG."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 5
WIDE, HIGH = 2.15, 1.75  # inches of a panel
LEFT, RIGHT, ABOVE, BELOW = 0.6, 0.15, 1.0, 0.5  # inches around all panels
ACROSS, DOWN = 0.16, 0.32  # inches between panels

# Okabe and Ito's palette, which colour-blind people can tell apart; markers differ as well.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("o", "s", "^", "D", "v", "P")


def grid(names: Sequence[str], title: str, note: str) -> tuple["Figure", dict[str, "Axes"]]:
    """A figure with one panel per name, which share both axes.

    Args:
        names: titles of the panels.
        title: of the whole.
        note: a line below the title.
    """
    from matplotlib.figure import Figure

    columns = min(COLUMNS, len(names))
    lines = -(-len(names) // columns)
    width = LEFT + RIGHT + columns * WIDE + (columns - 1) * ACROSS
    height = ABOVE + BELOW + lines * HIGH + (lines - 1) * DOWN
    figure = Figure(figsize=(max(width, 7.0), height), dpi=110)
    width = max(width, 7.0)
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - RIGHT / width,
        top=1 - ABOVE / height,
        bottom=BELOW / height,
        wspace=ACROSS / WIDE,
        hspace=DOWN / HIGH,
    )
    figure.text(LEFT / width, 1 - 0.1 / height, title, fontsize=11, weight="bold", va="top")
    figure.text(LEFT / width, 1 - 0.34 / height, note, fontsize=8, color="0.3", va="top")
    axes = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).flatten()
    for axis in axes[len(names) :]:
        axis.set_axis_off()
    for axis in axes[max(0, len(names) - columns) : len(names)]:
        axis.tick_params(labelbottom=True)
    for name, axis in zip(names, axes, strict=False):
        axis.set_title(name, fontsize=9, loc="left", pad=3)
        axis.tick_params(labelsize=7.5, length=2.5)
        axis.grid(visible=True, color="0.92", linewidth=0.7)
        axis.set_axisbelow(True)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    return figure, dict(zip(names, axes, strict=False))


def name_axes(axes: dict[str, "Axes"], across: str, up: str) -> None:
    """Label the lowest panel of every column and the first of every row."""
    panels = list(axes.values())
    columns = min(COLUMNS, len(panels))
    for i, axis in enumerate(panels):
        if i % columns == 0:
            axis.set_ylabel(up, fontsize=8)
        if i >= len(panels) - columns:
            axis.set_xlabel(across, fontsize=8)


def legend(figure: "Figure", axes: dict[str, "Axes"]) -> None:
    """One legend for all panels, below the title."""
    found: dict[str, Any] = {}
    for axis in axes.values():
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            if label not in found or found[label].get_marker() in (None, "None", ""):
                found[label] = handle
    width, height = figure.get_size_inches()
    figure.legend(
        list(found.values()),
        list(found),
        loc="upper left",
        bbox_to_anchor=(LEFT / width, 1 - 0.56 / height),
        borderaxespad=0.0,
        borderpad=0.0,
        ncols=max(len(found), 1),
        fontsize=8,
        frameon=False,
        handlelength=2.2,
        columnspacing=1.6,
    )


def png(figure: "Figure") -> bytes:
    """The picture; equal figures give equal bytes."""
    data = io.BytesIO()
    figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()
