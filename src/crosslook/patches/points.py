"""Labels that are points -> outlines of a given size."""

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from crosslook.patches.antimeridian import cut

CORNERS = 256  # bounds within 0.01 % of the diameter
EQUATOR_M = 6_378_137.0  # WGS 84
ECCENTRICITY_2 = 0.00669437999014


def disc(point: BaseGeometry, box_size_m: float) -> BaseGeometry:
    """A disc on the ground, whose bounds are a square of ``box_size_m`` in any grid.

    A square would grow with the angle between its sides and those of the pixels.

    With e^2 and a of the ellipsoid and latitude p, the radii of curvature are

        M = a (1 - e^2) / (1 - e^2 sin^2 p)^1.5 to the north, N = a / sqrt(1 - e^2 sin^2 p) to
        the east.

    They are taken at the centre: at 70 degrees and 1 km the error is 0.02 %.

    Args:
        point: in WGS 84.
        box_size_m: diameter on the ground.

    Returns:
        A polygon in WGS 84, cut at the antimeridian.
    """
    latitude = np.deg2rad(point.y)
    inner = 1 - ECCENTRICITY_2 * np.sin(latitude) ** 2
    north_m = EQUATOR_M * (1 - ECCENTRICITY_2) / inner**1.5
    east_m = EQUATOR_M / np.sqrt(inner) * np.cos(latitude)
    angle = 2 * np.pi * np.arange(CORNERS) / CORNERS
    x = point.x + np.rad2deg(box_size_m / 2 * np.cos(angle) / east_m)
    y = point.y + np.rad2deg(box_size_m / 2 * np.sin(angle) / north_m)
    return cut(shapely.Polygon(np.stack([x, y], axis=1)))
