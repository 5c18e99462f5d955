"""Labelled places between the map and the pixels: GeoJSON <-> pixel boxes <-> COCO.

GeoJSON in WGS 84 is the source of truth. Pixels are continuous: (0, 0) is the upper left corner of
the first pixel, nothing is rounded and no half pixel is added. Long edges get points between their
ends before they are projected, because a straight edge is not straight in another projection.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.transform import Affine
from rasterio.warp import transform as project
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.patches.patch_set import Patch
from crosslook.scenes.catalogue import Scene

WGS84 = "EPSG:4326"
STEP_PX = 32.0  # between points on a box edge: below 0.003 px of sag at 10 m and 70 degrees north
STEP_DEGREES = 0.003  # between points on an edge of a label
AREAS = ("Polygon", "MultiPolygon")
Coordinates = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Feature:
    """One feature of a label file, as it stands there."""

    id: str  # as in the file, or its position in it, from 0
    name: str | None  # its property "class"
    scene: str | None  # its property "scene": the scene it belongs to, where it says so
    outline: BaseGeometry  # WGS 84, may be invalid: checks say so
    properties: Mapping[str, Any] = field(default_factory=dict)  # all of them


@dataclass(frozen=True)
class Place:
    """One labelled place in the pixels of a scene."""

    id: str  # of the feature, or SCENE/POSITION
    name: str  # class
    outline: BaseGeometry  # polygon in scene pixels


def read_features(path: Path) -> list[Feature]:
    """Read a label file.

    Raises:
        InputError: if it is missing, is no GeoJSON FeatureCollection of polygons, or is not in
            WGS 84 longitude and latitude.
    """
    try:
        collection = json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"{path} is missing.") from None
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({error}).") from None
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise InputError(f"{path} is not a GeoJSON FeatureCollection.")
    declared = str((collection.get("crs") or {}).get("properties", {}).get("name", WGS84))
    if not declared.endswith(("CRS84", ":4326")):
        raise InputError(
            f"{path} is in {declared}; labels are in WGS 84: export them as EPSG:4326."
        )
    return [_feature(path, i, item) for i, item in enumerate(collection.get("features", []))]


def read_places(scene: Scene) -> list[Place]:
    """The labelled places of a scene, in its pixels; those that name another scene are left out.

    A place that does not touch the scene is left out too: ``check_data`` tells of it.

    Raises:
        InputError: if the scene has no labels, or a label is no valid polygon or has no class.
    """
    if scene.labels is None:
        raise InputError(f"{scene.id} has no labels: give it some, or make its split 'unlabelled'.")
    whole = shapely.box(0, 0, scene.size[1], scene.size[0])
    places = []
    for feature in read_features(scene.labels):
        if feature.scene not in (None, scene.id):
            continue
        where = f"{scene.labels}: label {feature.id}"
        if feature.name is None:
            raise InputError(f"{where} has no property 'class'.")
        outline = to_pixels(require_valid(feature.outline, where), scene.crs, scene.affine)
        if outline.intersection(whole).area > 0:
            places.append(Place(_place_id(scene, feature), feature.name, outline))
    return places


def read_labelled_area(scene: Scene) -> BaseGeometry:
    """The part of a scene in which its labels are complete, in its pixels."""
    whole = shapely.box(0, 0, scene.size[1], scene.size[0])
    if scene.labelled_area is None:
        return whole
    parts = [
        to_pixels(
            require_valid(feature.outline, f"{scene.labelled_area}: area {feature.id}"),
            scene.crs,
            scene.affine,
        )
        for feature in read_features(scene.labelled_area)
        if feature.scene in (None, scene.id)
    ]
    return shapely.union_all(parts).intersection(whole)


def to_pixels(outline: BaseGeometry, crs: str, affine: Affine) -> BaseGeometry:
    """WGS 84 -> pixels of a raster."""

    def move(points: Coordinates) -> Coordinates:
        return apply(~affine, *project(WGS84, crs, points[:, 0], points[:, 1]))

    return shapely.transform(shapely.segmentize(outline, STEP_DEGREES), move)


def to_map(outline: BaseGeometry, crs: str, affine: Affine, target: str = WGS84) -> BaseGeometry:
    """Pixels of a raster -> WGS 84 or another CRS: the inverse of ``to_pixels``, to 0.01 px."""

    def move(points: Coordinates) -> Coordinates:
        x, y = apply(affine, points[:, 0], points[:, 1]).T
        return np.stack(project(crs, target, x, y), axis=1)

    return shapely.transform(shapely.segmentize(outline, STEP_PX), move)


def apply(affine: Affine, x: npt.ArrayLike, y: npt.ArrayLike) -> Coordinates:
    """Points (N, 2) after an affine transform; ``x`` and ``y`` hold N numbers each."""
    column, row = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return np.stack(
        [
            affine.a * column + affine.b * row + affine.c,
            affine.d * column + affine.e * row + affine.f,
        ],
        axis=1,
    )


def touches(outline: BaseGeometry, scene: Scene) -> bool:
    """Whether a WGS 84 polygon and a scene have ground in common."""
    pixels = to_pixels(outline, scene.crs, scene.affine)
    whole = shapely.box(0, 0, scene.size[1], scene.size[0])
    return bool(pixels.is_valid and pixels.intersection(whole).area > 0)


def xywh_polygon(bbox: Sequence[float]) -> BaseGeometry:
    """A COCO box (x y width height) as a polygon."""
    x, y, width, height = bbox
    return shapely.box(x, y, x + width, y + height)


def coco_to_geojson(coco: Mapping[str, Any], patches: Sequence[Patch]) -> dict[str, Any]:
    """Every annotation or detection of ``coco["annotations"]`` as a polygon on the map.

    Args:
        coco: with "annotations" and "categories"; image ids count from 1 in order of ``patches``.
        patches: where the images lie.

    Returns:
        A FeatureCollection in WGS 84; "class", "patch", "scene" and, where there are any,
        "score", "visible", "truncated", "ignore" and "place" are properties.
    """
    names = {category["id"]: category["name"] for category in coco["categories"]}
    features = []
    for row in coco["annotations"]:
        patch = patches[row["image_id"] - 1]
        outline = to_map(xywh_polygon(row["bbox"]), patch.crs, patch.affine)
        kept = {key: row[key] for key in ("score", "visible", "truncated", "place") if key in row}
        if "iscrowd" in row:
            kept["ignore"] = bool(row["iscrowd"])
        properties = {"class": names[row["category_id"]], "patch": patch.name, "scene": patch.scene}
        features.append(
            {"type": "Feature", "properties": properties | kept, "geometry": mapping(outline)}
        )
    return {"type": "FeatureCollection", "features": features}


def geojson_to_boxes(
    collection: Mapping[str, Any], patches: Iterable[Patch]
) -> list[tuple[str, str, tuple[float, float, float, float]]]:
    """The inverse of ``coco_to_geojson``: (patch name, class, x y width height) per feature."""
    by_name = {patch.name: patch for patch in patches}
    boxes = []
    for feature in collection["features"]:
        patch = by_name[feature["properties"]["patch"]]
        x1, y1, x2, y2 = to_pixels(shape(feature["geometry"]), patch.crs, patch.affine).bounds
        boxes.append((patch.name, feature["properties"]["class"], (x1, y1, x2 - x1, y2 - y1)))
    return boxes


def _feature(path: Path, number: int, item: Mapping[str, Any]) -> Feature:
    where = f"{path}: label {number}"
    try:
        outline = shape(item["geometry"])
        properties = item.get("properties") or {}
    except (KeyError, TypeError, ValueError, AttributeError, shapely.GEOSException) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{where} has no readable geometry ({reason}).") from None
    if outline.geom_type not in AREAS or outline.is_empty:
        raise InputError(f"{where} is a {outline.geom_type}; draw it as a polygon.")
    west, south, east, north = outline.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError(
            f"{where} lies at {west:.7g}, {south:.7g}, which is no longitude and latitude: export "
            "the labels as EPSG:4326."
        )
    name, scene = properties.get("class"), properties.get("scene")
    return Feature(
        str(item.get("id", number)),
        None if name is None else str(name),
        None if scene is None else str(scene),
        outline,
        properties,
    )


def _place_id(scene: Scene, feature: Feature) -> str:
    return feature.id if feature.id.startswith(scene.id) else f"{scene.id}/{feature.id}"


def require_valid(outline: BaseGeometry, where: str) -> BaseGeometry:
    """``outline``, if it is a valid polygon.

    Raises:
        InputError: saying where it crosses itself.
    """
    if not outline.is_valid:
        raise InputError(
            f"{where} is not a valid polygon: {shapely.is_valid_reason(outline)}. Draw it again."
        )
    return outline
