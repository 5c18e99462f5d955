"""Fig. 2 of Senchugova and Hänsch: F1 of both sensors, a group of bars per configuration."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crosslook.report.land_cover_style import (
    PAPER,
    PUBLISHED,
    PUBLISHED_ON,
    Row,
    configuration_title,
    counts,
    in_order,
    sensor_colours,
    sensor_title,
    tidy,
)
from crosslook.report.panels import png

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

F1 = {"macro": 1.0, "weighted": 0.45}  # opaque and half-transparent, as in the paper
EACH, LEAST, HIGH = 1.26, 6.4, 4.4  # inches: a group of bars, least width, height
LEFT, RIGHT, ABOVE, BELOW = 0.6, 0.15, 1.22, 0.35  # inches around the bars
GROUP = 0.84  # of the distance between groups
NOTE = "Macro F1 opaque, weighted F1 half-transparent. Whiskers: 95 % interval over scenes{seeds}."
DIAMOND: dict[str, Any] = {
    "marker": "D",
    "linestyle": "none",
    "markersize": 4.2,
    "markerfacecolor": "white",
    "markeredgecolor": "black",
    "markeredgewidth": 0.9,
    "zorder": 5,
}


def draw_bars(rows: Sequence[Row]) -> bytes:
    """A PNG: macro and weighted F1 of each sensor with their intervals, the paper's beside.

    Args:
        rows: of ``tabulating.rows_of``, one per configuration.
    """
    from matplotlib.figure import Figure

    rows = in_order(rows)
    sensors = list(dict.fromkeys(sensor for row in rows for sensor in row["sensors"]))
    colours, wide = sensor_colours(sensors), GROUP / (len(sensors) * len(F1))
    bars = [(sensor, name) for sensor in sensors for name in F1]
    width = max(EACH * len(rows) + LEFT + RIGHT, LEAST)
    figure = Figure(figsize=(width, HIGH), dpi=110)
    figure.subplots_adjust(
        left=LEFT / width, right=1 - RIGHT / width, top=1 - ABOVE / HIGH, bottom=BELOW / HIGH
    )
    axis = figure.subplots()
    published: list[tuple[float, float]] = []
    for i, row in enumerate(rows):
        told = PUBLISHED.get(row["configuration"], {})
        for j, (sensor, name) in enumerate(bars):
            score, at = f"{name}/{sensor}", i - GROUP / 2 + wide * (j + 0.5)
            _bar(axis, row, score, at, wide, colours[sensor], F1[name])
            published += [(at + 0.28 * wide, told[score])] if score in told else []
    if published:
        axis.plot(*zip(*published, strict=True), **DIAMOND)
    mark_ours(axis, rows)
    axis.set_xticks(range(len(rows)), [configuration_title(row["configuration"]) for row in rows])
    axis.set_xlim(-0.55, len(rows) - 0.45)
    axis.set_ylim(0, 1)
    axis.set_ylabel("F1", fontsize=9)
    tidy(axis)
    axis.tick_params(axis="x", labelsize=9, length=0)
    axis.grid(visible=False, axis="x")
    _head(figure, rows, _handles(sensors, colours), bool(published))
    return png(figure)


def _head(figure: "Figure", rows: Sequence[Row], handles: Sequence[Any], paper: bool) -> None:
    """Title, how much stands behind it, and the legend in one line or two."""
    from matplotlib.legend import Legend
    from matplotlib.lines import Line2D

    left, high = 0.15 / figure.get_figwidth(), figure.get_figheight()
    seeds = "; dots: seeds" if len(rows[0]["seeds"]) > 1 else ""
    title = f"F1 of each sensor on {counts(rows)}"
    figure.text(left, 1 - 0.1 / high, title, fontsize=10.5, weight="bold", va="top")
    note = NOTE.format(seeds=seeds)
    figure.text(left, 1 - 0.35 / high, note, fontsize=8, color="0.3", va="top")
    lines = [list(handles)]
    if paper:
        lines.append([Line2D([], [], label=f"the paper, on {PUBLISHED_ON}", **DIAMOND)])
    for i, line in enumerate(lines):
        figure.add_artist(
            Legend(
                figure,
                line,
                [str(one.get_label()) for one in line],
                loc="upper left",
                bbox_to_anchor=(left, 1 - (0.58 + 0.2 * i) / high),
                borderaxespad=0.0,
                borderpad=0.0,
                ncols=len(line),
                fontsize=8,
                frameon=False,
                handlelength=1.4,
                columnspacing=1.3,
            )
        )


def _bar(
    axis: "Axes", row: Row, score: str, at: float, wide: float, colour: str, alpha: float
) -> None:
    """One bar, its interval, and its seeds where there are several."""
    found = row["scores"].get(score)
    if found is None or found["mean"] is None:
        return
    axis.bar(at, found["mean"], width=wide * 0.92, color=colour, alpha=alpha, linewidth=0)
    if found["interval"]:
        low, high = found["interval"]
        axis.plot([at, at], [low, high], color="0.15", linewidth=1.0, zorder=3)
    if len(found["seeds"]) > 1:
        beside = [at - 0.25 * wide] * len(found["seeds"])
        axis.plot(
            beside, found["seeds"], ".", color="black", markersize=3.2, markeredgewidth=0, zorder=4
        )


def mark_ours(axis: "Axes", rows: Sequence[Row]) -> None:
    """A line before the configurations that the paper does not have, behind those it has."""
    first = next((i for i, row in enumerate(rows) if row["configuration"] in PAPER), len(rows))
    behind = enumerate(rows[first:], first)
    ours = next((i for i, row in behind if row["configuration"] not in PAPER), None)
    if ours is not None:
        axis.axvline(ours - 0.5, color="0.6", linewidth=0.8, linestyle=(0, (3, 3)))
        axis.text(ours - 0.46, 0.985, "beyond the paper", fontsize=8, color="0.3", va="top")


def _handles(sensors: Sequence[str], colours: Mapping[str, str]) -> list[Any]:
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=colours[sensor], alpha=alpha, label=f"{sensor_title(sensor)}, {name}")
        for sensor in sensors
        for name, alpha in F1.items()
    ]
