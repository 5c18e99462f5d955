"""Sentinel-1 IW GRD products, as SAFE folder, zip or COG-SAFE, to backscatter on a map.

In this order: border and no-data, thermal noise, calibration, warp to UTM 10 m, decibels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window as RasterioWindow

from crosslook.errors import DiskError, InputError
from crosslook.scenes.composites import power_to_db
from crosslook.scenes.grd_border import Border
from crosslook.scenes.grd_geometry import Geometry, locate
from crosslook.scenes.grd_luts import read_noise
from crosslook.scenes.grd_pixels import (
    GDAL_OPTIONS,
    open_measurement,
    read_border,
    read_calibrator,
)
from crosslook.scenes.grd_product import Grd, GrdBand, open_grd
from crosslook.scenes.grd_warp import Target, target_of, warp
from crosslook.scenes.radiometry import Calibration, FloatArray, Radiometry, Unit
from crosslook.scenes.raster import BLOCK_PX
from crosslook.scenes.windows import Window

FLOOR_DB = -60.0  # weaker backscatter, and none, is written as this much
DB_STEP = 0.01  # decibels are stored as whole hundredths
NO_DB = -32768
REMOVED = "removed"


@dataclass(frozen=True)
class Sentinel1:
    """A product that is ready to be written: its parts are there and its place is known."""

    grd: Grd
    geometry: Geometry
    target: Target
    radiometry: Radiometry
    calibration: Calibration
    noise: str  # what is done about thermal noise, in words

    def notes(self) -> dict[str, Any]:
        """What was done, for the catalogue."""
        return {
            "product": self.grd.safe.name,
            "platform": self.grd.platform,
            "pass": self.grd.flight,
            "processor": "IPF {}.{:02d}".format(*self.grd.processor),
            "thermal_noise": self.noise,
            "ground_height_m": round(self.geometry.height_m, 1),
            "geolocation_residual_px": round(self.geometry.residual_px, 3),
        }


def open_sentinel1(
    path: Path,
    calibration: Calibration = "sigma0",
    decibels: bool = True,
    denoise: bool = True,
    height_m: float | None = None,
) -> Sentinel1:
    """Examine an IW GRD product; reads its metadata, and opens its images without reading them.

    Args:
        path: a .SAFE folder or a zip.
        calibration: sigma0 (per ground area), beta0 (per slant area), gamma0 (across the beam).
        decibels: store hundredths of a decibel in 16 bits; else linear power as 32-bit floats.
        denoise: take off thermal noise, unless the processor has.
        height_m: of the ground; see ``locate``.

    Raises:
        InputError: one line that names what is missing or wrong.
    """
    grd = open_grd(path)
    geometry = locate(grd, height_m)
    for band in grd.bands:
        with open_measurement(grd, band):
            pass
        read_calibrator(grd, band, calibration, denoise)
    unit = cast(Unit, f"{calibration}_{'db' if decibels else 'power'}")
    bands = tuple(band.polarisation for band in grd.bands)
    return Sentinel1(
        grd=grd,
        geometry=geometry,
        target=target_of(geometry),
        radiometry=Radiometry(unit, bands, scale=DB_STEP, nodata=NO_DB)
        if decibels
        else Radiometry(unit, bands),
        calibration=calibration,
        noise=_noise_in_words(grd, denoise),
    )


def read_power(product: Sentinel1, polarisation: str, window: Window) -> FloatArray:
    """Backscatter in linear power in the image's own geometry, border included: (h, w).

    Args:
        product: as examined.
        polarisation: one of its bands.
        window: (column, row, width, height) in samples and lines of the image.
    """
    left, top, width, height = window
    band = product.grd.band(polarisation)
    calibrator = read_calibrator(product.grd, band, product.calibration, product.noise == REMOVED)
    with open_measurement(product.grd, band) as slabs:
        return calibrator.power(slabs.window(top, left, height, width), top, left)


def write_sentinel1(product: Sentinel1, path: Path) -> None:
    """Write the product as a tiled deflate GeoTIFF in UTM; ``path`` is a temporary neighbour.

    Raises:
        InputError: if an image breaks off, or holds no data.
        DiskError: if the file cannot be written.
    """
    border = read_border(product.grd)
    if border.blocks.all():
        raise InputError(f"{product.grd.safe.path} holds nothing but no-data.")
    decibels = product.radiometry.nodata is not None
    options = {
        "driver": "GTiff",
        "width": product.target.size[1],
        "height": product.target.size[0],
        "count": len(product.grd.bands),
        "dtype": "int16" if decibels else "float32",
        "crs": product.geometry.crs,
        "transform": rasterio.Affine(*product.target.transform),
        "nodata": NO_DB if decibels else np.nan,
        "tiled": True,
        "blockxsize": BLOCK_PX,
        "blockysize": BLOCK_PX,
        "compress": "deflate",
        "zlevel": 1,
        "predictor": 2 if decibels else 3,
        "interleave": "band",  # one polarisation is made after the other
        "num_threads": "all_cpus",
        "sparse_ok": True,
        "bigtiff": "if_safer",
    }
    with rasterio.Env(**GDAL_OPTIONS):
        try:
            with rasterio.open(path, "w", **options) as file:
                file.descriptions = product.radiometry.bands
                for i, band in enumerate(product.grd.bands, 1):
                    for window, power in _tiles(product, band, border):
                        stored = _hundredths(power) if decibels else power
                        file.write(stored, i, window=RasterioWindow(*window))
        except RasterioError as error:  # of writing: what is read raises InputError
            raise DiskError(f"{path.parent}: the copy could not be written ({error}).") from None


def _tiles(
    product: Sentinel1, band: GrdBand, border: Border
) -> Iterator[tuple[Window, FloatArray]]:
    denoise = product.noise == REMOVED
    calibrator = read_calibrator(product.grd, band, product.calibration, denoise)
    with open_measurement(product.grd, band) as slabs:
        yield from warp(slabs, calibrator, border, product.geometry, product.target)


def _noise_in_words(grd: Grd, denoise: bool) -> str:
    if not denoise:
        return "kept"
    if all(band.noise_removed for band in grd.bands):
        return "removed by the processor"
    if all(read_noise(grd, band) is None for band in grd.bands):
        return "unknown: the product's noise vectors are zero"
    return REMOVED


def _hundredths(power: FloatArray) -> npt.NDArray[np.int16]:
    valid = np.isfinite(power)
    decibels = power_to_db(np.where(valid, power, np.float32(1)), FLOOR_DB)
    return np.where(valid, np.rint(decibels / DB_STEP), NO_DB).astype(np.int16)
