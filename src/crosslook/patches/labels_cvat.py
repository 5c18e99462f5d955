"""CVAT XML 1.1 for images -> drawings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.patches.annotations import is_true
from crosslook.patches.drawings import Drawing, box, polygon, turned
from crosslook.patches.label_values import class_name, number, short, size_of

SIDES = ("xtl", "ytl", "xbr", "ybr")
SKIPPED = ("tag", "attribute")
FLAGS = ("ignore", "iscrowd", "truncated")


def read_cvat(path: Path, root: Element) -> list[Drawing]:
    """Boxes, turned boxes, polygons and points of every image.

    An attribute named "ignore" is the property of that name, others are kept as they are.

    Raises:
        InputError: if it is an export of a video, a shape is of another kind, or is no shape.
    """
    if root.find("track") is not None:
        raise InputError(f"{path} is of a video: export it as 'CVAT for images 1.1'.")
    drawings: list[Drawing] = []
    for image in root.iter("image"):
        name = image.get("name")
        if name is None:
            raise InputError(f"{path} has an image without a name.")
        size = size_of(image.get("height"), image.get("width"), f"{path}: {name[:80]}")
        for item in image:
            if item.tag in SKIPPED:
                continue
            where = f"{path}: {name[:80]}, shape {len(drawings) + 1}"
            if item.get("label") is None:
                raise InputError(f"{where} has no label.")
            for outline in _outlines(where, item):
                drawings.append(
                    Drawing(
                        str(len(drawings) + 1),
                        class_name(item.get("label"), where),
                        outline,
                        _properties(where, item),
                        image=name,
                        size=size,
                    )
                )
    return drawings


def _outlines(where: str, item: Element) -> Iterator[BaseGeometry]:
    if item.tag == "box":
        x1, y1, x2, y2 = (number(item.get(side), f"{where}: {side}") for side in SIDES)
        outline = box(where, x1, y1, x2, y2)
        degrees = number(item.get("rotation", "0"), f"{where}: rotation")
        yield turned(outline, degrees, ((x1 + x2) / 2, (y1 + y2) / 2)) if degrees else outline
    elif item.tag == "polygon":
        yield polygon(where, _points(where, item))
    elif item.tag == "points":
        yield from (shapely.Point(point) for point in _points(where, item))
    else:
        raise InputError(
            f"{where} is a {item.tag[:40]}, expected box, polygon or points: turn it into one."
        )


def _points(where: str, item: Element) -> np.ndarray[Any, np.dtype[np.float64]]:
    text = item.get("points", "")
    try:
        points = np.array([pair.split(",") for pair in text.split(";")], np.float64)
        good = points.ndim == 2 and points.shape[1] == 2 and bool(np.isfinite(points).all())
    except ValueError:
        good = False
    if not good:
        raise InputError(f"{where} has the points {short(text)}, expected x,y;x,y with numbers.")
    return points


def _properties(where: str, item: Element) -> dict[str, Any]:
    properties: dict[str, Any] = {
        str(attribute.get("name")): (attribute.text or "").strip()
        for attribute in item.iter("attribute")
    }
    for flag in FLAGS:
        if flag in properties:
            properties[flag] = is_true(properties[flag], f"{where}: {flag}")
    if "iscrowd" in properties:
        properties["ignore"] = properties.pop("iscrowd") or properties.get("ignore", False)
    if "occluded" in item.attrib:
        properties["occluded"] = is_true(item.get("occluded"), f"{where}: occluded")
    return properties
