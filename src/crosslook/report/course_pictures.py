"""Figs. 3 and 5 of Deep Snow: losses and scores over the training of one translator."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crosslook.report.panels import COLOURS, MARKERS, png
from crosslook.scores.forest_settings import CHANCE
from crosslook.scores.quality import KINDS, kind_of, named
from crosslook.translators.curve import Row
from crosslook.translators.curves_picture import by_kind
from crosslook.translators.naming import checkpoint_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 4
WIDE, HIGH = 2.2, 1.45  # inches of a panel
LEFT, RIGHT, ABOVE, BELOW = 0.65, 0.15, 0.95, 0.45  # inches around all panels
ACROSS, DOWN = 0.6, 0.5  # inches between panels
ARROWS = {"lower": "lower is better", "higher": "higher is better", "neither": ""}
FOREST = "forest_log_loss"

Record = Mapping[str, Any]


def draw_training(record: Record, losses: Sequence[Row]) -> bytes:
    """A PNG with one panel per kind of loss, and below them one per score, over the steps.

    A dashed line is what the score gives between real patches and others of the same number; where
    that number is smaller than that of the fakes, squares are the fakes at that size too. Crosses
    are the semantic consistency of sources and fakes of different places.

    Args:
        record: results/score_translator/NAME.json, of checkpoints that were trained.
        losses: of results/train_translator/NAME.json.
    """
    kinds = by_kind(losses) if losses else {}
    names = _panels(record)
    note = (
        "Above: losses. Below: scores of every checkpoint; dashed: real against real, squares: "
        "fakes at the same n. "
    )
    if ["semantic_consistency"] in names:
        note += "Bars: 95 % interval over scenes. Crosses: sources and fakes of other places."
    else:
        note += "Bars of KID: 95 % interval over scenes."
    of_losses = math.ceil(len(kinds) / COLUMNS) * COLUMNS
    figure, axes = _grid(of_losses + len(names), f"{record['translation']}: training", note)
    last = max(_step(one["checkpoint"]) for one in record["checkpoints"])
    for axis, (kind, of_kind) in zip(axes, kinds.items(), strict=False):
        _title(axis, kind.replace("_", " "), "loss")
        for name in sorted(of_kind):
            points = [(row["step"], row[name]) for row in losses if name in row]
            axis.plot(*zip(*points, strict=True), linewidth=0.9, label=name.partition("/")[2])
        if len(of_kind) > 1:
            axis.legend(fontsize=6, frameon=False, handlelength=1, borderaxespad=0.1)
    for axis, scores in zip(axes[of_losses:], names, strict=False):
        _draw_scores(axis, record, scores)
    used = [*axes[: len(kinds)], *axes[of_losses : of_losses + len(names)]]
    for axis in axes:
        if axis not in used:
            axis.set_axis_off()
        axis.set_xlim(0, last * 1.05)
    for axis in used[-COLUMNS:]:
        axis.set_xlabel("step", fontsize=8)
    return png(figure)


def draw_forest(record: Record) -> bytes:
    """A PNG with the forest's log-loss of every checkpoint, by embedder, and chance drawn in.

    Bars are the standard error over the draws of folds and trees; dotted lines are what it gives
    between real patches and others.
    """
    from matplotlib.figure import Figure

    rows = 1 + len(record["embedders"])  # of the legend
    high = 3.3 + 0.18 * rows
    figure = Figure(figsize=(6.4, high), dpi=100)
    figure.subplots_adjust(
        left=0.1, right=0.97, top=1 - (0.55 + 0.18 * rows) / high, bottom=0.5 / high
    )
    title = f"{record['translation']}: can a forest tell fakes from real patches?"
    figure.text(0.02, 1 - 0.1 / high, title, fontsize=11, weight="bold", va="top")
    note = f"{record['n']} fakes, {record['n']} real patches; folds of whole scenes."
    figure.text(0.02, 1 - 0.34 / high, note, fontsize=8, color="0.3", va="top")
    axis = figure.subplots()
    chance = axis.axhline(CHANCE, color="0.3", linewidth=1, linestyle="--", label="chance, ln 2")
    fakes: list[Any] = []
    real: list[Any] = []
    for i, about in enumerate(record["embedders"]):
        name, colour = named(FOREST, about["name"]), COLOURS[i % len(COLOURS)]
        points = _points(record, name)
        bars = [one["details"][name].get("standard_error", 0) for one, _ in points]
        drawn = axis.errorbar(
            [_step(one["checkpoint"]) for one, _ in points],
            [value for _, value in points],
            yerr=bars,
            color=colour,
            marker=MARKERS[i % len(MARKERS)],
            markersize=4,
            linewidth=1.2,
            capsize=2,
            label=about["name"],
        )
        fakes.append(drawn)
        beside = record["real"][about["name"]].get(FOREST)
        if beside:
            line = axis.axhline(
                beside["value"],
                color=colour,
                linewidth=1,
                linestyle=":",
                label=f"{about['name']}, real against real, n = {beside['n']}",
            )
            real.append(line)
    axis.set_xlabel("step of the translator", fontsize=8)
    axis.set_ylabel("log-loss (nat)", fontsize=8)
    axis.set_xlim(left=0)
    axis.set_ylim(0, max(axis.get_ylim()[1], CHANCE * 1.08))
    _frame(axis)
    figure.legend(
        handles=[*fakes, chance, *real],  # a column of fakes, one of what they have to reach
        fontsize=8,
        frameon=False,
        ncols=2,
        loc="upper left",
        bbox_to_anchor=(0.02, 1 - 0.5 / high),
        borderaxespad=0.0,
        borderpad=0.0,
        labelspacing=0.3,
    )
    return png(figure)


def _panels(record: Record) -> list[list[str]]:
    """The names of the scores that share a panel; those that are null everywhere are left out."""
    names = [name for name in record["checkpoints"][0]["scores"] if _points(record, name)]
    bands = [name for name in names if kind_of(name).of == "band"]
    alone = [
        [name] for name in names if name not in bands and name.partition("__")[0] != "cos_mean"
    ]
    return [*alone, *([bands] if bands else [])]


def _draw_scores(axis: "Axes", record: Record, names: Sequence[str]) -> None:
    """One score over the steps, or the bands of one."""
    kind = kind_of(names[0])
    if len(names) > 1:
        _title(axis, f"{KINDS[names[0].partition('__')[0]].label}, mean change", "")
    else:
        _title(axis, kind.label, ARROWS[kind.better])
    for i, name in enumerate(names):
        points = _points(record, name)
        trained = [(_step(one["checkpoint"]), value, one) for one, value in points]
        plain = [row for row in trained if not _is_average(row[2])]
        colour = COLOURS[i % len(COLOURS)]
        axis.plot(
            [step for step, _, _ in plain],
            [value for _, value, _ in plain],
            color=colour,
            marker="o",
            markersize=3.5,
            linewidth=1.2,
            label=name.partition("__")[2],
        )
        averages = [row for row in trained if _is_average(row[2])]
        axis.plot(
            [step for step, _, _ in averages],
            [value for _, value, _ in averages],
            color=colour,
            marker="o",
            markerfacecolor="none",
            markersize=5,
            linestyle="none",
        )
        _draw_beside(axis, record, name, colour)
    if len(names) > 1:
        axis.legend(fontsize=6.5, frameon=False, handlelength=1, borderaxespad=0.1)


def _draw_beside(axis: "Axes", record: Record, name: str, colour: str) -> None:
    """Real against real as a line, with the fakes at that size; an interval where there is one."""
    kind, _, of = name.partition("__")
    beside = record["real"].get(of, {}).get(kind) if kind_of(name).of == "embeddings" else None
    if beside:
        axis.axhline(beside["value"], color="0.35", linewidth=1, linestyle="--")
    if kind == "checkerboard" and record["real"]["checkerboard"] is not None:
        axis.axhline(record["real"]["checkerboard"], color="0.35", linewidth=1, linestyle="--")
    if kind == "survival" and record["real"]["contrast"]:
        axis.axhline(record["real"]["contrast"]["share"], color="0.35", linewidth=1, linestyle="--")
    for one, _ in _points(record, name):
        details, step = one["details"].get(name, {}), _step(one["checkpoint"])
        if details.get("low") is not None:
            axis.vlines(
                step, details["low"], details["high"], color=colour, alpha=0.35, linewidth=3
            )
        if details.get("at_n"):
            axis.plot([step], [details["at_n"]["value"]], "s", color="0.35", markersize=3)
        if details.get("shuffled") is not None:
            axis.plot([step], [details["shuffled"]], "x", color="0.35", markersize=4)


def _points(record: Record, name: str) -> list[tuple[Record, float]]:
    """The checkpoints that have this score, with its value."""
    every = [(one, one["scores"].get(name)) for one in record["checkpoints"]]
    return [(one, value) for one, value in every if value is not None]


def _grid(panels: int, title: str, note: str) -> "tuple[Figure, list[Axes]]":
    from matplotlib.figure import Figure

    rows = math.ceil(panels / COLUMNS)
    width = LEFT + RIGHT + COLUMNS * WIDE + (COLUMNS - 1) * ACROSS
    height = ABOVE + BELOW + rows * HIGH + (rows - 1) * DOWN
    figure = Figure(figsize=(width, height), dpi=100)
    figure.subplots_adjust(
        left=LEFT / width,
        right=1 - RIGHT / width,
        top=1 - ABOVE / height,
        bottom=BELOW / height,
        wspace=ACROSS / WIDE,
        hspace=DOWN / HIGH,
    )
    figure.text(0.15 / width, 1 - 0.1 / height, title, fontsize=11, weight="bold", va="top")
    figure.text(0.15 / width, 1 - 0.34 / height, note, fontsize=8, color="0.3", va="top")
    return figure, list(figure.subplots(rows, COLUMNS, squeeze=False).flatten())


def _title(axis: "Axes", words: str, note: str) -> None:
    axis.set_title(words, fontsize=8.5, loc="left", pad=3 if not note else 12)
    if note:
        axis.text(0, 1.015, note, fontsize=6.5, color="0.4", transform=axis.transAxes, va="bottom")
    _frame(axis)


def _frame(axis: "Axes") -> None:
    axis.tick_params(labelsize=7, length=2.5)
    axis.grid(visible=True, color="0.92", linewidth=0.7)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def _step(checkpoint: Any) -> int:
    return checkpoint_order(checkpoint)[0]


def _is_average(one: Record) -> bool:
    return checkpoint_order(one["checkpoint"])[1]
