"""Features -> COCO and GeoJSON: the inverse of reading them, to 0.01 px."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.patches.annotations import Feature, to_map, to_pixels
from crosslook.patches.images import Image, Images

MIN_VISIBLE = 0.3
BEYOND_PX = 0.01  # a place that leaves the image by less is whole
SPECK_PX = 1e-3  # what is thinner is rounding at the border
NOT_KEPT = ("class", "scene", "patch", "ignore", "visible", "truncated", "image_id", "category_id")


def with_class(features: Sequence[Feature], name: str | None) -> list[Feature]:
    """The features, those without a class with the class ``name``."""
    if name is None:
        return list(features)
    return [
        feature
        if feature.name is not None
        else replace(feature, name=name, properties=dict(feature.properties) | {"class": name})
        for feature in features
    ]


def as_geojson(features: Sequence[Feature]) -> dict[str, Any]:
    """A FeatureCollection in WGS 84."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": feature.id,
                "properties": dict(feature.properties),
                "geometry": mapping(feature.outline),
            }
            for feature in features
        ],
    }


def as_coco(
    features: Sequence[Feature], images: Images, min_visible: float = MIN_VISIBLE
) -> tuple[dict[str, Any], int]:
    """A COCO data set of every image, and how many features lie in none of them.

    A box is the bounds of the polygon ∩ image, which also is the segmentation; holes, which COCO
    has no place for, stand beside it. ``visible`` is the share of the place that the image shows,
    times what the feature says of itself; below ``min_visible`` iscrowd is 1, as for features with
    ``ignore``. Categories are sorted by name, ids count from 1, and images without labels stay.

    Raises:
        InputError: if a feature has no class.
    """
    rows: list[dict[str, Any]] = []
    names = sorted({_class(feature) for feature in features})
    categories = {name: i for i, name in enumerate(names, start=1)}
    numbers = {image.name: i for i, image in enumerate(images.all, start=1)}
    elsewhere = 0
    for feature, homes in _homes(features, images):
        shown = 0
        for image in homes:
            row = _row(feature, image, min_visible)
            if row is not None:
                own = {"id": len(rows) + 1, "image_id": numbers[image.name]}
                rows.append(own | {"category_id": categories[_class(feature)]} | row)
                shown += 1
        elsewhere += not shown
    coco = {
        "images": [_image(image, numbers[image.name]) for image in images.all],
        "categories": [{"id": i, "name": name} for name, i in categories.items()],
        "annotations": rows,
    }
    return coco, elsewhere


def _homes(
    features: Sequence[Feature], images: Images
) -> Iterator[tuple[Feature, Sequence[Image]]]:
    """Each feature with the images that it may lie in: its patch, its scene, or those around."""
    around: list[tuple[BaseGeometry, Image]] = []
    for image in images.all:
        height, width = image.size
        outline = to_map(shapely.box(0, 0, width, height), image.crs, image.affine)
        around += [(part, image) for part in shapely.get_parts(outline)]
    tree = shapely.STRtree([part for part, _ in around])
    for feature in features:
        patch = feature.properties.get("patch")
        if patch is not None:
            named = images.by_name.get(str(patch))
            yield feature, [] if named is None else [named]
            continue
        found = {around[i][1].name for i in tree.query(feature.outline)}
        yield (
            feature,
            [
                image
                for image in images.all
                if image.name in found
                and feature.scene in (None, image.scene, image.name, *image.also)
            ],
        )


def _row(feature: Feature, image: Image, min_visible: float) -> dict[str, Any] | None:
    """An annotation without ids; None where the image shows nothing of the feature."""
    height, width = image.size
    outline = to_pixels(feature.outline, image.crs, image.affine)
    seen = outline.intersection(shapely.box(0, 0, width, height))
    parts = [part for part in shapely.get_parts(seen) if part.area > 0 and _side(part) > SPECK_PX]
    if not parts:
        return None
    before = feature.properties.get("visible")
    earlier = before if isinstance(before, int | float) and 0 <= before <= 1 else 1.0
    left, top, right, bottom = outline.bounds
    cut = max(-left, -top, right - width, bottom - height) > BEYOND_PX
    share = min(sum(part.area for part in parts) / outline.area, 1.0)
    visible = (share if cut else 1.0) * float(earlier)
    ignore = bool(feature.properties.get("ignore")) or visible < min_visible
    bounds = [part.bounds for part in parts]
    x1, y1 = min(box[0] for box in bounds), min(box[1] for box in bounds)
    x2, y2 = max(box[2] for box in bounds), max(box[3] for box in bounds)
    kept = {key: value for key, value in feature.properties.items() if key not in NOT_KEPT}
    row = kept | {
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": sum(part.area for part in parts),
        "segmentation": [_ring(part.exterior) for part in parts],
        "iscrowd": int(ignore),
        "visible": visible,
        "truncated": bool(feature.properties.get("truncated")) or cut,
        "place": str(feature.properties.get("place") or feature.id),
    }
    holes = [_ring(ring) for part in parts for ring in part.interiors]
    return row | ({"holes": holes} if holes else {})


def _ring(ring: BaseGeometry) -> list[float]:
    """Numbers x y x y ... without the last corner, which is the first."""
    return [float(value) for value in shapely.get_coordinates(ring)[:-1].ravel()]


def _side(part: BaseGeometry) -> float:
    x1, y1, x2, y2 = part.bounds
    return float(min(x2 - x1, y2 - y1))


def _class(feature: Feature) -> str:
    if feature.name is None:
        raise InputError(
            f"label {feature.id} has no class: give --class-name, or --class-property."
        )
    return feature.name


def _image(image: Image, number: int) -> Mapping[str, Any]:
    return {
        "id": number,
        "file_name": image.file_name,
        "height": image.size[0],
        "width": image.size[1],
        "geo": {"crs": image.crs, "transform": list(image.transform), "scene": image.scene},
    }
