"""Polygons across 180 degrees of longitude: in two parts in files, whole while they are projected.

The parts meet at 180 and -180 (RFC 7946, 3.1.9).
"""

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

HALF_TURN = 180.0
TURN = 360.0
Coordinates = npt.NDArray[np.float64]


def joined(outline: BaseGeometry) -> BaseGeometry:
    """A WGS 84 polygon without a jump: what crosses 180 degrees goes on beyond it, in one part.

    What is wider than 180 degrees is taken for crossing: no place is that wide.
    """
    west, _, east, _ = outline.bounds
    if not east - west > HALF_TURN:
        return outline

    def move(points: Coordinates) -> Coordinates:
        longitude = np.where(points[:, 0] < 0, points[:, 0] + TURN, points[:, 0])
        return np.stack([longitude, points[:, 1]], axis=1)

    parts = shapely.get_parts(shapely.transform(outline, move))
    return shapely.union_all(parts) if shapely.is_valid(parts).all() else shapely.union_all([])


def cut(outline: BaseGeometry) -> BaseGeometry:
    """A valid polygon or a point in longitudes of any turn -> in -180..180, in parts if it crosses.

    Points more than 180 degrees apart are taken to lie on the two sides of the antimeridian.
    """
    west, _, east, _ = outline.bounds
    if west >= -HALF_TURN and east <= HALF_TURN and east - west <= HALF_TURN:
        return outline
    if outline.geom_type == "Point":
        return shapely.Point(_turned(np.array(outline.x), 0.0), outline.y)
    first = float(shapely.get_coordinates(outline)[0, 0])

    def move(points: Coordinates) -> Coordinates:
        return np.stack([_turned(points[:, 0], first), points[:, 1]], axis=1)

    whole = shapely.transform(outline, move)
    if not whole.is_valid:
        return outline
    parts = []
    for turn in (-TURN, 0.0, TURN):
        world = shapely.box(turn - HALF_TURN, -90, turn + HALF_TURN, 90)
        for part in shapely.get_parts(whole.intersection(world)):
            if part.area > 0:
                parts.append(shapely.transform(part, lambda points, by=turn: points - [by, 0.0]))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _turned(longitude: Coordinates, near: float) -> Coordinates:
    """The same meridians, at most half a turn from ``near``."""
    return near + (longitude - near + HALF_TURN) % TURN - HALF_TURN
