"""The simulated world as SEN12MS: folders, names, bands and types, read by the same reader.

    ROIs2017_winter/s1_1/ROIs2017_winter_s1_1_p1.tif    float32, VV and VH in dB
    ROIs2017_winter/s2_1/ROIs2017_winter_s2_1_p1.tif    uint16, 13 bands, reflectance x 10000
    ROIs2017_winter/lc_1/ROIs2017_winter_lc_1_p1.tif    uint8, IGBP classes in the first of 4 bands

Labels are exact to the pixel, those of SEN12MS are coarse ones of MODIS; the three other label
schemes are 0 here.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.transform import Affine

from crosslook.simulate import multispectral, radar
from crosslook.simulate.biomes import with_biomes
from crosslook.simulate.places import place_on_map
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

SEASON = "ROIs2017_winter"
FIRST_SEED = 100_000  # seeds of places, far from those of the scenes of the catalogue
FIRST_PLACE = 120  # on the map
LAND_SHARE = 0.8  # the coast is a means here, not the end
PREDICTOR = {"float32": 3, "uint16": 2, "uint8": 1}


def write_land_cover(
    folder: Path, seed: int, params: SimulateParams, tell: Callable[[str], None]
) -> None:
    """Write ``params.land_cover_scenes`` scenes of patches below ``folder``.

    Args:
        folder: gets a folder for the season.
        seed: the same seed and params give the same bytes.
        params: the world, and in ``land_cover_...`` the number, size and cut of the scenes.
        tell: called with one line per scene.
    """
    ours = replace(
        params, snow_above=params.land_cover_snow_above, land_share=LAND_SHARE, cloud_share=0.0
    )
    size, step = params.land_cover_patch_px, params.land_cover_stride_px
    for number in range(1, params.land_cover_scenes + 1):
        world = with_biomes(make_world((seed, FIRST_SEED + number), params.land_cover_size, ours))
        crs, corner = place_on_map(world.seed, FIRST_PLACE + number)
        cover = np.zeros((4, world.size_px, world.size_px), np.uint8)
        cover[0] = world.land_cover
        layers = {
            "s1": radar.render_sar(world, ours) * np.float32(radar.SCALE),
            "s2": multispectral.render_multispectral(world, ours),
            "lc": cover,
        }
        patches = 0
        for patch, (row, column) in enumerate(_corners(world.size_px, size, step), start=1):
            for kind, pixels in layers.items():
                name = f"{SEASON}_{kind}_{number}_p{patch}.tif"
                cut = pixels[:, row : row + size, column : column + size]
                at = _moved(corner, column, row)
                _write(folder / SEASON / f"{kind}_{number}" / name, cut, crs, at)
            patches = patch
        classes = len(np.unique(cover[0]))
        tell(f"{SEASON} {number}: {patches} patches of {size} px, {classes} IGBP classes")


def _corners(extent: int, size: int, step: int) -> Iterator[tuple[int, int]]:
    for row in range(0, extent - size + 1, step):
        for column in range(0, extent - size + 1, step):
            yield row, column


def _moved(corner: Affine, column: int, row: int) -> Affine:
    a, b, c, d, e, f = corner[:6]
    return Affine(a, b, c + a * column, d, e, f + e * row)


def _write(path: Path, pixels: npt.NDArray[Any], crs: str, transform: Affine) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = pixels.shape
    with (
        rasterio.Env(GDAL_PAM_ENABLED="NO"),
        rasterio.open(
            path,
            "w",
            driver="GTiff",
            dtype=pixels.dtype,
            count=count,
            height=height,
            width=width,
            crs=crs,
            transform=transform,
            compress="deflate",
            predictor=PREDICTOR[pixels.dtype.name],
            interleave="band",
        ) as raster,
    ):
        raster.write(pixels)
