"""Plain JSON values as MLflow's parameters (words, switches) and metrics (numbers, curves)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_LETTERS = 500  # of a parameter


@dataclass(frozen=True)
class Point:
    """One value of one metric; ``model`` is the index of the sheet's model that it belongs to."""

    key: str
    value: float
    step: int = 0
    model: int | None = None


def flat(value: Any, path: str = "") -> tuple[dict[str, str], list[Point]]:
    """Split a record into parameters (words, switches) and metrics (numbers, curves).

    A list of rows that have a ``step``, and a mapping of equally long lists of which one is named
    ``step``, are curves. Other lists are in the artifact only.
    """
    params: dict[str, str] = {}
    points: list[Point] = []
    curve = _curve(value)
    if curve:
        points += [Point(_join(path, key), number, step) for key, number, step in curve]
    elif isinstance(value, Mapping):
        for key, one in value.items():
            more, scores = flat(one, _join(path, clean(str(key))))
            params |= more
            points += scores
    elif isinstance(value, (bool, str)):
        params[path] = str(value)[:MOST_LETTERS]
    elif isinstance(value, (int, float)):
        points.append(Point(path, float(value)))
    return params, points


def _curve(value: Any) -> list[tuple[str, float, int]]:
    """(metric, value, step) of a table with steps; empty if ``value`` is no such table."""
    if isinstance(value, Mapping) and isinstance(value.get("step"), list):
        columns = {key: one for key, one in value.items() if key != "step"}
        if all(isinstance(one, list) for one in columns.values()):
            names = ["step", *columns]
            rows = zip(value["step"], *columns.values(), strict=True)
            return _curve([dict(zip(names, row, strict=True)) for row in rows])
    if _is_table(value):
        return [
            (clean(str(key)), float(one), row["step"])
            for row in value
            for key, one in row.items()
            if key != "step" and isinstance(one, (int, float)) and not isinstance(one, bool)
        ]
    return []


def _is_table(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, Mapping) and isinstance(row.get("step"), int) for row in value)
    )


def _join(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key


def clean(name: str) -> str:
    """A name with nothing in it that MLflow refuses in a metric."""
    return re.sub(r"[^\w\-. /]", "_", name)
