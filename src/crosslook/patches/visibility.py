"""What of a labelled place is seen in a window, as COCO annotations."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from crosslook.patches.annotations import Place
from crosslook.patches.tile_params import DetectionWindows
from crosslook.scenes.windows import Window

Box = tuple[float, float, float, float]  # x1 y1 x2 y2, pixels
THIN_PX = 1.0  # a strip thinner than this is rounding at the border
SLICE_PX = 16.0  # height of the slices that cover what is left beside a slanted border


def visible_places(
    window: Window,
    places: Sequence[Place],
    categories: Mapping[str, int],
    settings: DetectionWindows,
) -> list[dict[str, Any]]:
    """COCO annotations, without ids, of the places that a window shows.

    A box is the bounds of the polygon ∩ window, not of the polygon's bounds ∩ window: for slanted
    places that are cut, the latter is far too large. ``visible`` is the share of the polygon inside
    the window. A place of which too little is seen, whose box is too thin, or that is to be ignored
    anyway gets iscrowd = 1: it is neither to be found nor to be called background.
    """
    column, row, width, height = window
    frame = shapely.box(column, row, column + width, row + height)
    rows = []
    for place in places:
        seen = place.outline.intersection(frame)
        if seen.area <= 0:
            continue
        visible = float(min(seen.area / place.outline.area, 1.0))
        x1, y1, x2, y2 = seen.bounds
        large = min(x2 - x1, y2 - y1) >= settings.min_side_px
        shown = visible >= settings.min_visible and large and not place.ignore
        bbox = [x1 - column, y1 - row, x2 - x1, y2 - y1]
        rows.append(
            _row(categories[place.name], bbox, ignore=not shown)
            | {"visible": visible, "truncated": visible < 1 - 1e-9, "place": place.id}
        )
    return rows


def unlabelled_parts(
    window: Window, area: BaseGeometry, categories: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Annotations to ignore (iscrowd = 1) that cover what of a window is not labelled.

    Up to four strips around the labelled part, each over the full side of the window, and thin
    slices where its border is slanted. One set for every category.
    """
    column, row, width, height = window
    frame = shapely.box(column, row, column + width, row + height)
    known = area.intersection(frame)
    if known.area < THIN_PX:
        boxes: list[Box] = [frame.bounds]
    else:
        x1, y1, x2, y2 = known.bounds
        strips = [
            (column, row, x1, row + height),
            (x2, row, column + width, row + height),
            (column, row, column + width, y1),
            (column, y2, column + width, row + height),
        ]
        boxes = [strip for strip in strips if _thickness(strip) >= THIN_PX]
        rest = frame.difference(known).difference(
            shapely.union_all([shapely.box(*strip) for strip in boxes])
        )
        boxes += _slices(rest)
    return [
        _row(category, [x1 - column, y1 - row, x2 - x1, y2 - y1], ignore=True)
        | {"visible": 0.0, "truncated": True, "place": None}
        for category in sorted(categories.values())
        for x1, y1, x2, y2 in boxes
    ]


def count_once(rows: Sequence[dict[str, Any]]) -> None:
    """Let each place count in the patch that shows most of it, and be ignored in all others.

    Windows around neighbours overlap; a place that stood in two of them would count twice in every
    score. Changes ``rows`` in place and marks those that no longer count as ``repeated``.
    """
    best: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["iscrowd"]:
            continue
        before = best.get(row["place"])
        if before is None or row["visible"] > before["visible"]:
            best[row["place"]] = row
    for row in rows:
        if not row["iscrowd"] and best[row["place"]] is not row:
            row.update(iscrowd=1, repeated=True)


def _slices(rest: BaseGeometry) -> list[Box]:
    boxes: list[Box] = []
    for part in shapely.get_parts(rest):
        if part.is_empty:
            continue
        x1, y1, x2, y2 = part.bounds
        for top in np.arange(y1, y2, SLICE_PX):
            piece = part.intersection(shapely.box(x1, top, x2, min(top + SLICE_PX, y2)))
            if not piece.is_empty and _thickness(piece.bounds) >= THIN_PX:
                boxes.append(piece.bounds)
    return boxes


def _thickness(box: Box) -> float:
    return min(box[2] - box[0], box[3] - box[1])


def _row(category: int, bbox: list[float], ignore: bool) -> dict[str, Any]:
    bbox = [float(value) for value in bbox]
    return {
        "category_id": category,
        "bbox": bbox,
        "area": bbox[2] * bbox[3],
        "iscrowd": int(ignore),
        "repeated": False,
    }
