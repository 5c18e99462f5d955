"""Pictures of one fusion study, drawn from its record: history, importance, slices."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crosslook.writing import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VALUE = "AP + AR on SAR dev"
COLUMNS = 4
DOTS: dict[str, Any] = {"s": 9, "linewidths": 0}

Record = Mapping[str, Any]


def write_pictures(folder: Path, detector: str, ensemble: str, record: Record) -> None:
    """Write ENSEMBLE_history.png, ENSEMBLE_slices.png and, where known, ENSEMBLE_importance.png.

    The same record gives the same bytes.

    Args:
        folder: for the pictures.
        detector: its name, for the titles.
        ensemble: its name, for titles and files.
        record: of one ensemble, from results/tune_fusion.json.
    """
    title = f"{detector}, ensemble {ensemble}"
    _save(_history(title, record), folder / f"{ensemble}_history.png")
    _save(_slices(title, record), folder / f"{ensemble}_slices.png")
    if record["importance"]:
        _save(_importance(title, record), folder / f"{ensemble}_importance.png")


def _history(title: str, record: Record) -> "Figure":
    """Every trial, the best so far, and what no search is needed for."""
    from matplotlib.figure import Figure

    numbers = [trial["number"] for trial in record["trials"]]
    values = [trial["value"] for trial in record["trials"]]
    best = [max(values[: i + 1]) for i in range(len(values))]
    equal, single = record["equal"], record["best_single"]

    figure = Figure(figsize=(7.5, 4), dpi=100, layout="constrained")
    axis = figure.subplots()
    axis.scatter(numbers, values, color="0.6", label="a trial", **DOTS)
    axis.step(numbers, best, where="post", color="C0", linewidth=1.6, label="best so far")
    axis.axhline(
        equal["ap"] + equal["ar"], color="C1", linewidth=1.2, linestyle="--", label="equal weights"
    )
    axis.axhline(
        single["ap"] + single["ar"],
        color="C2",
        linewidth=1.2,
        linestyle=":",
        label=f"best single member, {single['translation']}",
    )
    axis.set_title(f"{title}: trials of the study", fontsize=10, loc="left")
    axis.set_xlabel("trial", fontsize=9)
    _finish(axis)
    axis.set_ylabel(VALUE, fontsize=9)
    figure.legend(loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    return figure


def _importance(title: str, record: Record) -> "Figure":
    """One bar per parameter, the largest on top."""
    from matplotlib.figure import Figure

    names = list(record["importance"])[::-1]
    parts = [record["importance"][name] for name in names]
    figure = Figure(figsize=(6, 1.1 + 0.3 * len(names)), dpi=100, layout="constrained")
    axis = figure.subplots()
    bars = axis.barh([_words(name) for name in names], parts, color="C0", height=0.65)
    axis.bar_label(bars, [f"{part:.2f}" for part in parts], padding=3, fontsize=8)
    axis.set_xlim(0, max(parts) * 1.12)
    axis.set_title(f"{title}: what decides, by PED-ANOVA", fontsize=10, loc="left")
    axis.set_xlabel("part of the importance, sum 1", fontsize=9)
    _finish(axis)
    axis.grid(visible=False, axis="y")
    return figure


def _slices(title: str, record: Record) -> "Figure":
    """A panel per parameter: every trial, early ones light, and the answer."""
    from matplotlib.figure import Figure

    trials = record["trials"]
    names = list(trials[0]["params"])
    values = [trial["value"] for trial in trials]
    columns = min(COLUMNS, len(names))
    rows = math.ceil(len(names) / columns)
    figure = Figure(figsize=(2.4 * columns + 1, 2.1 * rows + 0.4), dpi=100, layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, sharey=True)
    for i, name in enumerate(names):
        axis = axes[i // columns][i % columns]
        dots = axis.scatter(
            [trial["params"][name] for trial in trials],
            values,
            c=[trial["number"] for trial in trials],
            cmap="Blues",
            vmin=-0.25 * len(trials),
            zorder=2,
            **DOTS,
        )
        if (chosen := _chosen(record, name)) is not None:
            axis.axvline(chosen, color="C3", linewidth=1.1, zorder=1.5)
        axis.set_xlabel(_words(name), fontsize=9)
        _finish(axis)
        if i % columns == 0:
            axis.set_ylabel(VALUE, fontsize=8)
    for i in range(len(names), rows * columns):
        axes[i // columns][i % columns].set_axis_off()
    bar = figure.colorbar(dots, ax=axes, label="trial", fraction=0.05, aspect=40)
    bar.ax.set_ylim(0, max(len(trials) - 1, 1))
    bar.ax.tick_params(labelsize=8)
    figure.suptitle(f"{title}: trials by parameter, the answer in red", fontsize=10)
    return figure


def _chosen(record: Record, name: str) -> float | None:
    """Where the answer lies; None for a threshold where one member alone is the answer."""
    value = record["weights"].get(name.removeprefix("weight/"), record.get(name))
    return None if value is None else float(value)


def _words(name: str) -> str:
    """weight/cut -> weight of cut."""
    kind, _, member = name.partition("/")
    words = kind.replace("_", " ").replace("iou", "IoU")
    return f"{words} of {member}" if member else words


def _finish(axis: "Axes") -> None:
    axis.tick_params(labelsize=8)
    axis.grid(visible=True, color="0.92")
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _save(figure: "Figure", path: Path) -> None:
    with whole_file(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": "crosslook"})
