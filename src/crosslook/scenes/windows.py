"""Windows of a raster: (column, row, width, height) in pixels of the scene."""

from collections.abc import Sequence
from itertools import groupby

Window = tuple[int, int, int, int]


def grid(size: tuple[int, int], side: int, stride: int) -> list[Window]:
    """Square windows over a scene, sorted by row, then column.

    The last row and column of windows lie flush with the border, so that every pixel is seen. A
    scene smaller than ``side`` gets no window in that direction.

    Args:
        size: (height, width) of the scene, pixels.
        side: of the windows, pixels.
        stride: from one window to the next, pixels.
    """
    if side < 1 or stride < 1:
        raise ValueError(f"side={side} and stride={stride} must be >= 1.")
    rows, columns = (_starts(length, side, stride) for length in size)
    return [(column, row, side, side) for row in rows for column in columns]


def by_row(windows: list[Window]) -> list[Window]:
    """The order in which reading is fastest: neighbours share the raster's blocks."""
    return sorted(windows, key=lambda window: (window[1], window[0]))


def row_parts(windows: Sequence[Window], parts: int) -> list[list[Window]]:
    """Windows in contiguous parts of about equal number, at most ``parts``; none is empty.

    Windows that begin in one row stay together, because they share blocks.

    Args:
        windows: sorted by row.
        parts: at least 1.
    """
    if parts < 1:
        raise ValueError(f"parts={parts} must be >= 1.")
    rows = [list(group) for _, group in groupby(windows, key=lambda window: window[1])]
    made: list[list[Window]] = [[] for _ in range(parts)]
    before = 0
    for row in rows:
        middle = before + len(row) / 2
        made[int(middle * parts / len(windows))] += row
        before += len(row)
    return [part for part in made if part]


def part_inside(window: Window, size: tuple[int, int]) -> Window | None:
    """The part of a window that lies inside a raster of ``size`` (height, width), if any."""
    column, row, width, height = window
    left, top = max(column, 0), max(row, 0)
    right, bottom = min(column + width, size[1]), min(row + height, size[0])
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def overlap(a: Window, b: Window) -> float:
    """The share of window ``a`` that lies in window ``b``."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0) / (a[2] * a[3])


def _starts(length: int, side: int, stride: int) -> list[int]:
    if length < side:
        return []
    starts = list(range(0, length - side + 1, stride))
    return starts if starts[-1] == length - side else [*starts, length - side]
