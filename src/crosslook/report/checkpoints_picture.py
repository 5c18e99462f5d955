"""Fig. 5 of the detection paper: AP of every checkpoint, one panel per translation."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crosslook.report.panels import COLOURS, MARKERS, grid, legend, name_axes, png
from crosslook.translators.naming import checkpoint_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = Mapping[str, Any]
NOTES = {
    "dev": "SAR dev, by which checkpoints are chosen. Bands: 95 % bootstrap intervals.",
    "test": "SAR test, for the report alone: nothing is chosen by it. "
    "Bands: 95 % bootstrap intervals.",
}


def draw_checkpoints(rows: Sequence[Row], split: str) -> bytes:
    """A PNG with one line per detector. What has no checkpoint is a level line.

    Averages of weights stand at the step that they belong to, as hollow marks without a line.

    Args:
        rows: of results/evaluate_checkpoints.json.
        split: "dev" or "test".
    """
    mine = [row for row in rows if row["split"] == split]
    names = list(dict.fromkeys(row["translation"] for row in mine))
    detectors = list(dict.fromkeys(row["detector"] for row in mine))
    figure, axes = grid(
        names, "AP of the detectors over the training of the translator", NOTES[split]
    )
    last = max((checkpoint_order(row["checkpoint"])[0] for row in mine), default=0) or 1
    for name, axis in axes.items():
        for i, detector in enumerate(detectors):
            found = [r for r in mine if (r["translation"], r["detector"]) == (name, detector)]
            if not found:
                continue
            if found[0]["checkpoint"] is None:
                _level(axis, found[0], last, COLOURS[i % len(COLOURS)], detector)
            else:
                _line(axis, found, i, detector)
        axis.set_xlim(0, last * 1.06)
    top = max((row["ap_high"] for row in mine), default=0)
    for axis in axes.values():
        axis.set_ylim(0, max(top * 1.05, 0.02))
    name_axes(axes, "step of the translator", "AP (IoU .50:.95)")
    legend(figure, axes)
    return png(figure)


def _level(axis: "Axes", row: Row, last: int, colour: str, detector: str) -> None:
    """A line over all steps: nothing is trained here."""
    ends = [0, last * 1.06]
    axis.fill_between(ends, row["ap_low"], row["ap_high"], color=colour, alpha=0.15, linewidth=0)
    axis.plot(ends, [row["ap"]] * 2, color=colour, linewidth=1.3, linestyle="--", label=detector)


def _line(axis: "Axes", rows: Sequence[Row], i: int, detector: str) -> None:
    colour, marker = COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)]
    places = [(checkpoint_order(row["checkpoint"]), row) for row in rows]
    plain = [(step, row) for (step, is_average), row in places if not is_average]
    averages = [(step, row) for (step, is_average), row in places if is_average]
    if plain:
        steps = [step for step, _ in plain]
        low, high = ([row[key] for _, row in plain] for key in ("ap_low", "ap_high"))
        if len(plain) == 1:
            axis.vlines(steps, low, high, color=colour, alpha=0.3, linewidth=4)
        axis.fill_between(steps, low, high, color=colour, alpha=0.15, linewidth=0)
        axis.plot(
            steps,
            [row["ap"] for _, row in plain],
            color=colour,
            marker=marker,
            markersize=4,
            linewidth=1.3,
            label=detector,
        )
    if averages:
        axis.plot(
            [step for step, _ in averages],
            [row["ap"] for _, row in averages],
            color=colour,
            marker=marker,
            markersize=6,
            markerfacecolor="none",
            linestyle="none",
            label=f"{detector}, averaged weights",
        )
