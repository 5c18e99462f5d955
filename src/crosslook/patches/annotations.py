"""Labelled places between the map and the pixels: GeoJSON <-> pixel boxes <-> COCO.

GeoJSON in WGS 84 is the source of truth. Pixels are continuous: (0, 0) is the upper left corner of
the first pixel, nothing is rounded and no half pixel is added. Long edges get points between their
ends before they are projected, because a straight edge is not straight in another projection.
A polygon that crosses the antimeridian is cut there in files.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio._err import CPLE_BaseError
from rasterio.transform import Affine
from rasterio.warp import transform
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.patches.antimeridian import Coordinates, cut, joined
from crosslook.patches.patch_set import Patch
from crosslook.scenes.bounded_json import read_json, require_few
from crosslook.scenes.catalogue import Scene

WGS84 = "EPSG:4326"
STEP_PX = 32.0  # between points on a box edge: below 0.003 px of sag at 10 m and 70 degrees north
STEP_DEGREES = 0.003  # between points on an edge of a label
AREAS = ("Polygon", "MultiPolygon")
YES = ("true", "yes", "1", "1.0")
NO = ("false", "no", "0", "0.0", "")
AROUND_DEGREES = 1000.0  # no place has a longer outline


class OutsideError(InputError):
    """A point that a CRS cannot project."""


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
    ignore: bool = False  # neither to be found nor to be called background


def read_features(path: Path) -> list[Feature]:
    """Read a label file.

    Raises:
        InputError: if it is missing, is no GeoJSON FeatureCollection of polygons, or is not in
            WGS 84 longitude and latitude.
    """
    collection = read_json(path)
    items = feature_items(path, collection)
    declared = declared_crs(collection) or WGS84
    if not declared.endswith(("CRS84", ":4326")):
        raise InputError(
            f"{path} is in {declared}; labels are in WGS 84: export them as EPSG:4326."
        )
    return [_feature(path, i, item) for i, item in enumerate(items)]


def feature_items(path: Path, collection: Any) -> list[Any]:
    """The features of a GeoJSON FeatureCollection, whatever they are.

    Raises:
        InputError: if it is none.
    """
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise InputError(f"{path} is not a GeoJSON FeatureCollection.")
    items = collection.get("features", [])
    if not isinstance(items, list):
        raise InputError(f"{path} is no GeoJSON: its features are no list.")
    require_few(path, items)
    return items


def declared_crs(collection: Mapping[str, Any]) -> str | None:
    """The name of the CRS that a FeatureCollection declares (GeoJSON 2008), if it does."""
    crs = collection.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return None if name is None else str(name)


def geojson_outline(where: str, item: Any) -> tuple[BaseGeometry, dict[str, Any]]:
    """The geometry and the properties of a GeoJSON feature.

    Raises:
        InputError: if it has no geometry, or one that no place can have.
    """
    try:
        outline = shape(item["geometry"])
        properties = item.get("properties") or {}
        finite = bool(np.isfinite(shapely.get_coordinates(outline)).all())
    except RecursionError:
        raise InputError(f"{where} has coordinates nested deeper than a place has.") from None
    except (LookupError, TypeError, ValueError, AttributeError, ShapelyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{where} has no readable geometry ({reason}).") from None
    if not isinstance(properties, dict):
        raise InputError(f"{where} has properties that are no object.")
    if not finite:
        raise InputError(f"{where} has a coordinate that is not finite.")
    return outline, properties


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
            ignore = is_true(feature.properties.get("ignore"), f"{where}: ignore")
            places.append(Place(_place_id(scene, feature), feature.name, outline, ignore))
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
    """WGS 84 -> pixels of a raster; an empty polygon where the raster's CRS does not reach."""

    def move(points: Coordinates) -> Coordinates:
        x, y = project(WGS84, crs, points)
        return apply(~affine, x, y)

    try:
        return shapely.transform(shapely.segmentize(joined(outline), STEP_DEGREES), move)
    except OutsideError:
        return shapely.Polygon()


def to_map(outline: BaseGeometry, crs: str, affine: Affine, target: str = WGS84) -> BaseGeometry:
    """Pixels of a raster -> WGS 84 or another CRS: the inverse of ``to_pixels``, to 0.01 px.

    Raises:
        InputError: if the polygon lies where the CRS of the raster has no places.
    """

    def move(points: Coordinates) -> Coordinates:
        return project(crs, target, apply(affine, points[:, 0], points[:, 1])).T

    moved = shapely.transform(shapely.segmentize(outline, STEP_PX), move)
    return cut(moved) if target == WGS84 else moved


def project(source: str, target: str, points: Coordinates) -> Coordinates:
    """Points (N, 2) in another CRS, as two rows (2, N); longitude before latitude.

    Raises:
        OutsideError: if one lies outside what the CRS can project.
    """
    try:
        moved = np.array(transform(source, target, points[:, 0], points[:, 1]), np.float64)
    except CPLE_BaseError:
        moved = np.full((2, 1), np.nan)
    if not np.isfinite(moved).all():
        raise OutsideError(f"a point lies where {target} or {source} has no places.")
    return moved


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


def is_true(value: Any, where: str) -> bool:
    """What a label file means by a flag: nothing, true or false, 1 or 0, or these in words.

    Raises:
        InputError: if it is anything else.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    word = str(value).strip().lower()
    if word not in YES + NO:
        raise InputError(f"{where} is {word[:40]!r}, expected true or false.")
    return word in YES


def _feature(path: Path, number: int, item: Any) -> Feature:
    where = f"{path}: label {number}"
    outline, properties = geojson_outline(where, item)
    if outline.geom_type not in AREAS or outline.is_empty:
        raise InputError(f"{where} is a {outline.geom_type}; draw it as a polygon.")
    west, south, east, north = outline.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError(
            f"{where} lies at {west:.7g}, {south:.7g}, which is no longitude and latitude: export "
            "the labels as EPSG:4326."
        )
    if outline.length > AROUND_DEGREES:
        raise InputError(f"{where} is {outline.length:.4g} degrees around: draw it again.")
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
