"""Where detection patches are cut: around places, and where there are none."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from crosslook.patches.annotations import Place
from crosslook.patches.tile_params import DetectionWindows
from crosslook.scenes.windows import Window, overlap

Grey = npt.NDArray[np.float32]
DRAWS = 8  # windows tried around one place
TRIES = 60  # windows tried for one negative
MAY_SHARE = 0.25  # of one negative with another


def around_places(
    places: Sequence[Place],
    area: BaseGeometry,
    size: tuple[int, int],
    settings: DetectionWindows,
    rng: np.random.Generator | None,
) -> list[Window]:
    """Windows such that each place lies wholly inside one of them, where it fits.

    Greedy, from the top left: of some windows around a place that is not yet in one, take the one
    that holds most such places whole, and of those the one that cuts fewest.

    Args:
        places: of one scene.
        area: the labelled part of the scene; windows keep inside it where that is possible.
        size: (height, width) of the scene, pixels.
        settings: side and jitter.
        rng: where the windows are moved at random; None moves them by fixed steps, so that they
            depend on the places alone.
    """
    shapes = [place.outline for place in places]
    boxes = np.array([outline.bounds for outline in shapes]).reshape(-1, 4)
    waiting = np.ones(len(places), dtype=bool)
    windows: list[Window] = []
    for i in np.lexsort((boxes[:, 0], boxes[:, 1])):
        if not waiting[i]:
            continue
        frame = _frame(shapes[i], area, size, settings.size_px)
        tried = [_around(boxes[i], shift, frame, settings) for shift in _shifts(rng)]
        best = max(tried, key=lambda window: _worth(window, boxes, waiting))
        waiting &= ~_whole(best, boxes)
        waiting[i] = False
        if best not in windows:
            windows.append(best)
    return windows


def without_places(
    places: Sequence[Place],
    area: BaseGeometry,
    size: tuple[int, int],
    texture: Grey,
    settings: DetectionWindows,
    rng: np.random.Generator,
) -> list[Window]:
    """Hard negatives: windows inside the labelled area that touch no place.

    Windows are drawn with a chance in proportion to the spread of grey in them, so coast, towns and
    fields come before open water.

    Args:
        places: of one scene, and of every class that is to be found.
        area: the labelled part of the scene.
        size: (height, width) of the scene, pixels.
        texture: (h, w) the scene in grey, decimated; NaN where it has no data.
        settings: side, count and least share of data.
        rng: draws the windows.
    """
    side, wanted = settings.size_px, settings.negatives_per_scene
    if wanted == 0 or min(size) < side:
        return []
    inside = area.buffer(0.05)  # a hundredth of a pixel is rounding, not another place
    shapely.prepare(inside)
    tree = shapely.STRtree([place.outline for place in places])
    rows = rng.integers(0, size[0] - side + 1, TRIES * wanted)
    columns = rng.integers(0, size[1] - side + 1, TRIES * wanted)
    free: list[Window] = []
    spread: list[float] = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        box = shapely.box(column, row, column + side, row + side)
        if inside.covers(box) and not len(tree.query(box, predicate="intersects")):
            window = (column, row, side, side)
            valid, deviation = _grey(window, size, texture)
            if valid >= settings.min_valid and deviation > 0:
                free.append(window)
                spread.append(deviation)
    if not free:
        return []
    chance = np.array(spread) / np.sum(spread)
    chosen: list[Window] = []
    for i in rng.choice(len(free), len(free), replace=False, p=chance):
        if len(chosen) < wanted and all(overlap(free[i], one) <= MAY_SHARE for one in chosen):
            chosen.append(free[i])
    return chosen


def _shifts(rng: np.random.Generator | None) -> Sequence[tuple[float, float]]:
    if rng is None:
        steps = (0.0, -1.0, 1.0)
        return [(across, down) for down in steps for across in steps]
    return [(float(a), float(b)) for a, b in rng.uniform(-1.0, 1.0, (DRAWS, 2))]


def _frame(
    outline: BaseGeometry, area: BaseGeometry, size: tuple[int, int], side: int
) -> list[tuple[int, int]]:
    """For x and y, the first and last pixel where a window may start.

    That is the scene, and in it the part of the labelled area around the place if a window fits.
    """
    parts = [part for part in shapely.get_parts(area) if part.intersects(outline)]
    bounds = parts[0].bounds if parts else (0, 0, size[1], size[0])
    frame = []
    for k, length in ((0, size[1]), (1, size[0])):
        low, high = int(np.ceil(bounds[k] - 0.05)), int(np.floor(bounds[k + 2] + 0.05)) - side
        first, last = 0, max(length - side, 0)
        frame.append((low, high) if first <= low <= high <= last else (first, last))
    return frame


def _around(
    box: npt.NDArray[np.float64],
    shift: tuple[float, float],
    frame: list[tuple[int, int]],
    settings: DetectionWindows,
) -> Window:
    """The window around ``box``, moved by ``shift`` of the jitter, kept in the frame."""
    side = settings.size_px
    starts = []
    for k in (0, 1):
        low, high = box[k], box[k + 2]
        start = (low + high - side) / 2 + shift[k] * settings.jitter * side
        if high - low <= side - 1:  # it fits: keep all of it inside
            start = min(max(start, np.ceil(high) - side), np.floor(low))
        starts.append(int(min(max(round(start), frame[k][0]), frame[k][1])))
    return (starts[0], starts[1], side, side)


def _whole(window: Window, boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    column, row, width, height = window
    inside: npt.NDArray[np.bool_] = (
        (boxes[:, 0] >= column)
        & (boxes[:, 1] >= row)
        & (boxes[:, 2] <= column + width)
        & (boxes[:, 3] <= row + height)
    )
    return inside


def _worth(
    window: Window, boxes: npt.NDArray[np.float64], waiting: npt.NDArray[np.bool_]
) -> tuple[int, int]:
    column, row, width, height = window
    whole = _whole(window, boxes)
    touched = (
        (boxes[:, 0] < column + width)
        & (boxes[:, 1] < row + height)
        & (boxes[:, 2] > column)
        & (boxes[:, 3] > row)
    )
    return int((whole & waiting).sum()), -int((touched & ~whole).sum())


def _grey(window: Window, size: tuple[int, int], texture: Grey) -> tuple[float, float]:
    """Share of data and spread of grey of a window."""
    down, across = texture.shape[0] / size[0], texture.shape[1] / size[1]
    column, row, width, height = window
    top, left = int(row * down), int(column * across)
    bottom, right = int(np.ceil((row + height) * down)), int(np.ceil((column + width) * across))
    seen = texture[top:bottom, left:right]
    good = seen[np.isfinite(seen)]
    return good.size / max(seen.size, 1), float(good.std()) if good.size else 0.0
