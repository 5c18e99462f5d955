"""Coordinate reference systems that label files name, and polygons brought from them to WGS 84.

Names are matched before GDAL sees them: given any other text it would look for a file or a URL.
"""

import re
from functools import cache

import numpy as np
import shapely
from rasterio.crs import CRS
from rasterio.errors import CRSError
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.patches.annotations import (
    AROUND_DEGREES,
    STEP_DEGREES,
    WGS84,
    OutsideError,
    project,
    require_valid,
)
from crosslook.patches.antimeridian import Coordinates, cut, joined
from crosslook.patches.label_values import short

EPSG = re.compile(r"(?:urn:(?:ogc|x-ogc):def:crs:)?EPSG:(?:[0-9.]*:)?([0-9]{1,6})", re.IGNORECASE)
CRS84 = re.compile(r"(?:urn:ogc:def:crs:)?OGC:(?:[0-9.]*:)?CRS84", re.IGNORECASE)
WKT = re.compile(r"\s*(?:PROJCS|GEOGCS|PROJCRS|GEOGCRS|GEODCRS|BOUNDCRS|COMPD_CS|COMPOUNDCRS)\[")
WKT_LENGTH = 20_000
STEP_M = 320.0  # between points on an edge: as 32 pixels of 10 m
STEPS = 1_000_000  # more make no outline of a place


def crs_by_name(where: str, name: str) -> str:
    """``EPSG:32631`` for the ways in which label files write it.

    Raises:
        InputError: if it is no EPSG code, or one that PROJ does not know.
    """
    if CRS84.fullmatch(name.strip()):
        return WGS84
    found = EPSG.fullmatch(name.strip())
    if found is None:
        raise InputError(f"{where} is {short(name)}, expected an EPSG code such as EPSG:32631.")
    return _known(where, f"EPSG:{int(found[1])}")


def crs_by_wkt(where: str, text: str) -> str:
    """WKT that PROJ knows.

    Raises:
        InputError: if it is none.
    """
    if len(text) > WKT_LENGTH or not WKT.match(text):
        raise InputError(f"{where} is {short(text)}, expected WKT: export the layer as EPSG:4326.")
    return _known(where, text)


def from_crs(outline: BaseGeometry, crs: str, where: str) -> BaseGeometry:
    """A polygon or a point of a CRS -> WGS 84, cut at the antimeridian.

    Long edges get points between their ends, as they are straight in ``crs``.

    Raises:
        InputError: if it is no valid polygon, lies outside the CRS, or is far too long.
    """
    if outline.geom_type != "Point":
        require_valid(outline, where)
    if crs == WGS84:
        return _on_the_globe(outline, where)
    step = _step(crs)
    if outline.length / step > STEPS:
        raise InputError(f"{where} is {outline.length:.4g} units of {crs[:40]} around.")

    def move(points: Coordinates) -> Coordinates:
        return np.ascontiguousarray(project(crs, WGS84, points).T)

    try:
        moved = shapely.transform(shapely.segmentize(outline, step), move)
    except OutsideError:
        x, y = outline.bounds[:2]
        raise InputError(
            f"{where} lies at {x:.7g}, {y:.7g}, where {crs[:40]} has no places: give the CRS in "
            "which the labels are (--labels-crs)."
        ) from None
    return _on_the_globe(moved, where)


def _on_the_globe(outline: BaseGeometry, where: str) -> BaseGeometry:
    west, south, east, north = outline.bounds
    if not (-360 <= west <= east <= 360 and -90 <= south <= north <= 90):
        raise InputError(
            f"{where} lies at {west:.7g}, {south:.7g}, which is no longitude and latitude: say in "
            "which CRS it is (--labels-crs EPSG:32631), or export the labels as EPSG:4326."
        )
    whole = joined(outline) if outline.geom_type != "Point" else outline
    if whole.is_empty or not whole.is_valid:
        raise InputError(f"{where} crosses itself beyond the antimeridian: draw it again.")
    if whole.length > AROUND_DEGREES:
        raise InputError(f"{where} is {whole.length:.4g} degrees around: draw it again.")
    return cut(whole)


@cache
def _known(where: str, name: str) -> str:
    try:
        code = CRS.from_user_input(name).to_epsg()
    except CRSError as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{where} cannot be used ({reason}).") from None
    return f"EPSG:{code}" if code else name


@cache
def _step(crs: str) -> float:
    known = CRS.from_user_input(crs)
    return STEP_DEGREES if known.is_geographic else STEP_M / float(known.linear_units_factor[1])
