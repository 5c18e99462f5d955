"""Fig. 3 of Senchugova and Hänsch: weighted F1 against the number of training patches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crosslook.report.land_cover_style import (
    LINES,
    Row,
    configuration_title,
    counts,
    in_order,
    sensor_title,
    tidy,
)
from crosslook.report.panels import COLOURS, MARKERS, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCORE = "weighted"
STYLES = ((0, (4, 2)), "solid", "dotted", "dashdot")  # S1 dashed, S2 solid, as in the paper
APART = 0.018  # of the number of patches: between lines, so that whiskers do not hide each other
NOTE = "Whiskers: 95 % interval over scenes. All trainings take the same number of steps."


def draw_samples(rows: Sequence[Row]) -> bytes:
    """A PNG: a line per configuration and sensor.

    Args:
        rows: of ``tabulating.rows_of``, all numbers of samples; of a configuration two at least.
    """
    from matplotlib.figure import Figure

    lines = by_size(rows)
    sensors = list(dict.fromkeys(s for mine in lines.values() for s in mine[0]["sensors"]))
    figure = Figure(figsize=(6.9, 4.4), dpi=110)
    figure.subplots_adjust(left=0.085, right=0.98, top=0.78, bottom=0.11)
    axis = figure.subplots()
    drawn = [(name, sensor) for name in lines for sensor in sensors]
    for i, (name, sensor) in enumerate(drawn):
        shift = (1 + APART) ** (i - (len(drawn) - 1) / 2)
        _line(axis, lines, name, sensor, sensors.index(sensor), shift)
    sizes = sorted({row["trained_on"] for mine in lines.values() for row in mine})
    axis.set_xscale("log")
    axis.set_xticks(sizes, [str(size) for size in sizes])
    axis.minorticks_off()
    axis.set_xlabel("patches of each sensor to learn from (log axis)", fontsize=9)
    axis.set_ylabel("weighted F1", fontsize=9)
    tidy(axis)
    title = f"Weighted F1 on {counts(next(iter(lines.values())))}"
    figure.text(0.02, 0.975, title, fontsize=10.5, weight="bold", va="top")
    figure.text(0.02, 0.918, NOTE, fontsize=8, color="0.3", va="top")
    figure.legend(
        loc="upper left",
        bbox_to_anchor=(0.02, 0.875),
        borderaxespad=0.0,
        borderpad=0.0,
        ncols=len(lines),
        fontsize=8,
        frameon=False,
        handlelength=3.2,
        columnspacing=1.6,
    )
    return png(figure)


def by_size(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Configurations with two sizes or more -> their rows, the smallest size first."""
    every: dict[str, list[Row]] = {}
    for row in in_order(rows):
        every.setdefault(row["configuration"], []).append(row)
    return {
        name: sorted(mine, key=lambda row: row["trained_on"])
        for name, mine in every.items()
        if len(mine) > 1
    }


def _line(
    axis: "Axes", lines: dict[str, list[Row]], name: str, sensor: str, i: int, shift: float
) -> None:
    score, place = f"{SCORE}/{sensor}", list(lines).index(name)
    colour = LINES.get(name, COLOURS[place % len(COLOURS)])
    known = [row for row in lines[name] if row["scores"][score]["mean"] is not None]
    across = [row["trained_on"] * shift for row in known]
    axis.plot(
        across,
        [row["scores"][score]["mean"] for row in known],
        color=colour,
        linestyle=STYLES[i % len(STYLES)],
        linewidth=1.4,
        marker=MARKERS[place % len(MARKERS)],
        markersize=5,
        markerfacecolor="white" if i == 0 else colour,
        label=f"{configuration_title(name)}, {sensor_title(sensor)}",
        zorder=3,
    )
    for at, row in zip(across, known, strict=True):
        if row["scores"][score]["interval"]:
            axis.plot([at, at], row["scores"][score]["interval"], color=colour, linewidth=0.8)
