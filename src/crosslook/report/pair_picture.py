"""Fig. 6 of Deep Snow: real patches and fakes in the principal components of the real ones."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from crosslook.report.panels import COLOURS, png
from crosslook.scores.features import Features
from crosslook.scores.matching import Floats
from crosslook.scores.projection import COMPONENTS, Projection

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REAL_COLOUR = "0.25"
MARGIN = 0.06  # of the range, free on each side
POINTS = 200  # of a density curve


def draw_pairs(
    title: str,
    projection: Projection,
    real: Features,
    fakes: Mapping[str, Features],
    every: Mapping[str, Features],
) -> bytes:
    """A PNG: each component against each other one, densities on the diagonal.

    Args:
        title: of the picture.
        projection: fitted on real embeddings, the same for every checkpoint.
        real: (N, D).
        fakes: what is shown, by name, (N, D) each.
        every: all checkpoints: the axes reach as far as the farthest of them, whichever are shown.
    """
    from matplotlib.figure import Figure

    sets = {name: projection(found) for name, found in fakes.items()} | {"real": projection(real)}
    colours = dict(zip(fakes, COLOURS, strict=False)) | {"real": REAL_COLOUR}
    limits = _limits([projection(found) for found in (real, *every.values())])
    figure = Figure(figsize=(6.6, 6.6), dpi=100)
    figure.subplots_adjust(left=0.1, right=0.97, top=0.87, bottom=0.08, wspace=0.08, hspace=0.08)
    figure.text(0.02, 0.985, title, fontsize=11, weight="bold", va="top")
    note = "Principal components of the real embeddings alone; densities on the diagonal."
    figure.text(0.02, 0.95, note, fontsize=8, color="0.3", va="top")
    axes = figure.subplots(COMPONENTS, COMPONENTS, squeeze=False)
    for i in range(COMPONENTS):
        for j in range(COMPONENTS):
            axis = axes[i][j]
            for name, points in sets.items():
                if i == j:
                    _density(axis, points[:, j], limits[j], colours[name])
                else:
                    axis.scatter(
                        points[:, j],
                        points[:, i],
                        s=6,
                        color=colours[name],
                        alpha=0.55,
                        linewidths=0,
                        label=name,
                    )
            _finish(axis, i, j, limits, projection)
    handles, labels = axes[0][1].get_legend_handles_labels()
    figure.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0.01, 0.935),
        ncols=len(labels),
        fontsize=8.5,
        frameon=False,
        markerscale=2,
        handletextpad=0.2,
    )
    return png(figure)


def _finish(
    axis: "Axes", i: int, j: int, limits: list[tuple[float, float]], projection: Projection
) -> None:
    axis.set_xlim(limits[j])
    if i != j:
        axis.set_ylim(limits[i])
    else:
        axis.set_ylim(bottom=0)
        axis.set_yticks([])
    axis.tick_params(labelsize=7, length=2.5, labelbottom=i == COMPONENTS - 1, labelleft=j == 0)
    axis.locator_params(axis="x", nbins=4)
    if i != j:
        axis.locator_params(axis="y", nbins=4)
    share = f"{100 * projection.explained[j]:.0f} %"
    if i == COMPONENTS - 1:
        axis.set_xlabel(f"component {j + 1} ({share})", fontsize=8)
    if j == 0:
        axis.set_ylabel(f"component {i + 1}", fontsize=8)


def _density(axis: "Axes", values: Floats, limits: tuple[float, float], colour: str) -> None:
    """A kernel density by Scott's rule; a line where all values are one."""
    from scipy.stats import gaussian_kde

    if np.ptp(values) <= 1e-9 * (limits[1] - limits[0]):
        axis.axvline(float(values[0]), color=colour)
        return
    places = np.linspace(*limits, POINTS)
    heights = gaussian_kde(values)(places)
    axis.plot(places, heights, color=colour, linewidth=1.2)
    axis.fill_between(places, heights, color=colour, alpha=0.15, linewidth=0)


def _limits(sets: list[Floats]) -> list[tuple[float, float]]:
    points = np.concatenate(sets)
    low, high = points.min(axis=0), points.max(axis=0)
    free = MARGIN * np.maximum(high - low, 1e-9)
    return [(float(a), float(b)) for a, b in zip(low - free, high + free, strict=True)]
