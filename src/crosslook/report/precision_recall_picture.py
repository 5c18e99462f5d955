"""Precision over recall on SAR test, with the threshold that dev chose; one panel per model."""

from collections.abc import Mapping, Sequence
from typing import Any

from crosslook.report.names import row_title
from crosslook.report.panels import COLOURS, MARKERS, grid, legend, name_axes, png


def draw_precision_recall(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A PNG with one line per detector, and a mark at its threshold.

    Args:
        rows: of results/evaluate_operating_points.json.
    """
    names = list(dict.fromkeys(row["translation"] for row in rows))
    detectors = list(dict.fromkeys(row["detector"] for row in rows))
    titles = {name: row_title(name) for name in names}
    figure, axes = grid(
        list(titles.values()),
        "Precision and recall on SAR test, IoU .5",
        "Marks: the score threshold with the highest F1 on SAR dev.",
    )
    for row in rows:
        axis, i = axes[titles[row["translation"]]], detectors.index(row["detector"])
        colour = COLOURS[i % len(COLOURS)]
        axis.plot(
            row["curve"]["recall"],
            row["curve"]["precision"],
            color=colour,
            linewidth=1.2,
            label=row["detector"],
        )
        if row["precision"] is not None:
            axis.plot(
                [row["recall"]],
                [row["precision"]],
                color=colour,
                marker=MARKERS[i % len(MARKERS)],
                markersize=6,
                markeredgecolor="black",
                markeredgewidth=0.8,
                linestyle="none",
                clip_on=False,
                zorder=4,
            )
    for axis in axes.values():
        axis.set_xlim(0, 1)
        axis.set_ylim(0, 1.02)
        axis.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".5", ".75", "1"])
    name_axes(axes, "recall", "precision")
    legend(figure, axes)
    return png(figure)
