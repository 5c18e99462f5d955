"""A Sentinel-2 product on its way into data/: checked, decoded, given row by row at 10 m."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasterio.windows import Window as RasterioWindow

from crosslook.errors import InputError
from crosslook.scenes.cloud_probability import require_s2cloudless
from crosslook.scenes.incoming import OVERVIEW_PX, Incoming, Row
from crosslook.scenes.plausibility import PLAUSIBLE_DB, value_problems
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.raster import open_geotiff, read_overview
from crosslook.scenes.sentinel2 import NODATA, SATURATED, Product, read_product
from crosslook.scenes.sentinel2_clouds import PIXEL_M, Detector, product_classes
from crosslook.scenes.sentinel2_pixels import decoded, open_bands

TRUE_COLOUR = ("B04", "B03", "B02")
ROWS = 1020  # a multiple of 6, so that pixels of 60 m stay whole


def examine_product(
    path: Path,
    cache: Path,
    bands: Sequence[str] = TRUE_COLOUR,
    true_colour: bool = False,
    clouds: Detector = "rules",
) -> Incoming:
    """Check a product, decode what is needed of it, and say what it is.

    Stored numbers stay those of the product. Where bands differ in their offsets, which no product
    was seen to do, each is moved by whole numbers onto the lowest one.

    Args:
        path: SAFE folder or zip.
        cache: folder of decoded images.
        bands: that are taken, by name.
        true_colour: take the product's own 8-bit true colour instead of reflectances.
        clouds: what judges the clouds of L1C products.

    Raises:
        InputError: one line that names the part that is missing or damaged.
        DiskError: if the cache cannot be written.
    """
    product = read_product(path)
    if clouds == "s2cloudless":
        require_s2cloudless(product)
    if true_colour:
        radiometry, rows = _true_colour(product, cache)
        notes: dict[str, Any] = {}
    else:
        radiometry, rows = _reflectance(product, cache, bands)
        notes = {
            "offsets": {name: product.band(name).offset for name in bands},
            "resolutions_m": {name: product.band(name).resolution_m for name in bands},
        }
        _require_plausible(product, cache, bands, radiometry)
    about = {"product": product.safe.name, "level": product.level, "baseline": product.baseline}
    return Incoming(
        path=path,
        radiometry=radiometry,
        crs=product.crs,
        transform=product.transform(10),
        size=product.size,
        rows=rows,
        clouds=partial(product_classes, product, cache, clouds),
        clouds_pixel=PIXEL_M // 10,
        acquired=product.acquired,
        notes=about | notes,
    )


def _reflectance(
    product: Product, cache: Path, names: Sequence[str]
) -> tuple[Radiometry, partial[Iterator[Row]]]:
    bands = [product.band(name) for name in names]
    lowest = min(band.offset for band in bands)
    shifts = {band.name: round(band.offset - lowest) for band in bands}
    radiometry = Radiometry(
        unit="reflectance",
        bands=tuple(names),
        scale=1 / product.quantification,
        offset=lowest / product.quantification,
        nodata=NODATA,
    )
    return radiometry, partial(_read_rows, product, cache, shifts)


def _read_rows(product: Product, cache: Path, shifts: Mapping[str, int]) -> Iterator[Row]:
    height, width = product.size
    with open_bands(product, tuple(shifts), cache) as images:
        for row in range(0, height, ROWS):
            window = (0, row, width, min(ROWS, height - row))
            layers = [
                _shifted(images.stored(name, window), shift) for name, shift in shifts.items()
            ]
            yield RasterioWindow(*window), np.stack(layers)


def _shifted(stored: npt.NDArray[np.uint16], shift: int) -> npt.NDArray[np.uint16]:
    """Numbers of a band with a higher offset; no data and saturation stay what they are."""
    if not shift:
        return stored
    special = (stored == NODATA) | (stored == SATURATED)
    moved = (stored.astype(np.int64) + shift).clip(1, SATURATED - 1).astype(np.uint16)
    return np.where(special, stored, moved)


def _true_colour(product: Product, cache: Path) -> tuple[Radiometry, partial[Iterator[Row]]]:
    if product.true_colour is None:
        raise InputError(
            f"{product.safe.path}: the true-colour image (IMG_DATA/.../*_TCI*.jp2) is missing from "
            "the product: ingest its reflectances, without --unit."
        )
    image = decoded(product, product.true_colour, 10, cache)
    with open_geotiff(image) as dataset:
        if (dataset.count, dataset.dtypes[0]) != (3, "uint8"):
            raise InputError(
                f"{product.safe.path}: {product.true_colour} has {dataset.count} bands of "
                f"{dataset.dtypes[0]}, expected 3 of uint8."
            )
    radiometry = Radiometry("grey8", TRUE_COLOUR, nodata=0)
    return radiometry, partial(_read_image, image)


def _read_image(path: Path) -> Iterator[Row]:
    with open_geotiff(path) as image:
        for row in range(0, image.height, ROWS):
            window = RasterioWindow(0, row, image.width, min(ROWS, image.height - row))
            yield window, image.read(window=window)


def _require_plausible(
    product: Product, cache: Path, names: Sequence[str], radiometry: Radiometry
) -> None:
    for name in names:
        band = product.band(name)
        with open_geotiff(decoded(product, band.file, band.resolution_m, cache)) as image:
            if (image.count, image.dtypes[0]) != (1, "uint16"):
                raise InputError(
                    f"{product.safe.path}: {band.file} has {image.count} bands of "
                    f"{image.dtypes[0]}, expected 1 of uint16."
                )
            stored = read_overview(image, OVERVIEW_PX)
        if problems := value_problems(stored, radiometry, PLAUSIBLE_DB):
            raise InputError(f"{product.safe.path}: {band.file}: {problems[0]}")
