"""Pixels of Sentinel-2 products, each JPEG 2000 decoded once into a tiled GeoTIFF.

Decoding takes 15 times as long as reading a tiled GeoTIFF, and 30 times in small windows, so every
image is decoded whole and once. The copy lies in a folder of the caller's choice, named after the
sha256 of the JPEG 2000; it may be deleted at any time.

Coarser bands come to 10 m by repeating pixels: the grids of 10, 20 and 60 m nest, so each fine
pixel lies in one coarse pixel. Means are kept, and 0 (no data) and 65535 (saturated) keep their
meaning, which any interpolation would blur into their neighbours.
"""

import hashlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader, MemoryFile
from rasterio.windows import Window as RasterioWindow

from crosslook.errors import DiskError, InputError
from crosslook.scenes.radiometry import FloatArray, Mask
from crosslook.scenes.raster import open_geotiff
from crosslook.scenes.sentinel2 import NODATA, Product
from crosslook.scenes.windows import Window
from crosslook.writing import whole_file

JP2_BYTES = 512 * 2**20  # the largest image of a tile has some 140 MiB
JP2_STARTS = (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")  # file, bare codestream
ROWS = 1024  # decoded at a time; the tiles of Sentinel-2 images are as high
BLOCK_PX = 512


def decoded(product: Product, file: str, resolution_m: int, cache: Path) -> Path:
    """The tiled GeoTIFF of one image of a product; decoded now if ``cache`` lacks it.

    Args:
        product: that the image belongs to.
        file: its name in the product.
        resolution_m: of its grid.
        cache: folder of decoded images, of any number of products.

    Raises:
        InputError: if it is missing, no JPEG 2000, broken, or not of the size and place that
            MTD_TL.xml says; nothing is left in the cache then.
        DiskError: if the cache cannot be written.
    """
    data = product.safe.bytes(file, at_most=JP2_BYTES)
    path = cache / f"{hashlib.sha256(data).hexdigest()[:32]}.tif"
    if path.exists():
        return path
    if not data.startswith(JP2_STARTS):
        hint = " (a Git LFS pointer)" if data.startswith(b"version https://git-lfs") else ""
        raise InputError(
            f"{product.safe.path}: {file} is no JPEG 2000 but {len(data)} bytes of something "
            f"else{hint}: fetch the product again."
        )
    with _open_jp2(product, file, resolution_m, data) as image, whole_file(path) as temporary:
        _copy(image, temporary, product, file, resolution_m)
    return path


class Images:
    """Decoded bands of one product, opened: read them on its grid of 10, 20 or 60 m."""

    def __init__(self, product: Product, opened: Mapping[str, DatasetReader]) -> None:
        self.product, self._opened = product, opened

    def stored(self, name: str, window: Window, pixel_m: int = 10) -> npt.NDArray[np.uint16]:
        """Stored numbers (H, W) of a band in a window inside the product.

        Coarser bands are repeated; finer ones are averaged over the data, which leaves 0 where
        there is none.

        Args:
            name: of the band.
            window: in pixels of ``pixel_m``.
            pixel_m: 10, 20 or 60.
        """
        column, row, width, height = window
        own_m = self.product.band(name).resolution_m
        if own_m < pixel_m:
            factor = pixel_m // own_m
            fine = self._read(
                name, (column * factor, row * factor, width * factor, height * factor)
            )
            return _averaged(fine, factor, (height, width))
        factor = own_m // pixel_m
        left, top = column // factor, row // factor
        across, down = -(-(column + width) // factor) - left, -(-(row + height) // factor) - top
        coarse = self._read(name, (left, top, across, down))
        fine = coarse.repeat(factor, axis=0).repeat(factor, axis=1)
        first, start = row - top * factor, column - left * factor
        return fine[first : first + height, start : start + width]

    def reflectance(self, name: str, window: Window, pixel_m: int = 10) -> tuple[FloatArray, Mask]:
        """(DN + offset) / quantification of a band, and where it is data; see ``stored``."""
        stored = self.stored(name, window, pixel_m)
        offset = np.float32(self.product.band(name).offset)
        values = (stored.astype(np.float32) + offset) / np.float32(self.product.quantification)
        return values, stored != NODATA

    def _read(self, name: str, window: Window) -> npt.NDArray[np.uint16]:
        """A window on the band's own grid, cut where the image ends."""
        column, row, width, height = window
        image = self._opened[name]
        width, height = min(width, image.width - column), min(height, image.height - row)
        pixels: npt.NDArray[np.uint16] = image.read(
            1, window=RasterioWindow(column, row, width, height)
        )
        return pixels


@contextmanager
def open_bands(product: Product, names: Sequence[str], cache: Path) -> Iterator[Images]:
    """Open bands of a product, decoding those that ``cache`` lacks.

    Raises:
        InputError: if a band is missing or damaged, naming its part.
        DiskError: if the cache cannot be written.
    """
    paths = {
        name: decoded(product, product.band(name).file, product.band(name).resolution_m, cache)
        for name in names
    }
    with ExitStack() as stack:
        opened = {n: stack.enter_context(open_geotiff(path)) for n, path in paths.items()}
        yield Images(product, opened)


def read_mask(product: Product, file: str, resolution_m: int, cache: Path) -> npt.NDArray[np.uint8]:
    """All bands (C, H, W) of a small image of classes."""
    with open_geotiff(decoded(product, file, resolution_m, cache)) as image:
        if image.dtypes[0] != "uint8":
            raise InputError(
                f"{product.safe.path}: {file} holds {image.dtypes[0]}, expected uint8: fetch the "
                "product again."
            )
        pixels: npt.NDArray[np.uint8] = image.read()
        return pixels


@contextmanager
def _open_jp2(
    product: Product, file: str, resolution_m: int, data: bytes
) -> Iterator[DatasetReader]:
    try:
        with (
            rasterio.Env(GDAL_PAM_ENABLED="NO"),
            MemoryFile(data, ext=".jp2") as memory,
            _opened(memory) as image,
        ):
            if problem := _problem(product, resolution_m, image):
                raise InputError(f"{product.safe.path}: {file} {problem}: fetch the product again.")
            yield image
    except RasterioError as error:
        raise _broken(product, file, error) from None


def _opened(memory: MemoryFile) -> DatasetReader:
    with warnings.catch_warnings():  # of images that leave their place to MTD_TL.xml
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return memory.open(driver="JP2OpenJPEG")


def _broken(product: Product, file: str, error: RasterioError) -> InputError:
    reason = " ".join(str(error.__cause__ or error).split())
    return InputError(
        f"{product.safe.path}: {file} cannot be decoded ({reason}): fetch the product again."
    )


def _problem(product: Product, resolution_m: int, image: DatasetReader) -> str | None:
    """What an image has else than the metadata says; looks at no pixel."""
    expected = product.shape(resolution_m)
    if image.shape != expected:
        return (
            f"has {image.height} x {image.width} px, MTD_TL.xml says {expected[0]} x {expected[1]}"
        )
    if image.dtypes[0] not in ("uint8", "uint16") or image.count not in (1, 3):
        return f"has {image.count} bands of {image.dtypes[0]}"
    there = image.transform
    if image.crs is not None and not there.is_identity:
        wanted = rasterio.Affine(*product.transform(resolution_m))
        if image.crs.to_epsg() != int(product.crs[5:]) or not there.almost_equals(wanted, 1e-3):
            return (
                f"lies elsewhere ({image.crs}, corner {there.c:g} {there.f:g}) than MTD_TL.xml says"
            )
    return None


def _copy(image: DatasetReader, path: Path, product: Product, file: str, resolution_m: int) -> None:
    """Decode by rows of tiles; an error of reading is the image's, others are the disk's."""
    with _new_copy(image, path, product, resolution_m) as copy:
        for row in range(0, image.height, ROWS):
            window = RasterioWindow(0, row, image.width, min(ROWS, image.height - row))
            try:
                pixels = image.read(window=window)
            except RasterioError as error:
                raise _broken(product, file, error) from None
            try:
                copy.write(pixels, window=window)
            except RasterioError as error:
                raise DiskError(f"{path.parent}: could not be written ({error}).") from None


def _new_copy(image: DatasetReader, path: Path, product: Product, resolution_m: int) -> Any:
    try:
        return rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=image.width,
            height=image.height,
            count=image.count,
            dtype=image.dtypes[0],
            crs=product.crs,
            transform=rasterio.Affine(*product.transform(resolution_m)),
            tiled=True,
            blockxsize=BLOCK_PX,
            blockysize=BLOCK_PX,
            compress="deflate",
            zlevel=1,
            predictor=2,
            interleave="pixel",
            bigtiff="if_safer",
        )
    except RasterioError as error:
        raise DiskError(f"{path.parent}: could not be written ({error}).") from None


def _averaged(
    fine: npt.NDArray[np.uint16], factor: int, size: tuple[int, int]
) -> npt.NDArray[np.uint16]:
    """Means over factor x factor pixels, of those that are data; 0 where none is."""
    height, width = size
    full = np.zeros((height * factor, width * factor), np.uint16)
    full[: fine.shape[0], : fine.shape[1]] = fine
    blocks = full.reshape(height, factor, width, factor)
    count = (blocks != NODATA).sum(axis=(1, 3))
    total = blocks.sum(axis=(1, 3), dtype=np.uint32)
    means: npt.NDArray[np.uint16] = np.rint(total / np.maximum(count, 1)).astype(np.uint16)
    return means
