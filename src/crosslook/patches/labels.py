"""The door for labels: a file of any known format -> features in WGS 84.

Known by their content: GeoJSON, GeoPackage, COCO, YOLO, Pascal VOC, Label Studio, CVAT.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.patches.annotations import AREAS, WGS84, Feature, is_true, require_valid, to_map
from crosslook.patches.drawings import Drawing, Reading, read_xml
from crosslook.patches.images import Image, Images
from crosslook.patches.label_crs import from_crs
from crosslook.patches.label_values import CONTROL, NAME_LENGTH, short
from crosslook.patches.labels_coco import read_coco
from crosslook.patches.labels_cvat import read_cvat
from crosslook.patches.labels_geojson import read_geojson
from crosslook.patches.labels_geopackage import read_geopackage
from crosslook.patches.labels_studio import is_label_studio, read_label_studio
from crosslook.patches.labels_voc import read_voc, read_voc_folder
from crosslook.patches.labels_yolo import is_yolo, read_yolo
from crosslook.patches.points import disc
from crosslook.scenes.bounded_json import parse_json, read_bytes

SQLITE = b"SQLite format 3\0"
BEYOND_PX = 2.0  # how far a label may leave its image: rounding of exporters
KNOWN = "GeoJSON, GeoPackage, COCO, YOLO, Pascal VOC, Label Studio or CVAT"


def read_labels(path: Path, images: Images, reading: Reading) -> list[Feature]:
    """Read a label file, or a folder of Pascal VOC or YOLO files.

    Labels in pixels get the property "scene" of their image, and "patch" if it is a patch. Every
    label gets the property "source", the name of its file, where it has none.

    Args:
        path: a file or folder.
        images: that labels in pixels may belong to, by name.
        reading: what the file does not say itself.

    Returns:
        Features in WGS 84 with valid polygons; what crosses the antimeridian is cut there.

    Raises:
        InputError: one line, if the format is unknown, the file is damaged, or a label is not what
            it has to be: no size, not finite, outside its image, of an image that is not there or
            has another size, with the id of another.
    """
    features = []
    seen: set[str] = set()
    for drawing, where in _singly(path, read_drawings(path, reading)):
        if drawing.id in seen:
            raise InputError(f"{where} stands twice: ids of labels must differ.")
        seen.add(drawing.id)
        features.append(_feature(path, drawing, where, images, reading))
    return features


def read_drawings(path: Path, reading: Reading) -> list[Drawing]:
    """The labels as their file has them; its format is told by its content.

    Raises:
        InputError: if the format is unknown, or as its reader.
    """
    if path.is_dir():
        if any(path.rglob("*.xml")):
            return read_voc_folder(path, reading)
        return read_yolo(path)
    begin = _start(path)
    if begin.startswith(SQLITE):
        return read_geopackage(path, reading)
    if begin.startswith(b"PK\x03\x04"):
        raise InputError(f"{path} is a zip: unpack it, and give the label file in it.")
    first = begin.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if first == b"<":
        root = read_xml(path)
        if root.tag == "annotation":
            return read_voc(path, root, reading)
        if root.tag == "annotations":
            return read_cvat(path, root)
        raise InputError(f"{path} begins with <{root.tag[:40]}>: expected {KNOWN}.")
    if first in (b"{", b"["):
        return _from_json(path, parse_json(path, read_bytes(path)), reading)
    if is_yolo(path):
        return read_yolo(path)
    raise InputError(f"{path} is not JSON, nor a label file: expected {KNOWN}.")


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(64)
    except FileNotFoundError:
        raise InputError(f"{path} is missing.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None


def _from_json(path: Path, data: Any, reading: Reading) -> list[Drawing]:
    if isinstance(data, dict) and "annotations" in data and "images" in data:
        return read_coco(path, data)
    if is_label_studio(data) and not any("bbox" in row for row in data):
        return read_label_studio(path, data)
    if isinstance(data, list):
        raise InputError(
            f"{path} is a list, but no export of Label Studio: COCO annotations need their "
            "images and categories beside them."
        )
    return read_geojson(path, data, reading)


def _singly(path: Path, drawings: Sequence[Drawing]) -> Iterator[tuple[Drawing, str]]:
    """Each drawing with words for messages; a multipoint gives one for each of its points."""
    for drawing in drawings:
        if CONTROL.search(drawing.id) or len(drawing.id) > NAME_LENGTH:
            raise InputError(
                f"{path}: a label has the id {short(drawing.id)}: give it a plain one."
            )
        where = f"{path}: label {drawing.id}"
        if drawing.outline.geom_type == "MultiPoint":
            for i, point in enumerate(drawing.outline.geoms):
                yield replace(drawing, id=f"{drawing.id}.{i + 1}", outline=point), where
        else:
            yield drawing, where


def _feature(path: Path, drawing: Drawing, where: str, images: Images, reading: Reading) -> Feature:
    kind = drawing.outline.geom_type
    if drawing.outline.is_empty or kind not in (*AREAS, "Point"):
        raise InputError(f"{where} is a {kind}; draw it as a polygon.")
    if kind == "Point" and reading.box_size_m is None:
        raise InputError(f"{where} is a Point; draw it as a polygon, or give --box-size-m.")
    properties = dict(drawing.properties)
    if drawing.name is not None:
        properties["class"] = drawing.name
    if "ignore" in properties:
        properties["ignore"] = is_true(properties["ignore"], f"{where}: ignore")
    if drawing.image is None:
        outline = from_crs(drawing.outline, drawing.crs or WGS84, where)
    else:
        image = images.find(drawing.image, where)
        outline = _on_the_map(drawing, image, where)
        properties["scene"] = image.scene
        properties.pop("patch", None)
        if image.name != image.scene:
            properties["patch"] = image.name
    if kind == "Point" and reading.box_size_m is not None:
        outline = disc(outline, reading.box_size_m)
    properties.setdefault("source", path.name)
    scene = properties.get("scene")
    return Feature(
        drawing.id, drawing.name, None if scene is None else str(scene), outline, properties
    )


def _on_the_map(drawing: Drawing, image: Image, where: str) -> BaseGeometry:
    height, width = image.size
    outline = drawing.outline
    if drawing.size == (1, 1):  # shares of the image
        outline = shapely.transform(outline, lambda points: points * [width, height])
    elif drawing.size is not None and drawing.size != image.size:
        raise InputError(
            f"{where} belongs to {short(drawing.image)} of {drawing.size[0]} x {drawing.size[1]} px"
            f", but {image.name!r} has {height} x {width} (height x width): label an image of the "
            "whole scene at its full size."
        )
    x1, y1, x2, y2 = outline.bounds
    if x1 < -BEYOND_PX or y1 < -BEYOND_PX or x2 > width + BEYOND_PX or y2 > height + BEYOND_PX:
        raise InputError(
            f"{where} reaches from {x1:.7g}, {y1:.7g} to {x2:.7g}, {y2:.7g}, out of its image of "
            f"{width} x {height} px (width x height)."
        )
    if outline.geom_type == "Point":
        return from_crs(to_map(outline, image.crs, image.affine, image.crs), image.crs, where)
    return to_map(require_valid(outline, where), image.crs, image.affine)
