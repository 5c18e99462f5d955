"""A GRD image on a map of 10 m pixels, tile by tile, in bounded memory.

Tiles are made in the order in which the image is read, so that of the image only the rows that a
row of tiles touches are in memory, as 16-bit digital numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from crosslook.errors import InputError
from crosslook.scenes.grd_border import Border
from crosslook.scenes.grd_geometry import Geometry
from crosslook.scenes.grd_pixels import Calibrator, Slabs
from crosslook.scenes.grd_xml import Floats
from crosslook.scenes.radiometry import FloatArray
from crosslook.scenes.windows import Window

PIXEL_M = 10.0
TILE_PX = 1024  # a multiple of STEP_PX and of the block of the file
STEP_PX = 16  # between places whose line and sample are computed; between them they are linear
MARGIN_PX = 8  # around the geolocation grid
SIDE_PX = 65_000


@dataclass(frozen=True)
class Target:
    """A raster on the map."""

    transform: tuple[float, float, float, float, float, float]
    size: tuple[int, int]  # height, width in pixels


def target_of(geometry: Geometry) -> Target:
    """The raster that holds the whole image; its corner lies on a multiple of 10 m.

    Raises:
        InputError: if it would be larger than any product is.
    """
    left, bottom, right, top = geometry.bounds
    column, row = np.floor(left / PIXEL_M) - MARGIN_PX, np.ceil(top / PIXEL_M) + MARGIN_PX
    width = int(np.ceil(right / PIXEL_M) + MARGIN_PX - column)
    height = int(row - np.floor(bottom / PIXEL_M) + MARGIN_PX)
    if max(width, height) > SIDE_PX:
        raise InputError(
            f"the product would cover {height} x {width} px of {PIXEL_M:g} m, more than any IW GRD "
            f"product ({SIDE_PX} each way): its geolocation grid is damaged."
        )
    place = (PIXEL_M, 0.0, float(column * PIXEL_M), 0.0, -PIXEL_M, float(row * PIXEL_M))
    return Target(place, (height, width))


def warp(
    slabs: Slabs, calibrator: Calibrator, border: Border, geometry: Geometry, target: Target
) -> Iterator[tuple[Window, FloatArray]]:
    """The tiles that the image touches, in linear power.

    Each pixel is bilinear between the four nearest image pixels, taken in power after noise and
    calibration; it is NaN where one of the four has no data or lies outside.

    Yields:
        window (column, row, width, height) in the target, and its pixels (height, width).
    """
    height, width = target.size
    tops = range(0, height, TILE_PX)
    if _runs_north(geometry, target):
        tops = tops[::-1]
    for top in tops:
        lines, samples = _nodes(geometry, target, top)
        slabs.forget(max(int(lines.min()) - 2, 0))
        for left in range(0, width, TILE_PX):
            nodes = slice(left // STEP_PX, (left + TILE_PX) // STEP_PX + 1)
            size = min(TILE_PX, height - top), min(TILE_PX, width - left)
            made = _tile(slabs, calibrator, border, lines[:, nodes], samples[:, nodes])
            if made is not None:
                yield (left, top, size[1], size[0]), made[: size[0], : size[1]]


def _tile(
    slabs: Slabs, calibrator: Calibrator, border: Border, lines: Floats, samples: Floats
) -> FloatArray | None:
    """A whole tile from the nodes of its places; None if the image does not reach it."""
    ends = []
    for places, count in ((lines, slabs.dataset.height), (samples, slabs.dataset.width)):
        first, last = max(int(places.min()) - 1, 0), min(int(places.max()) + 3, count)
        if first >= last:
            return None
        ends.append((first, last - first))
    (top, rows), (left, columns) = ends
    hidden = border.window(top, left, rows, columns)
    if hidden.all():
        return None
    power = calibrator.power(slabs.window(top, left, rows, columns), top, left)
    power[hidden] = np.nan
    made: FloatArray = ndimage.map_coordinates(
        power, [_between(lines) - top, _between(samples) - left], order=1, cval=np.nan
    )
    return made


def _nodes(geometry: Geometry, target: Target, top: int) -> tuple[Floats, Floats]:
    """Lines and samples at every 16th pixel of a row of tiles, one node beyond its end."""
    tiles = -(-target.size[1] // TILE_PX)
    columns = np.arange(0, tiles * TILE_PX + 1, STEP_PX) + 0.5
    rows = top + np.arange(0, TILE_PX + 1, STEP_PX) + 0.5
    a, _, c, _, e, f = target.transform
    x, y = np.meshgrid(c + a * columns, f + e * rows)
    return geometry.to_image(x, y)


def _between(nodes: Floats) -> Floats:
    """(TILE_PX, TILE_PX) linear between nodes that are STEP_PX apart."""
    place = np.arange(TILE_PX) / STEP_PX
    share = np.maximum(1 - np.abs(place[:, None] - np.arange(nodes.shape[0])), 0)
    made: Floats = share @ nodes @ share.T
    return made


def _runs_north(geometry: Geometry, target: Target) -> bool:
    """Whether lines grow towards the north, as in an ascending pass."""
    a, _, c, _, e, f = target.transform
    height, width = target.size
    x, y = np.full(2, c + a * width / 2), f + e * np.array([0.0, height])
    lines, _ = geometry.to_image(x, y)
    return bool(lines[0] > lines[1])
