"""Geometries of a GeoPackage: its header and WKB -> polygons and points.

Source: OGC 12-128r18, 2.1.3 (header), and OGC 06-103r4, 8.2 (WKB). Only points and polygons are
read, counts are compared with what is left before anything is made, and nothing recurses: a
geometry collection of a million levels would overflow the stack of GEOS.
"""

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

POINT, POLYGON, MULTIPOINT, MULTIPOLYGON = 1, 3, 4, 6
MEMBERS = {MULTIPOINT: POINT, MULTIPOLYGON: POLYGON}
ENVELOPE_BYTES = (0, 32, 48, 48, 64)
RING_POINTS = 4  # the last is the first
EXTENDED, EMPTY = 0x20, 0x10
LEAST_BYTES = {POINT: 21, POLYGON: 9}  # of a member, with its own header


@dataclass
class _Reader:
    data: bytes
    at: int = 0
    order: str = "<"

    def unpack(self, form: str) -> int:
        size = struct.calcsize(form)
        self.require(size)
        (value,) = struct.unpack_from(self.order + form, self.data, self.at)
        self.at += size
        return int(value)

    def require(self, size: int) -> None:
        if size > len(self.data) - self.at:
            raise ValueError(f"it breaks off: {size} more bytes expected, {self.left} there")

    @property
    def left(self) -> int:
        return len(self.data) - self.at


def geopackage_outline(blob: bytes) -> tuple[int, BaseGeometry | None]:
    """The srs_id and the geometry of a GeoPackage blob; None for an empty one.

    Raises:
        ValueError: with the reason, if it is damaged or neither polygons nor points.
    """
    if len(blob) < 8 or blob[:2] != b"GP" or blob[2] != 0:
        raise ValueError("it has no GeoPackage header of version 1")
    flags = blob[3]
    if flags & EXTENDED or (flags >> 1) & 7 >= len(ENVELOPE_BYTES):
        raise ValueError("its GeoPackage header is of an unknown kind")
    reader = _Reader(blob, 4, "<" if flags & 1 else ">")
    srs = reader.unpack("i")
    size = ENVELOPE_BYTES[(flags >> 1) & 7]
    reader.require(size)
    reader.at += size
    if flags & EMPTY:
        return srs, None
    outline = _outline(reader)
    if reader.left:
        raise ValueError(f"{reader.left} bytes follow it")
    return srs, None if outline.is_empty else outline


def _outline(reader: _Reader) -> BaseGeometry:
    kind, numbers = _header(reader)
    if kind in (POINT, POLYGON):
        return _simple(reader, kind, numbers)
    if kind not in MEMBERS:
        raise ValueError(f"it is of WKB type {kind}, expected points or polygons without curves")
    members = []
    wanted = MEMBERS[kind]
    for _ in range(_count(reader, LEAST_BYTES[wanted])):
        own, own_numbers = _header(reader)
        if own != wanted:
            raise ValueError(f"it has a member of WKB type {own}, expected {wanted}")
        members.append(_simple(reader, own, own_numbers))
    return shapely.MultiPolygon(members) if kind == MULTIPOLYGON else shapely.MultiPoint(members)


def _simple(reader: _Reader, kind: int, numbers: int) -> BaseGeometry:
    if kind == POINT:
        return shapely.Point(_points(reader, 1, numbers)[0])
    rings = [_ring(reader, numbers) for _ in range(_count(reader, 4))]
    return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()


def _ring(reader: _Reader, numbers: int) -> BaseGeometry:
    count = _count(reader, 8 * numbers)
    if count < RING_POINTS:
        raise ValueError(f"it has a ring of {count} points, expected {RING_POINTS} or more")
    return shapely.LinearRing(_points(reader, count, numbers))


def _header(reader: _Reader) -> tuple[int, int]:
    """WKB type without Z and M, and how many numbers a point has."""
    reader.require(5)
    order = reader.data[reader.at]
    if order > 1:
        raise ValueError(f"its byte order is {order}, expected 0 or 1")
    reader.order = "<" if order else ">"
    reader.at += 1
    code = reader.unpack("I")
    thousands, kind = divmod(code, 1000)
    if thousands > 3:
        raise ValueError(f"it is of WKB type {code}, expected one of ISO WKB")
    return kind, 2 + (0, 1, 1, 2)[thousands]


def _count(reader: _Reader, least_bytes: int) -> int:
    count = reader.unpack("I")
    if count * least_bytes > reader.left:
        raise ValueError(f"it announces {count} parts, {reader.left} bytes are left")
    return count


def _points(reader: _Reader, count: int, numbers: int) -> npt.NDArray[np.float64]:
    size = 8 * count * numbers
    reader.require(size)
    values = np.frombuffer(reader.data, f"{reader.order}f8", count * numbers, reader.at)
    reader.at += size
    points = values.reshape(count, numbers)[:, :2].astype(np.float64)
    if not np.isfinite(points).all():
        raise ValueError("it has a coordinate that is not finite")
    return points
