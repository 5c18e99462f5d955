"""Whether a raster lies where its CRS has places at all."""

from collections.abc import Sequence

import numpy as np
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.warp import transform

WGS84 = "EPSG:4326"
FURTHEST = 1e8  # in units of a projection; PROJ turns some larger numbers around for ever
PIXEL = (1e-9, 1e6)  # lengths of a side, in units of the CRS
BACK = 0.5  # pixels by which a place may differ when it came back from WGS 84


def place_problem(crs: CRS, place: Sequence[float], size: tuple[int, int]) -> str | None:
    """What is wrong with the place of a raster, in words that follow its name; None if nothing.

    The corners must come back from longitude and latitude: numbers of another CRS do not.

    Args:
        crs: of the raster.
        place: a b c d e f, pixel -> map.
        size: height, width in pixels.
    """
    if not all(np.isfinite(place[:6])):
        return "has a geotransform that is not finite"
    sides = np.hypot(place[0], place[3]), np.hypot(place[1], place[4])
    area = abs(place[0] * place[4] - place[1] * place[3])
    if not (PIXEL[0] <= min(sides) and max(sides) <= PIXEL[1] and area > 0):
        return f"has pixels of {sides[0]:.4g} x {sides[1]:.4g} units of its CRS, or without area"
    height, width = size
    corners = [Affine(*place[:6]) @ at for at in ((0, 0), (width, 0), (0, height), (width, height))]
    x, y = np.array(corners).T
    lies = f"lies at {x[0]:.7g}, {y[0]:.7g}, where {crs.to_string()[:40]} has no places"
    if crs.is_geographic:
        inside = np.abs(x).max() <= 360 and np.abs(y).max() <= 90 + max(sides)
        return None if inside else f"{lies}: longitude and latitude in degrees are expected"
    if max(np.abs(x).max(), np.abs(y).max()) > FURTHEST:
        return lies
    try:
        back = np.array(transform(WGS84, crs, *transform(crs, WGS84, x, y)))
    except (CPLE_BaseError, RasterioError):
        return lies
    away = np.hypot(*(back - [x, y])).max()
    return None if away <= BACK * max(sides) else lies  # NaN and inf are away
