"""Every score against AP on dev, one panel per score: does quality predict usefulness?"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crosslook.report.associations import Point
from crosslook.report.panels import COLOURS, MARKERS, png
from crosslook.scores.quality import kind_of
from crosslook.translators.naming import checkpoint_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 4
WIDE, HIGH = 2.35, 1.75  # inches of a panel
LEFT, RIGHT, BELOW, HEAD, LINE = 0.6, 0.15, 0.5, 0.62, 0.19  # inches around; of a legend's line
ACROSS, DOWN = 0.2, 0.78  # inches between panels
IN_A_LINE = 6  # translations of the legend
NOTE = (
    "A point per checkpoint, lines in the order of training; hollow: nothing was trained, not in "
    "the title's ρ. Brackets: 95 % interval."
)
BETTER = {"lower": "lower is better", "higher": "higher is better", "neither": ""}


def draw_associations(
    points: Sequence[Point], rows: Sequence[Mapping[str, Any]], detector: str
) -> bytes:
    """A PNG with one panel per score; a colour and mark per translation.

    Args:
        points: one of this detector at least.
        rows: from ``associations``; the pooled rho of trained translators stands in the titles.
        detector: whose AP.
    """
    mine = [one for one in points if one.detector == detector]
    scores = list(dict.fromkeys(one.score for one in mine))
    names = list(dict.fromkeys(one.translation for one in mine))
    known = {
        row["score"]: row for row in rows if (row["detector"], row["form"]) == (detector, "pooled")
    }
    legend = math.ceil(len(names) / IN_A_LINE)
    figure, axes = _grid(len(scores), f"Scores of images against AP on SAR dev, {detector}", legend)
    for axis, score in zip(axes, scores, strict=False):
        for i, name in enumerate(names):
            own = [one for one in mine if (one.score, one.translation) == (score, name)]
            _draw(axis, own, i, name)
        kind = kind_of(score)
        axis.set_title(f"{kind.label}\n{rho_words(known[score])}", fontsize=8.5, loc="left", pad=3)
        axis.set_xlabel(BETTER[kind.better], fontsize=7.5, labelpad=2)
    _finish(figure, axes[: len(scores)], max(one.ap for one in mine), legend)
    return png(figure)


def rho_words(row: Mapping[str, Any]) -> str:
    """Such as "ρ = -0.62 (-0.90 to -0.10)", or why there is none."""
    if row["rho"] is None:
        return f"no ρ: {row['reason']}"
    text = f"ρ = {row['rho']:.2f}"
    return text if row["low"] is None else f"{text} ({row['low']:.2f} to {row['high']:.2f})"


def _draw(axis: "Axes", own: Sequence[Point], i: int, name: str) -> None:
    colour = COLOURS[i % len(COLOURS)]
    marker = MARKERS[(i + i // len(COLOURS)) % len(MARKERS)]
    plain = [one for one in own if not checkpoint_order(one.checkpoint)[1]]
    axis.plot(
        [one.value for one in plain],
        [one.ap for one in plain],
        color=colour,
        linewidth=0.7,
        alpha=0.5,
    )
    axis.plot(
        [one.value for one in own],
        [one.ap for one in own],
        color=colour,
        marker=marker,
        markersize=5,
        markerfacecolor=colour if own and own[0].trained else "none",
        linestyle="none",
        label=name,
    )


def _grid(panels: int, title: str, legend: int) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    rows = math.ceil(panels / COLUMNS)
    above = HEAD + legend * LINE + 0.42
    width = LEFT + RIGHT + COLUMNS * WIDE + (COLUMNS - 1) * ACROSS
    height = above + BELOW + rows * HIGH + (rows - 1) * DOWN
    figure = Figure(figsize=(width, height), dpi=110)
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - RIGHT / width,
        top=1 - above / height,
        bottom=BELOW / height,
        wspace=ACROSS / WIDE,
        hspace=DOWN / HIGH,
    )
    figure.text(0.15 / width, 1 - 0.1 / height, title, fontsize=11, weight="bold", va="top")
    figure.text(0.15 / width, 1 - 0.36 / height, NOTE, fontsize=8, color="0.3", va="top")
    axes = list(figure.subplots(rows, COLUMNS, squeeze=False, sharey=True).flatten())
    for axis in axes[panels:]:
        axis.set_axis_off()
    return figure, axes


def _finish(figure: "Figure", axes: Sequence["Axes"], top: float, lines: int) -> None:
    for i, axis in enumerate(axes):
        axis.set_ylim(-0.03 * top, 1.08 * max(top, 0.02))
        axis.margins(x=0.08)
        axis.tick_params(labelsize=7.5, length=2.5)
        axis.locator_params(axis="x", nbins=4)
        axis.grid(visible=True, color="0.92", linewidth=0.7)
        axis.set_axisbelow(True)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
        if i % COLUMNS == 0:
            axis.set_ylabel("AP on dev", fontsize=8)
    handles: dict[str, Any] = {}
    for axis in axes:
        found = axis.get_legend_handles_labels()
        handles = dict(zip(found[1], found[0], strict=True)) | handles
    width, height = figure.get_size_inches()
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="upper left",
        bbox_to_anchor=(0.1 / width, 1 - HEAD / height),
        borderaxespad=0.0,
        borderpad=0.0,
        ncols=min(IN_A_LINE, len(handles)),
        fontsize=8,
        frameon=False,
        handletextpad=0.1,
        columnspacing=1.2,
    )
