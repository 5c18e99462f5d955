"""Figs. 2 and 4 of Deep Snow: what a generator changes, and the grids that it leaves."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from crosslook.report.panels import png
from crosslook.scores.matching import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELL, GAP = 1.3, 0.07  # inches of a picture, and between two
LEFT, RIGHT, ABOVE, HEAD, BELOW = 0.85, 0.15, 0.62, 0.3, 0.55  # inches around all
MAP_COLOURS, SPECTRUM_COLOURS = "magma", "viridis"
DECADES = 4.0  # of power that a spectrum shows below its largest value


@dataclass(frozen=True)
class Seen:
    """What is shown of one checkpoint."""

    title: str
    source: npt.NDArray[np.uint8]  # (3, H, W)
    fake: npt.NDArray[np.uint8]
    l1: Floats  # (3, H, W) of this patch
    mean_l1: Floats  # (3, H, W) over all patches
    spectrum: Floats | None  # (H, W) of the fakes, zero frequency in the middle


def draw_artefacts(
    name: str, seen: Sequence[Seen], bands: Sequence[str], units: Sequence[str], real: Floats | None
) -> bytes:
    """A PNG: a row per checkpoint with source, fake, L1 of each band, and the fakes' spectrum.

    A band has one colour scale for all rows; spectra have one too, and that of real patches stands
    below. Grids with a period of 2 and 4 px would be points at the ticks of a spectrum.

    Args:
        name: of the translation.
        seen: what there is to show, the earliest first.
        bands: names of the three bands of L1.
        units: of each.
        real: spectrum of real patches.
    """
    spectra = [one.spectrum for one in seen if one.spectrum is not None]
    spectra += [] if real is None else [real]
    columns = ["source", "fake", *(f"L1, {band}" for band in bands)]
    columns += ["spectrum"] if spectra else []
    rows = [one.title for one in seen] + ([""] if real is not None else [])
    note = "One patch; L1 = |fake - source| by band. Ticks of a spectrum: periods of 4 and 2 px."
    figure, axes = _grid(rows, columns, f"{name}: what the generator changes", note)
    tops = [_top([one.l1[i] for one in seen]) for i in range(len(bands))]
    for row, one in zip(axes, seen, strict=False):
        for axis, picture in zip(row, (one.source, one.fake), strict=False):
            axis.imshow(picture.transpose(1, 2, 0), interpolation="nearest")
        for i, top in enumerate(tops):
            row[2 + i].imshow(one.l1[i], cmap=MAP_COLOURS, vmin=0, vmax=top)
        if one.spectrum is not None:
            _draw_spectrum(row[-1], one.spectrum, spectra)
    for i in range(len(bands)):
        _scale(figure, axes[len(seen) - 1][2 + i], units[i])
    if real is not None:
        _draw_spectrum(axes[-1][-1], real, spectra)
        for axis in axes[-1][:-1]:
            axis.set_axis_off()
        axes[-1][-2].text(1, 0.5, "real patches:", ha="right", va="center", fontsize=9)
    return png(figure)


def draw_mean_l1(
    name: str, seen: Sequence[Seen], bands: Sequence[str], units: Sequence[str], n: int
) -> bytes:
    """A PNG: the L1 map of each band and checkpoint, mean over all patches.

    What is fixed to the grid of a patch stays in the mean, what belongs to the ground does not. A
    band has one colour scale for all rows, from its smallest to its largest percent.
    """
    note = f"Mean over {n} patches. A pattern here is fixed to the patch, not to the ground."
    figure, axes = _grid(
        [one.title for one in seen], [f"L1, {band}" for band in bands], f"{name}: mean L1", note
    )
    for i in range(len(bands)):
        values = np.concatenate([one.mean_l1[i].ravel() for one in seen])
        low, high = np.nanpercentile(values, [1, 99])
        for row, one in zip(axes, seen, strict=True):
            row[i].imshow(
                one.mean_l1[i], cmap=MAP_COLOURS, vmin=low, vmax=high if high > low else low + 1
            )
        _scale(figure, axes[-1][i], units[i])
    return png(figure)


def read_seen(title: str, example: Mapping[str, Any], maps: Mapping[str, Any]) -> Seen:
    """What example/CHECKPOINT.npz and maps/CHECKPOINT.npz hold."""
    power = maps["spectrum"]
    return Seen(
        title,
        example["source"],
        example["fake"],
        example["l1"],
        maps["l1"],
        power if power.size else None,
    )


def _grid(
    rows: Sequence[str], columns: Sequence[str], title: str, note: str
) -> "tuple[Figure, list[list[Axes]]]":
    """A figure with named rows and columns of pictures, and room for scales below."""
    from matplotlib.figure import Figure

    width = max(LEFT + RIGHT + len(columns) * (CELL + GAP), 4.6)
    height = ABOVE + HEAD + BELOW + len(rows) * (CELL + GAP)
    figure = Figure(figsize=(width, height), dpi=100)
    figure.text(0.1 / width, 1 - 0.1 / height, title, fontsize=11, weight="bold", va="top")
    figure.text(0.1 / width, 1 - 0.36 / height, note, fontsize=8, color="0.3", va="top")
    axes: list[list[Axes]] = []
    for i, row in enumerate(rows):
        bottom = height - ABOVE - HEAD - (i + 1) * CELL - i * GAP
        axes.append([])
        for j, column in enumerate(columns):
            left = LEFT + j * (CELL + GAP)
            box = (left / width, bottom / height, CELL / width, CELL / height)
            axis = figure.add_axes(box, xticks=[], yticks=[])
            axes[-1].append(axis)
            if i == 0:
                axis.set_title(column, fontsize=9, pad=4)
        middle = (bottom + CELL / 2) / height
        words = "\n".join(row.split(" "))
        figure.text((LEFT - 0.1) / width, middle, words, fontsize=9, ha="right", va="center")
    return figure, axes


def _draw_spectrum(axis: "Axes", power: Floats, every: Sequence[Floats]) -> None:
    """Power in decades below the largest of all, with ticks at N/4 and N/2 of each axis."""
    largest = max(float(one.max()) for one in every)
    decades = np.log10(np.maximum(power, largest * 10**-DECADES * 1e-3) / largest)
    axis.imshow(decades, cmap=SPECTRUM_COLOURS, vmin=-DECADES, vmax=0, interpolation="nearest")
    height, width = power.shape
    axis.set_xticks([0, width // 4, width // 2, width * 3 // 4], ["", "", "", ""])
    axis.set_yticks([0, height // 4, height // 2, height * 3 // 4], ["", "", "", ""])
    axis.tick_params(length=2.5, color="0.3")


def _scale(figure: "Figure", axis: "Axes", unit: str) -> None:
    """A colour bar below the lowest picture of a column."""
    place = axis.get_position()
    height = figure.get_size_inches()[1]
    bar = figure.add_axes((place.x0, place.y0 - 0.14 / height, place.width, 0.07 / height))
    figure.colorbar(axis.images[0], cax=bar, orientation="horizontal")
    low, high = axis.images[0].get_clim()
    bar.set_xticks(np.linspace(low, high, 4)[1:-1].round(_digits(high - low)))
    bar.tick_params(labelsize=7, length=2, pad=1)
    bar.set_xlabel(unit, fontsize=7, labelpad=1)


def _digits(span: float) -> int:
    """Digits behind the point that tell values of a scale of this length apart."""
    return max(0, 1 - math.floor(math.log10(span)))


def _top(maps: Sequence[Floats]) -> float:
    """The upper end of a scale, nearly the largest value: a few pixels do not decide. 1 for 0."""
    return float(np.nanpercentile(np.concatenate([one.ravel() for one in maps]), 99.5)) or 1.0
