"""The scores of two folders in a terminal, at most 100 characters wide."""

from collections.abc import Mapping
from typing import Any

from crosslook.scores.forest_settings import CHANCE
from crosslook.scores.quality import KINDS, LABELS, named

ORDER = ("fd", "kid", "cos_mean", "crd", "crd_excess", "coverage", "forest_log_loss")
ARROWS = {"lower": "lower", "higher": "higher", "neither": ""}
Record = Mapping[str, Any]


def lines(record: Record) -> list[str]:
    """The record of ``scoring_folders.compare`` as lines.

    Every score stands beside what real images give against real ones: at N where there are 2 N of
    them, else at half of what there is, with the fakes at that number between the two.
    """
    n, name = record["n"], record["embedder"]["name"]
    real = record["real"][name]
    fewer = real["fd"]["n"]
    height, width = record["size_px"]
    cut = ", cut from the middle" if record["cropped"] else ""
    head = f"{'':24}{'better':>8}{f'N = {n}':>12}{'95 % interval':>22}"
    text = [
        f"{n} fakes against {n} real images of {width} x {height} px{cut}",
        f"{name}: {record['embedder']['preprocessing']}",
        f"folds and draws: {record['groups']}; seed {record['seed']}",
        "",
        head + (f"{f'N = {fewer}':>12}" if fewer < n else "") + f"{f'real, N = {fewer}':>20}",
    ]
    for kind in ORDER:
        score = named(kind, name)
        details = record["details"].get(score, {})
        label = LABELS.get(score, KINDS[kind].label)
        row = f"{label:24}{ARROWS[KINDS[kind].better]:>8}{_number(record['scores'][score]):>12}"
        row += f"{_interval(details):>22}"
        if fewer < n:
            row += f"{_number(details.get('at_n', {}).get('value')):>12}"
        text.append(row + f"{_drawn(real.get(kind)):>20}")
    grid = record["scores"]["checkerboard"]
    row = f"{KINDS['checkerboard'].label:24}{'lower':>8}{_number(grid):>12}{'':22}"
    row += " " * 12 * (fewer < n)
    text += [row + f"{_number(record['real']['checkerboard']):>20}", "", *_notes(record, fewer)]
    return text


def _notes(record: Record, fewer: int) -> list[str]:
    """What has to be known to read the table."""
    name = record["embedder"]["name"]
    notes = [
        f"real, N = {fewer}: two sets of real images against each other, mean ± deviation over "
        "draws.",
        "Perfect fakes would score like that, not 0. Compare equal N and equal embedders only.",
        f"forest log-loss: chance is ln 2 = {CHANCE:.3f}; below it, fakes are told from real.",
    ]
    reason = record["details"].get(named("forest_log_loss", name), {}).get("reason")
    if reason:
        notes.append(f"forest log-loss: not measured: {reason}")
    if named("fd", name) in LABELS:
        return notes
    return [*notes, f"{name} gives no FID and no FRD: its distances compare with its own only."]


def _interval(details: Record) -> str:
    if details.get("low") is None or details.get("high") is None:
        return ""
    return f"{_number(details['low'])} to {_number(details['high'])}"


def _drawn(drawn: Record | None) -> str:
    if drawn is None:
        return "–"
    return f"{_number(drawn['value'])} ± {_number(drawn['deviation'], 2)}"


def _number(value: float | None, digits: int = 4) -> str:
    """So many digits that count, never as a power of ten above 0.0001."""
    if value is None:
        return "–"
    return f"{value:#.{digits}g}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"
