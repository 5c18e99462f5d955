"""COCO -> drawings, categories by name."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.patches.annotations import is_true
from crosslook.patches.drawings import Drawing, box, polygon
from crosslook.patches.label_values import class_name, number, scalars, short, size_of
from crosslook.scenes.bounded_json import require_few

OWN = ("id", "image_id", "category_id", "bbox", "segmentation", "holes", "area", "iscrowd")
APART_PX = 2.0  # box and segmentation of one annotation differ by less


def read_coco(path: Path, data: Mapping[str, Any]) -> list[Drawing]:
    """Every annotation, as its segmentation where that is polygons, as its box otherwise.

    ``iscrowd`` becomes the property "ignore", other plain values of an annotation are kept.

    Raises:
        InputError: if ids stand twice, point to nothing, or a box or polygon has no area, is not
            finite, or contradicts the other.
    """
    images = _by_id(path, data, "images")
    categories = _by_id(path, data, "categories")
    rows = _objects(path, data, "annotations")
    seen: set[str] = set()
    drawings = []
    for i, row in enumerate(rows):
        own_id = row.get("id", i)
        where = f"{path}: annotation {short(own_id)}"
        if str(own_id) in seen:
            raise InputError(f"{where} stands twice: annotation ids must differ.")
        seen.add(str(own_id))
        image = _found(images, row.get("image_id"), f"{where}: image_id")
        category = _found(categories, row.get("category_id"), f"{where}: category_id")
        name = class_name(category.get("name"), f"{path}: category {short(category.get('id'))}")
        if name is None:
            raise InputError(f"{path}: category {short(category.get('id'))} has no name.")
        properties = scalars({key: value for key, value in row.items() if key not in OWN})
        if "iscrowd" in row:
            properties["ignore"] = is_true(row["iscrowd"], f"{where}: iscrowd")
        file_name = image.get("file_name")
        if not isinstance(file_name, str):
            raise InputError(f"{path}: image {short(image.get('id'))} has no file_name.")
        drawings.append(
            Drawing(
                str(own_id),
                name,
                _outline(where, row),
                properties,
                image=file_name,
                size=size_of(image.get("height"), image.get("width"), f"{path}: {file_name[:80]}"),
            )
        )
    return drawings


def _outline(where: str, row: Mapping[str, Any]) -> BaseGeometry:
    by_box = _box(where, row["bbox"]) if row.get("bbox") is not None else None
    rings = row.get("segmentation")
    if not isinstance(rings, list) or not rings:  # or RLE, whose box is what counts here
        if by_box is None:
            raise InputError(f"{where} has neither a bbox nor polygons.")
        return by_box
    outline = _union(where, rings)
    if holes := row.get("holes"):
        outline = outline.difference(_union(where, holes))
    if outline.is_empty:
        raise InputError(f"{where} has no area.")
    if by_box is not None:
        pairs = zip(outline.bounds, by_box.bounds, strict=True)
        if max(abs(a - b) for a, b in pairs) > APART_PX:
            raise InputError(
                f"{where} has the bbox {_words(by_box)} and polygons with the bounds "
                f"{_words(outline)} (left, top, right, bottom): take the wrong one out."
            )
    return outline


def _union(where: str, rings: Any) -> BaseGeometry:
    if not isinstance(rings, list) or not all(isinstance(ring, list) for ring in rings):
        raise InputError(f"{where} has polygons that are no lists of numbers.")
    parts = [polygon(where, list(zip(ring[::2], ring[1::2], strict=False))) for ring in rings]
    return shapely.union_all(parts)


def _box(where: str, bbox: Any) -> BaseGeometry:
    if not isinstance(bbox, list) or len(bbox) != 4:
        raise InputError(f"{where} has the bbox {short(bbox)}, expected [x, y, width, height].")
    x, y, width, height = (number(value, f"{where}: a number of its bbox") for value in bbox)
    return box(where, x, y, x + width, y + height)


def _words(outline: BaseGeometry) -> str:
    return ", ".join(f"{value:.5g}" for value in outline.bounds)


def _by_id(path: Path, data: Mapping[str, Any], key: str) -> dict[int | str, Mapping[str, Any]]:
    found: dict[int | str, Mapping[str, Any]] = {}
    for item in _objects(path, data, key):
        own_id = item.get("id")
        if isinstance(own_id, bool) or not isinstance(own_id, int | str):
            raise InputError(f"{path}: {key} has an entry without an id.")
        if own_id in found:
            raise InputError(f"{path}: {key} has the id {short(own_id)} twice.")
        found[own_id] = item
    return found


def _objects(path: Path, data: Mapping[str, Any], key: str) -> Iterable[Mapping[str, Any]]:
    items = data.get(key)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InputError(f"{path} is no COCO data set: {key!r} is no list of objects.")
    require_few(path, items)
    return items


def _found(
    items: Mapping[int | str, Mapping[str, Any]], own_id: Any, where: str
) -> Mapping[str, Any]:
    if isinstance(own_id, bool) or not isinstance(own_id, int | str) or own_id not in items:
        raise InputError(f"{where} is {short(own_id)}, which is not there.")
    return items[own_id]
