"""table: results/{evaluate, evaluate_differences, tune_fusion}.json -> Table I in the terminal."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import click

from crosslook import outputs, results

WIDTH = 100
_AXIS = 28  # characters of the drawn interval

Row = Mapping[str, Any]


@click.command("table", short_help="the table of results, with intervals and differences")
def command() -> None:
    """Print Table I: what each detector and each ensemble reaches on SAR test.

    Reads results/evaluate.json, results/evaluate_differences.json and results/tune_fusion.json.
    """
    from crosslook.ensemble.naming import promoted

    rows = results.read(outputs.results("evaluate"))
    differences = results.read(outputs.results("evaluate_differences"))
    tuned = promoted(results.read(outputs.results("tune_fusion"))["detectors"])
    click.echo("\n".join(lines(rows, differences, tuned)))


def lines(rows: Sequence[Row], differences: Sequence[Row], tuned: Mapping[str, Row]) -> list[str]:
    """Table I as lines: per detector its rows, its differences, and what was fused.

    Lines have at most 100 characters, unless names are longer than usual.
    """
    text = [
        "",
        "Table I. Detection on SAR, test split. Everything was chosen on the dev split.",
    ]
    for detector in dict.fromkeys(row["detector"] for row in rows):
        mine = [row for row in rows if row["detector"] == detector]
        text += ["", *_table(detector, mine)]
        if gaps := [gap for gap in differences if gap["detector"] == detector]:
            text += ["", *_differences(gaps)]
        if detector in tuned:
            text += ["", *_fusion(tuned[detector])]
    return [*text, ""]


def _table(detector: str, rows: Sequence[Row]) -> list[str]:
    first = rows[0]
    top = max(*(row["ap_high"] for row in rows), 0.01)
    head = f"{'translation':18}{'step':>7}{'AP':>7}{'95 % interval':>16}"
    scale = f"0{f'{top:.2f}':>{_AXIS - 1}}"
    facts = (
        f"{first['n_images']} images of {first['n_scenes']} scene{'s'[: first['n_scenes'] != 1]}, "
        f"{first['n_boxes']} boxes, "
        f"seed {first['seed']}"
    )
    title = f"{detector} ({first['engine']}, weights: {first['weights']})"
    return [
        title if len(title) + len(facts) + 2 > WIDTH else f"{title}{facts:>{WIDTH - len(title)}}",
        *([facts] if len(title) + len(facts) + 2 > WIDTH else []),
        "-" * WIDTH,
        f"{head}  {scale}{'AP50':>8}{'AP75':>7}{'AR':>7}",
        "-" * WIDTH,
        *(_row(row, top) for row in rows),
        "-" * WIDTH,
    ]


def _row(row: Row, top: float) -> str:
    step = "-" if row["checkpoint"] is None else str(row["checkpoint"]).replace("-average", " avg")
    interval = f"{row['ap_low']:.3f} - {row['ap_high']:.3f}"
    return (
        f"{_short(_name(row['translation']), 18):18}{step:>7}{row['ap']:>7.3f}{interval:>16}"
        f"  {_drawn(row, top)}{row['ap50']:>8.3f}{row['ap75']:>7.3f}{row['ar']:>7.3f}"
    )


def _drawn(row: Row, top: float) -> str:
    """The interval on an axis from 0 to ``top``, with the AP as an o."""

    def place(value: float) -> int:
        return min(max(round(value / top * (_AXIS - 1)), 0), _AXIS - 1)

    low, middle, high = place(row["ap_low"]), place(row["ap"]), place(row["ap_high"])
    axis = [" "] * _AXIS
    axis[low : high + 1] = "-" * (high - low + 1)
    axis[low] = axis[high] = "|"
    axis[middle] = "o"
    return "".join(axis)


def _differences(gaps: Sequence[Row]) -> list[str]:
    marks = []
    if any(gap["best_gan"] for gap in gaps):
        marks.append("* the GAN that was best on dev")
    if any(gap["best_single"] for gap in gaps):
        marks.append("** the single member that was best on dev")
    return [
        f"{'Difference in AP, same draws':41}{'':9}{'95 % interval':>17}  share of draws <= 0",
        *(_difference(gap) for gap in gaps),
        *marks,
    ]


def _difference(gap: Row) -> str:
    a, b = _name(gap["a"]), _name(gap["b"])
    what = (
        f"{_short(a, 18)}{'*' * gap['best_gan']} minus {_short(b, 15)}{'**' * gap['best_single']}"
    )
    interval = f"{gap['low']:+.3f} - {gap['high']:+.3f}".replace(" - ", " to ")
    verdict = "" if gap["distinguishable"] else "not distinguishable"
    share = f"{gap['share_not_above_zero']:.3f}"
    return f"{what:41}{gap['difference']:>+9.3f}{interval:>17}  {share:>7}   {verdict}".rstrip()


def _fusion(tuned: Row) -> list[str]:
    """What the ensemble is, and its AP on dev beside that of its best member."""
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in tuned["weights"].items())
    thresholds = (
        ""
        if tuned["iou_threshold"] is None
        else f"; IoU {tuned['iou_threshold']:.2f}, skip below {tuned['skip_threshold']:.2f}"
    )
    best = tuned["best_single"]
    return [
        f"Ensemble, tuned: {tuned['answer']} ({weights}{thresholds})",
        f"On dev: AP {tuned['ap']:.3f}; best single member, {best['translation']}, "
        f"{best['ap']:.3f}; equal weights {tuned['equal']['ap']:.3f}",
    ]


def _name(translation: str) -> str:
    """An ensemble in words: "ensemble, tuned", "paper, equal"; a translation as it is."""
    if not re.match(r"ensemble(_|$)", translation):
        return translation
    name = translation.removeprefix("ensemble").removesuffix("_equal").strip("_") or "ensemble"
    return f"{name}, {'equal' if translation.endswith('_equal') else 'tuned'}"


def _short(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 2] + ".."
