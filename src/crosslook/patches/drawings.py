"""Labels as their files have them, before they are brought to the map."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.scenes.bounded_json import read_bytes
from crosslook.scenes.safe import XML_BYTES, parse_xml

XML_ELEMENTS = 1_000_000  # 200 000 labels with a few attributes each


@dataclass(frozen=True)
class Reading:
    """What has to be said of a label file beside its content."""

    crs: str | None = None  # of GeoJSON and GeoPackage; None: what the file declares
    layer: str | None = None  # of a GeoPackage
    class_property: str = "class"  # of GeoJSON and GeoPackage: the property that holds the class
    box_size_m: float | None = None  # side of the boxes around labels that are points
    voc_from_1: bool = False  # Pascal VOC as in 2007: pixels count from 1, both ends belong to it

    def __post_init__(self) -> None:
        if self.box_size_m is not None and not 0 < self.box_size_m <= 100_000:
            raise InputError(f"--box-size-m {self.box_size_m:g} must be above 0, up to 100000.")


@dataclass(frozen=True)
class Drawing:
    """One label: a polygon or a point, on the map (``crs``) or in the pixels of an ``image``."""

    id: str
    name: str | None  # class
    outline: BaseGeometry
    properties: Mapping[str, Any] = field(default_factory=dict)
    crs: str | None = None
    image: str | None = None  # the name that the label file gives to it
    size: tuple[int, int] | None = None  # of the image by the label file: height, width


def box(where: str, x1: float, y1: float, x2: float, y2: float) -> BaseGeometry:
    """A box in pixels as a polygon.

    Raises:
        InputError: if a number is not finite, or the box has no area.
    """
    if not np.isfinite([x1, y1, x2, y2]).all() or not (x1 < x2 and y1 < y2):
        raise InputError(
            f"{where} has the box {x1:.7g}, {y1:.7g}, {x2:.7g}, {y2:.7g} (left, top, right, "
            "bottom), which has no area."
        )
    return shapely.box(x1, y1, x2, y2)


def turned(outline: BaseGeometry, degrees: float, about: tuple[float, float]) -> BaseGeometry:
    """A polygon turned clockwise as seen in the image (rows count downwards)."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    turn = np.array([[c, s], [-s, c]])
    return shapely.transform(outline, lambda points: (points - about) @ turn + about)


def polygon(where: str, points: Any) -> BaseGeometry:
    """A polygon through ``points`` (N, 2) in pixels.

    Raises:
        InputError: if they are no finite points, are fewer than three, or the edges cross.
    """
    try:
        corners = np.asarray(points, np.float64)
    except (TypeError, ValueError, OverflowError):
        corners = np.empty(0)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
        raise InputError(f"{where} is no polygon: expected three points (x, y) or more.")
    if not np.isfinite(corners).all():
        raise InputError(f"{where} has a coordinate that is not finite.")
    outline = shapely.Polygon(corners)
    if not outline.is_valid:
        reason = shapely.is_valid_reason(outline)
        raise InputError(f"{where} is not a valid polygon: {reason}. Draw it again.")
    return outline


def read_xml(path: Path) -> Element:
    """The root element of a label file in XML.

    Raises:
        InputError: if it is missing, over 16 MiB, no XML, has a document type or entities, or
            elements nested too deep or too many.
    """
    data = read_bytes(path, XML_BYTES)
    try:
        return parse_xml(data, XML_ELEMENTS)
    except (ParseError, expat.ExpatError, LookupError, ValueError) as error:
        raise InputError(f"{path} is refused: {' '.join(str(error).split())}.") from None
