"""Label Studio's JSON and JSON-MIN exports -> drawings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.patches.annotations import is_true
from crosslook.patches.drawings import Drawing, box, polygon, turned
from crosslook.patches.label_values import class_name, number, short, size_of
from crosslook.scenes.bounded_json import require_few

PICTURE = re.compile(r"\.(?:tiff?|png|jpe?g|webp|bmp|jp2)$", re.IGNORECASE)
KINDS = ("rectanglelabels", "polygonlabels", "keypointlabels")
NOT_SHAPES = ("choices", "textarea", "rating", "number", "taxonomy", "datetime")


def is_label_studio(data: Any) -> bool:
    """Whether a JSON value is a list of tasks."""
    return isinstance(data, list) and all(isinstance(task, dict) for task in data) and bool(data)


def read_label_studio(path: Path, tasks: Sequence[Mapping[str, Any]]) -> list[Drawing]:
    """Boxes, turned boxes, polygons and key points of every task.

    Numbers are percent of the image; a box turns clockwise about its upper left corner, in pixels.

    Raises:
        InputError: if a task has several annotations of which none is the ground truth, names no
            image, or has a shape of another kind.
    """
    require_few(path, tasks)
    drawings: list[Drawing] = []
    for i, task in enumerate(tasks):
        where = f"{path}: task {short(task.get('id', i))}"
        results = _results(where, task)
        if not results:
            continue
        image = _image(where, task)
        for j, (value, properties) in enumerate(results):
            shape = f"{where}, shape {j + 1}"
            size, outline = _outline(shape, value)
            for name in _names(shape, value):
                own_id = str(len(drawings) + 1)
                drawings.append(Drawing(own_id, name, outline, properties, image=image, size=size))
    return drawings


def _results(where: str, task: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], dict[str, Any]]]:
    """The shapes of a task, each with the properties to keep."""
    if "annotations" not in task:  # JSON-MIN
        lists = [value for value in task.values() if isinstance(value, list)]
        shapes = [item for items in lists for item in items if isinstance(item, dict)]
        return [(item, {}) for item in shapes if "original_width" in item]
    annotations = task["annotations"]
    if not isinstance(annotations, list) or not all(isinstance(one, dict) for one in annotations):
        raise InputError(f"{where} has annotations that are no list of objects.")
    done = [one for one in annotations if not one.get("was_cancelled")]
    done = [one for one in done if one.get("ground_truth")] or done
    if len(done) > 1:
        raise InputError(
            f"{where} has {len(done)} annotations: mark one as ground truth, or delete the others."
        )
    found: list[tuple[Mapping[str, Any], dict[str, Any]]] = []
    results = done[0].get("result", []) if done else []
    if not isinstance(results, list):
        raise InputError(f"{where} has a result that is no list.")
    for one in results:
        value = one.get("value") if isinstance(one, dict) else None
        if not isinstance(value, dict):
            raise InputError(f"{where} has a result without a value.")
        if one.get("type") in NOT_SHAPES:
            continue
        sizes = {key: one.get(key) for key in ("original_width", "original_height")}
        meta = one.get("meta")
        ignore = meta.get("ignore") if isinstance(meta, dict) else None
        own = {} if ignore is None else {"ignore": is_true(ignore, f"{where}: ignore")}
        found.append((value | sizes | {"type": one.get("type")}, own))
    return found


def _outline(where: str, value: Mapping[str, Any]) -> tuple[tuple[int, int], BaseGeometry]:
    size = size_of(value.get("original_height"), value.get("original_width"), where)
    scale = np.array([size[1], size[0]]) / 100
    if "points" in value:
        outline = polygon(where, value["points"])
        return size, shapely.transform(outline, lambda points: points * scale)
    if value.get("type") == "keypointlabels" or "keypointlabels" in value:
        x, y = (number(value.get(key), f"{where}: {key}") for key in ("x", "y"))
        return size, shapely.Point(x * scale[0], y * scale[1])
    if "radiusX" in value or "rle" in value or "width" not in value:
        raise InputError(
            f"{where} is a {short(value.get('type'))}, expected a rectangle, polygon or key point."
        )
    x, y, width, height = (
        number(value.get(key), f"{where}: {key}") for key in ("x", "y", "width", "height")
    )
    x, y, width, height = x * scale[0], y * scale[1], width * scale[0], height * scale[1]
    outline = box(where, x, y, x + width, y + height)
    degrees = number(value.get("rotation", 0), f"{where}: rotation")
    return size, turned(outline, degrees, (x, y)) if degrees else outline


def _names(where: str, value: Mapping[str, Any]) -> Iterator[str | None]:
    names = next((value[kind] for kind in (*KINDS, "labels") if value.get(kind)), [None])
    if not isinstance(names, list):
        raise InputError(f"{where} has labels that are no list.")
    yield from (class_name(name, where) for name in names)


def _image(where: str, task: Mapping[str, Any]) -> str:
    """The file name in the address of the image, which Label Studio may have put a hash before."""
    data = task.get("data", task)
    values = [data.get("image"), *data.values()] if isinstance(data, dict) else []
    for value in values:
        if isinstance(value, str):
            for name in _file_names(value):
                if PICTURE.search(name):
                    return name
    raise InputError(f"{where} names no image file.")


def _file_names(address: str) -> list[str]:
    try:
        parts = urlsplit(address)
        return [*parse_qs(parts.query).get("d", []), unquote(parts.path)]
    except ValueError:
        return []
