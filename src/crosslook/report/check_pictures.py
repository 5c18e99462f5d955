"""The pictures of the page of ``crosslook check``: thumbnails, histograms, the map of splits.

What comes from files is drawn as plain text, never as a formula.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from crosslook.checks.portraits import Line, Portrait
from crosslook.report.panels import COLOURS, png
from crosslook.scenes.catalogue import SPLITS, Scene, footprint

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 100
SIDE = 2.8  # inches of a thumbnail's longer side
LABEL, AREA = "#ffffff", "#ffd60a"
BANDS = ("#D55E00", "#009E73", "#0072B2", "#CC79A7", "#E69F00", "#56B4E9")
SPLIT_COLOURS = dict(zip(SPLITS, COLOURS, strict=False))
SENSOR_MARKERS = {"optical": "o", "sar": "s"}


def thumbnail(portrait: Portrait) -> bytes | None:
    """A JPEG of the composite with its labels (white) and labelled area (yellow, dashed)."""
    if portrait.picture is None:
        return None
    from matplotlib.figure import Figure

    _, height, width = portrait.picture.shape
    longest = max(height, width)
    size = (max(0.2, SIDE * width / longest), max(0.2, SIDE * height / longest))
    figure = Figure(figsize=size, dpi=DPI)
    axis = figure.add_axes((0, 0, 1, 1))
    axis.axis("off")
    axis.imshow(portrait.picture.transpose(1, 2, 0), extent=(0, width, height, 0), aspect="auto")
    _draw_lines(axis, portrait.areas, AREA, "--")
    _draw_lines(axis, portrait.labels, LABEL, "-")
    axis.set_xlim(0, width)
    axis.set_ylim(height, 0)
    data = io.BytesIO()
    figure.savefig(data, format="jpeg", pil_kwargs={"quality": 80})
    return data.getvalue()


def histograms(portrait: Portrait) -> bytes | None:
    """A PNG of one curve per band; a band's expected range is the bar of its colour below."""
    if not portrait.histograms:
        return None
    figure, axis = _panel((3.6, 2.1))
    figure.subplots_adjust(left=0.04, right=0.98, top=0.9, bottom=0.24)
    axis.spines["left"].set_visible(False)
    top = max(max(one.shares) for one in portrait.histograms)
    for i, one in enumerate(portrait.histograms):
        colour = BANDS[i % len(BANDS)]
        edges = np.linspace(one.low, one.high, len(one.shares) + 1)
        axis.stairs(one.shares, edges, color=colour, linewidth=1.2)
        if one.expected is not None:
            line = -0.06 * top * (i + 1)
            axis.plot(one.expected, (line, line), color=colour, linewidth=3, solid_capstyle="butt")
        axis.text(
            0.02 + 0.16 * (i % 6),
            1.03 + 0.09 * (i // 6),
            one.band[:8],
            color=colour,
            fontsize=8,
            transform=axis.transAxes,
            parse_math=False,
        )
    first = portrait.histograms[0]
    axis.set_xlim(first.low, first.high)
    axis.set_ylim(-0.06 * top * (len(portrait.histograms) + 1), 1.05 * top)
    axis.set_yticks([])
    axis.set_xlabel(portrait.quantity, fontsize=8)
    axis.tick_params(labelsize=7.5, length=2.5)
    return png(figure)


def split_map(scenes: Sequence[Scene]) -> bytes:
    """A PNG of where the scenes lie, in longitude and latitude; colour = split, shape = sensor."""
    figure, axis = _panel((7.6, 3.8))
    figure.subplots_adjust(left=0.09, right=0.78, top=0.96, bottom=0.13)
    told: set[str] = set()
    latitudes: list[float] = []
    first: float | None = None  # longitude
    for scene in scenes:
        shape = footprint(scene)
        polygons = shape["coordinates"]
        for ring in polygons if shape["type"] == "MultiPolygon" else [polygons]:
            points = np.array(ring[0], np.float64)
            if not np.isfinite(points).all():
                continue
            middle = float(points[:, 0].mean())
            first = middle if first is None else first
            points[:, 0] += 360 * round((first - middle) / 360)  # so that neighbours stay such
            colour = SPLIT_COLOURS[scene.split]
            axis.plot(points[:, 0], points[:, 1], color=colour, linewidth=1)
            kind = f"{scene.sensor}, {scene.split}"
            axis.plot(
                *points[:-1].mean(axis=0),
                SENSOR_MARKERS[scene.sensor],
                color=colour,
                markersize=5,
                alpha=0.7,
                label=None if kind in told else kind,
            )
            told.add(kind)
            latitudes.append(float(points[:, 1].mean()))
    axis.set_xlabel("longitude [°]", fontsize=8)
    axis.set_ylabel("latitude [°]", fontsize=8)
    axis.ticklabel_format(useOffset=False)
    axis.xaxis.set_major_formatter(lambda longitude, _: f"{(longitude + 180) % 360 - 180:.6g}")
    axis.tick_params(labelsize=7.5, length=2.5)
    axis.grid(visible=True, color="0.92", linewidth=0.7)
    axis.margins(0.08)
    if latitudes:  # a degree of longitude as long as it is on the ground
        stretch = 1 / max(0.1, float(np.cos(np.radians(np.median(latitudes)))))
        axis.set_aspect(stretch, adjustable="datalim")
    if told:
        axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8, frameon=False)
    return png(figure)


def _panel(size: tuple[float, float]) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=DPI)
    axis: Any = figure.add_subplot()
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    return figure, axis


def _draw_lines(axis: "Axes", lines: Sequence[Line], colour: str, style: str) -> None:
    for line in lines:
        axis.plot(line[:, 0], line[:, 1], style, color="#000000", linewidth=2, alpha=0.5)
        axis.plot(line[:, 0], line[:, 1], style, color=colour, linewidth=1)
