"""Where the patches of a scene lie in it, from their georeference."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rasterio.io import DatasetReader
from rasterio.transform import Affine

from crosslook.scenes.raster import open_geotiff


@dataclass(frozen=True)
class Spot:
    """The place of one raster on the map."""

    crs: str
    transform: Affine
    width: int
    height: int

    @classmethod
    def of(cls, raster: DatasetReader) -> "Spot | None":
        """The place of an opened raster; None if it has no CRS or does not lie north up."""
        at = raster.transform
        if raster.crs is None or at.b or at.d or not (at.a > 0 > at.e):
            return None
        return cls(raster.crs.to_string(), at, raster.width, raster.height)


def read_spot(path: Path) -> Spot | None:
    """The place of a raster; reads no pixel.

    Raises:
        InputError: if it is missing or damaged.
    """
    with open_geotiff(path) as raster:
        return Spot.of(raster)


def positions_px(
    scenes: Sequence[str], spots: Sequence[Spot | None]
) -> npt.NDArray[np.int64] | None:
    """x, y, width, height of each patch in the pixels of its scene, (N, 4).

    The north-west corner of a scene is that of its patches. None if a patch has no georeference, or
    the patches of a scene differ in CRS or pixel size: any two of a scene may overlap then.
    """
    corner: dict[str, Spot] = {}
    west: dict[str, float] = {}
    north: dict[str, float] = {}
    for scene, spot in zip(scenes, spots, strict=True):
        if spot is None:
            return None
        first = corner.setdefault(scene, spot)
        if (first.crs, first.transform.a, first.transform.e) != (
            spot.crs,
            spot.transform.a,
            spot.transform.e,
        ):
            return None
        west[scene] = min(west.get(scene, np.inf), spot.transform.c)
        north[scene] = max(north.get(scene, -np.inf), spot.transform.f)
    positions = np.zeros((len(scenes), 4), np.int64)
    for i, (scene, spot) in enumerate(zip(scenes, spots, strict=True)):
        if spot is not None:
            x = (spot.transform.c - west[scene]) / spot.transform.a
            y = (spot.transform.f - north[scene]) / spot.transform.e
            positions[i] = round(x), round(y), spot.width, spot.height
    return positions
