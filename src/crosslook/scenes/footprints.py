"""Where a raster lies, in longitude and latitude, as GeoJSON (RFC 7946) and STAC want it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from rasterio.transform import Affine, array_bounds
from rasterio.warp import transform, transform_geom

WGS84 = "EPSG:4326"
DIGITS = 7  # of a degree: a centimetre


def outline(crs: str, place: Affine, size: tuple[int, int]) -> dict[str, Any]:
    """The outline of a raster in WGS 84.

    Args:
        crs: of the raster.
        place: pixel -> map.
        size: height, width in pixels.

    Returns:
        a Polygon of its corners; a MultiPolygon of both parts if 180 degrees of longitude cut it,
        the western one first, each counterclockwise.
    """
    west, south, east, north = array_bounds(*size, place)
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    shape = {"type": "Polygon", "coordinates": [ring]}
    plain: dict[str, Any] = dict(transform_geom(crs, WGS84, shape, precision=DIGITS))
    return _cut(crs, ring) or plain if _may_cross(plain) else plain


def bounding_box(geometry: Mapping[str, Any]) -> list[float]:
    """West, south, east, north; across the antimeridian west exceeds east (RFC 7946, 5.2)."""
    parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else []
    polygons = parts or [geometry["coordinates"]]
    lon, lat = ([point[axis] for polygon in polygons for point in polygon[0]] for axis in (0, 1))
    west = min(value for value in lon if value > 0) if parts else min(lon)
    east = max(value for value in lon if value < 0) if parts else max(lon)
    return [west, min(lat), east, max(lat)]


def _may_cross(geometry: Mapping[str, Any]) -> bool:
    if geometry["type"] == "MultiPolygon":
        return True
    longitude: list[float] = [point[0] for point in geometry["coordinates"][0]]
    return max(longitude) - min(longitude) > 180 or max(longitude) > 180 or min(longitude) < -180


def _cut(crs: str, ring: list[tuple[float, float]]) -> dict[str, Any] | None:
    """A ring on the map -> its parts on both sides of 180 degrees; None around a pole."""
    longitude, latitude = (
        np.array(axis) for axis in transform(crs, WGS84, *zip(*ring, strict=True))
    )
    whole = np.unwrap(longitude, period=360.0)
    if not np.isfinite([whole, latitude]).all() or abs(whole[-1] - whole[0]) > 1:
        return None
    polygon = shapely.Polygon(np.stack([whole, latitude], axis=1)[:-1])
    parts = []
    for turn in range(-720, 721, 360):
        side = polygon.intersection(shapely.box(turn - 180, -90, turn + 180, 90))
        for part in shapely.get_parts(side):
            if part.area > 0:
                parts.append(shapely.transform(part, lambda points, by=turn: points - [by, 0]))
    rings = [
        [[[round(x, DIGITS), round(y, DIGITS)] for x, y in part.exterior.coords]]
        for part in sorted(
            (shapely.geometry.polygon.orient(part) for part in parts),
            key=lambda part: -part.bounds[0],
        )
    ]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}
