"""Pictures from outside as three bands of bytes: PNG, JPEG, and 8-bit GeoTIFF; nothing else."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader

from crosslook.errors import InputError
from crosslook.scenes.composites import Pixels
from crosslook.scenes.raster import ALONE, open_geotiff
from crosslook.scenes.raster_limits import claim_problem

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
MOST_PX = 2**26  # 8192 x 8192
TIFFS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
DRIVERS = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}
STRICT = {"GDAL_ERROR_ON_LIBJPEG_WARNING": True}  # else the rest of a broken JPEG is grey


def read_picture(path: Path) -> Pixels:
    """A picture as (3, H, W) uint8; grey stands three times, and transparency is left away.

    Raises:
        InputError: one line, if it is missing, damaged, breaks off, is larger than 8192 x 8192 px,
            or is not one or three bands of uint8.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with _opened(path) as dataset:
            kinds = [kind for kind in dataset.colorinterp if kind != ColorInterp.alpha]
            if dataset.height * dataset.width > MOST_PX:
                raise InputError(
                    f"{path}: {dataset.width} x {dataset.height} px are too many for one picture: "
                    "cut it."
                )
            if set(dataset.dtypes) != {"uint8"} or len(kinds) not in (1, 3):
                raise InputError(
                    f"{path}: {len(kinds)} bands of {dataset.dtypes[0]}, expected 1 or 3 of uint8: "
                    "scale it to 0..255 first, in the same way on both sides."
                )
            bands: Pixels = dataset.read(list(range(1, len(kinds) + 1)))
            if kinds[0] == ColorInterp.palette:
                colours = dataset.colormap(1)
                table = np.array([colours.get(i, (0, 0, 0))[:3] for i in range(256)], np.uint8)
                return np.ascontiguousarray(table[bands[0]].transpose(2, 0, 1))
    return bands if len(bands) == 3 else np.repeat(bands, 3, axis=0)


@contextmanager
def _opened(path: Path) -> Iterator[DatasetReader]:
    """Open a picture by the driver that its first bytes name; its suffix may lie."""
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None
    if start[:4] in TIFFS:
        with open_geotiff(path) as dataset:
            yield dataset
        return
    driver = next((name for mark, name in DRIVERS.items() if start.startswith(mark)), None)
    if driver is None:
        raise InputError(f"{path} is neither PNG nor JPEG nor TIFF.")
    if driver == "PNG" and not _png_ends(path):
        raise InputError(f"{path} breaks off: fetch it again.")
    try:
        with rasterio.Env(**ALONE, **STRICT), rasterio.open(path, driver=driver) as dataset:
            if absurd := claim_problem(dataset, path.stat().st_size):
                raise InputError(f"{path} {absurd}.")
            yield dataset
    except RasterioError as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise InputError(f"{path} is not a readable picture ({reason}).") from None


def _png_ends(path: Path) -> bool:
    """Whether the last chunk is there: GDAL reads what is missing as black, without a word.

    A chunk is a length, four letters, so many bytes, and a checksum.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        place = 8
        while place + 12 <= size:
            file.seek(place)
            head = file.read(8)
            place += 12 + int.from_bytes(head[:4])
            if head[4:] == b"IEND":
                return place <= size
    return False
