"""What is in the latent space: test patches in two principal components, by class and by sensor."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crosslook.report.land_cover_style import (
    class_colours,
    configuration_title,
    sensor_colours,
    sensor_title,
    tidy,
)
from crosslook.report.panels import png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

View = Mapping[str, Any]
WIDE, HIGH, HEAD = 9.4, 3.9, 0.4  # inches: of the picture, of a model, above all of them
NOTE = (
    "Two principal components of the test embeddings of all sensors together. The linear probe for "
    "the sensor reads all dimensions, on scenes that it has not seen."
)
SHAPES = ("o", "^", "s", "D", "v")  # of sensors
TURNS = 10  # in which sensors are drawn, so that none covers another


def draw_latent(views: Sequence[View]) -> bytes:
    """A PNG with two panels per model: coloured by main class, and by sensor.

    Args:
        views: of ``latent.latent_views``, one at least.
    """
    from matplotlib.figure import Figure

    high = HEAD + HIGH * len(views)
    figure = Figure(figsize=(WIDE, high), dpi=110)
    figure.text(0.015, 1 - 0.1 / high, _title(views), fontsize=10.5, weight="bold", va="top")
    figure.text(0.015, 1 - 0.34 / high, NOTE, fontsize=8, color="0.3", va="top")
    figure.subplots_adjust(
        left=0.066,
        right=0.935,
        top=1 - (HEAD + 0.42) / high,
        bottom=0.45 / high,
        wspace=0.34,
        hspace=0.95 / (HIGH - 0.95),
    )
    axes = figure.subplots(len(views), 2, squeeze=False)
    for view, (by_class, by_sensor) in zip(views, axes, strict=True):
        _by_class(by_class, view)
        _by_sensor(by_sensor, view)
        for axis, words in ((by_class, "main class"), (by_sensor, "sensor")):
            _finish(axis, view, axis is by_class)
            title = f"{_name(view)}, by {words}"
            if axis is by_sensor:
                title += f": linear probe {100 * view['probe']['accuracy']:.0f} %"
                title += f", chance {100 * view['probe']['chance']:.0f} %"
            axis.set_title(title, fontsize=9, loc="left", pad=4)
    return png(figure)


def _title(views: Sequence[View]) -> str:
    first = views[0]
    return f"The latent space: {first['patches']} test patches of {first['scenes']} scenes"


def _name(view: View) -> str:
    return f"{configuration_title(view['configuration'])}, seed {view['seed']}"


def _by_class(axis: "Axes", view: View) -> None:
    """A colour per class, a shape per sensor."""
    colours = class_colours(view["classes"])
    for shape, points in zip(SHAPES, view["points"].values(), strict=False):
        for i, colour in enumerate(colours):
            mine = [at for at, main in zip(points, view["main"], strict=True) if main == i]
            _scatter(axis, mine, colour, shape)
    from matplotlib.lines import Line2D

    there = sorted(set(view["main"]))
    handles = [_mark(Line2D, "s", colours[i], view["classes"][i].replace("_", " ")) for i in there]
    handles += [
        _mark(Line2D, shape, "0.4", sensor_title(sensor))
        for shape, sensor in zip(SHAPES, view["points"], strict=False)
    ]
    _legend(axis, handles)


def _by_sensor(axis: "Axes", view: View) -> None:
    """A colour and a shape per sensor."""
    from matplotlib.lines import Line2D

    colours = sensor_colours(list(view["points"]))
    shapes = dict(zip(view["points"], SHAPES, strict=False))
    for turn in range(TURNS):
        for sensor, points in view["points"].items():
            _scatter(axis, points[turn::TURNS], colours[sensor], shapes[sensor])
    _legend(axis, [_mark(Line2D, shapes[s], colours[s], sensor_title(s)) for s in view["points"]])


def _scatter(axis: "Axes", points: Sequence[Sequence[float]], colour: str, shape: str) -> None:
    if points:
        axis.plot(
            *zip(*points, strict=True),
            linestyle="none",
            marker=shape,
            color=colour,
            markersize=4,
            markeredgewidth=0,
            alpha=0.75,
        )


def _mark(line: Any, shape: str, colour: str, label: str) -> Any:
    return line([], [], linestyle="none", marker=shape, color=colour, markersize=5, label=label)


def _legend(axis: "Axes", handles: Sequence[Any]) -> None:
    axis.legend(
        handles=list(handles),
        loc="upper left",
        bbox_to_anchor=(1.01, 1.01),
        borderaxespad=0.0,
        fontsize=8,
        frameon=False,
        handletextpad=0.1,
        labelspacing=0.35,
    )


def _finish(axis: "Axes", view: View, by_class: bool) -> None:
    tidy(axis)
    if view["reason"]:
        axis.text(
            0.5, 0.5, view["reason"], transform=axis.transAxes, ha="center", fontsize=8, wrap=True
        )
        axis.set_xticks([])
        axis.set_yticks([])
        return
    first, second = (f"{100 * part:.0f} % of the variance" for part in view["explained"])
    axis.set_xlabel(f"component 1, {first}", fontsize=8)
    if by_class:
        axis.set_ylabel(f"component 2, {second}", fontsize=8)
