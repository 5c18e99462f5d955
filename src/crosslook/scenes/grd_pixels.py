"""Pixels of a GRD measurement: digital numbers by rows, and power after noise and calibration."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as RasterioWindow

from crosslook.errors import InputError
from crosslook.scenes.archives import quoted
from crosslook.scenes.grd_border import EXACT_SINCE, Border, Numbers, find_border
from crosslook.scenes.grd_luts import Lut, Noise, read_calibration, read_noise
from crosslook.scenes.grd_product import CO_POLARISED, Grd, GrdBand
from crosslook.scenes.radiometry import Calibration, FloatArray
from crosslook.scenes.raster import open_quietly
from crosslook.scenes.raster_limits import claim_problem

SLAB_PX = 512  # rows read at once; tiled measurements have blocks of 512
CACHE_MB = 64
# Nothing that lies beside the measurement is opened: overviews and .aux.xml may name other files.
GDAL_OPTIONS = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_CACHEMAX": CACHE_MB,
}


@dataclass(frozen=True)
class Calibrator:
    """Digital numbers of one band to backscatter."""

    table: Lut
    noise: Noise | None

    def power(self, numbers: Numbers, top: int, left: int) -> FloatArray:
        """Backscatter, linear, of the digital numbers (h, w) whose first is at (top, left).

            power = max(DN^2 - noise, 0) / A^2

        Source: ESA, Sentinel-1 Product Specification (S1-RS-MDA-52-7441), 9.2 to 9.4. Below the
        noise it is 0: a signal too weak to see, not no-data.
        """
        shape = numbers.shape
        power = numbers.astype(np.float32)
        power *= power
        if self.noise is not None:
            power -= self.noise.window(top, left, *shape)
            np.maximum(power, 0, out=power)
        gain = self.table.window(top, left, *shape)
        power /= gain * gain
        return power


@dataclass
class Slabs:
    """The rows of a measurement; those not yet forgotten are in memory as digital numbers."""

    dataset: DatasetReader
    name: str
    _held: dict[int, Numbers] = field(default_factory=dict)

    def all(self) -> Iterator[Numbers]:
        """Every slab, (SLAB_PX, W) but for the last, from top to bottom; none is kept."""
        for slab in range(-(-self.dataset.height // SLAB_PX)):
            yield self._read(slab)

    def window(self, top: int, left: int, height: int, width: int) -> Numbers:
        """The digital numbers of a window inside the image."""
        parts = []
        for slab in range(top // SLAB_PX, (top + height - 1) // SLAB_PX + 1):
            if slab not in self._held:
                self._held[slab] = self._read(slab)
            start = slab * SLAB_PX
            rows = slice(max(top - start, 0), top + height - start)
            parts.append(self._held[slab][rows, left : left + width])
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def forget(self, top: int) -> None:
        """Drop what lies above row ``top``."""
        for slab in [slab for slab in self._held if (slab + 1) * SLAB_PX <= top]:
            del self._held[slab]

    def _read(self, slab: int) -> Numbers:
        top = slab * SLAB_PX
        rows = min(SLAB_PX, self.dataset.height - top)
        try:
            read: Numbers = self.dataset.read(
                1, window=RasterioWindow(0, top, self.dataset.width, rows)
            )
        except RasterioError as error:
            reason = " ".join(str(error.__cause__ or error).split())[:200]
            raise InputError(
                f"{self.name} cannot be read at line {top} ({reason}): fetch the product again."
            ) from None
        return read


@contextmanager
def open_measurement(grd: Grd, band: GrdBand) -> Iterator[Slabs]:
    """Open the image of a band, in the folder or in the zip.

    Raises:
        InputError: if it is no GeoTIFF of 16-bit digital numbers of the annotated size.
    """
    name = f"{grd.safe.path}: {quoted(band.measurement)}"
    with rasterio.Env(**GDAL_OPTIONS):
        try:
            dataset = open_quietly(grd.safe.gdal_path(band.measurement))
        except RasterioError as error:
            reason = " ".join(str(error.__cause__ or error).split())[:200]
            raise InputError(f"{name} is no readable GeoTIFF ({reason}).") from None
        with dataset:
            if absurd := claim_problem(dataset, grd.safe.size(band.measurement)):
                raise InputError(f"{name} {absurd}: fetch the product again.")
            found = (dataset.count, dataset.dtypes[0], dataset.height, dataset.width)
            expected = (1, "uint16", *grd.size)
            if found != expected:
                raise InputError(
                    f"{name} holds {found[0]} x {found[1]}, {found[2]} x {found[3]} px; its "
                    f"annotation says {expected[0]} x {expected[1]}, {grd.size[0]} x {grd.size[1]}."
                )
            yield Slabs(dataset, name)


def read_calibrator(
    grd: Grd, band: GrdBand, calibration: Calibration = "sigma0", denoise: bool = True
) -> Calibrator:
    """The tables of a band, read from the product."""
    return Calibrator(
        read_calibration(grd, band, calibration), read_noise(grd, band) if denoise else None
    )


def read_border(grd: Grd) -> Border:
    """Where any polarisation holds nothing; reads every pixel once, and before noise is taken off.

    Noise in the borders of products before IPF 2.9 is looked for in the co-polarised band.
    """
    made: Border | None = None
    for band in grd.bands:
        noisy = grd.processor < EXACT_SINCE and band.polarisation in CO_POLARISED
        with open_measurement(grd, band) as slabs:
            found = find_border(slabs.all(), grd.size, noisy, holes=not band.noise_removed)
        made = found if made is None else made | found
    if made is None:
        raise ValueError("a product without bands has no border.")
    return made
