"""Classified images as GeoJSON, CSV, and a map."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.shutil
import shapely
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from shapely.geometry import mapping

from crosslook.classifier.classifying import ClassifiedImage
from crosslook.errors import DiskError, InputError
from crosslook.patches.annotations import to_map
from crosslook.writing import whole_file

DIGITS = 6
NO_DATA = 0
BANDS = ("class", "share_percent")


def as_geojson(images: Sequence[ClassifiedImage], classes: Sequence[str]) -> dict[str, Any]:
    """A FeatureCollection in WGS 84: a polygon per window, with its class shares.

    Raises:
        InputError: if an image has no CRS.
    """
    features = []
    for image in images:
        if image.crs is None:
            raise InputError(f"{image.name} has no CRS, so its patches have no place: write a CSV.")
        for row, (column, top, width, height) in zip(
            _rows(image, classes), image.windows, strict=True
        ):
            box = shapely.box(column, top, column + width, top + height)
            outline = to_map(box, image.crs, image.transform)
            features.append({"type": "Feature", "properties": row, "geometry": mapping(outline)})
    return {"type": "FeatureCollection", "features": features}


def as_csv(images: Sequence[ClassifiedImage], classes: Sequence[str]) -> str:
    """A line per window: image, place in it, share of valid pixels, class, share of each class."""
    text = io.StringIO()
    rows = [row for image in images for row in _rows(image, classes)]
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_map(
    path: Path,
    image: ClassifiedImage,
    classes: Sequence[str],
    cell_px: int,
    about: Mapping[str, str],
) -> None:
    """Write a map of the most frequent class as a cloud-optimised GeoTIFF.

    Band 1 is the class, 1 for the first, 0 for no-data; band 2 its share in per cent. A cell is
    ``cell_px`` pixels of the image wide; it has the mean shares of the windows that show its
    centre.

    Raises:
        InputError: if the image has no CRS.
        DiskError: if it cannot be written.
    """
    if image.crs is None:
        raise InputError(f"{image.name} has no CRS, so there is no map of it.")
    shares = mean_shares(image, cell_px)
    known, t = shares.sum(axis=0) > 0, image.transform
    pixels = np.zeros((2, *known.shape), np.uint8)
    pixels[0] = np.where(known, shares.argmax(axis=0) + 1, NO_DATA)
    pixels[1] = np.where(known, np.rint(100 * shares.max(axis=0)), NO_DATA)
    options = {
        "driver": "GTiff",
        "dtype": "uint8",
        "count": 2,
        "height": known.shape[0],
        "width": known.shape[1],
        "crs": image.crs,
        "transform": Affine(t.a * cell_px, t.b * cell_px, t.c, t.d * cell_px, t.e * cell_px, t.f),
        "nodata": NO_DATA,
    }
    names = {f"CROSSLOOK_CLASS_{i}": name for i, name in enumerate(classes, start=1)}
    with whole_file(path) as temporary, MemoryFile() as memory:
        with memory.open(**options) as file:
            file.write(pixels)
            file.descriptions = BANDS
            file.update_tags(**names, **about)
        try:
            with memory.open() as file:
                rasterio.shutil.copy(
                    file, temporary, driver="COG", compress="deflate", overview_resampling="mode"
                )
        except rasterio.errors.RasterioError as error:
            raise DiskError(f"{path}: could not be written ({error}).") from None


def mean_shares(image: ClassifiedImage, cell_px: int) -> npt.NDArray[np.float64]:
    """(K, rows, columns) shares of the cells of an image; 0 where no window shows the centre."""
    centres = [_centres(length, cell_px) for length in image.size]
    total = np.zeros((image.shares.shape[1], *map(len, centres)))
    seen = np.zeros(total.shape[1:])
    for (left, top, width, height), shares in zip(image.windows, image.shares, strict=True):
        rows, columns = (
            slice(*np.searchsorted(at, (start, start + length)))
            for at, start, length in zip(centres, (top, left), (height, width), strict=True)
        )
        total[:, rows, columns] += shares[:, None, None]
        seen[rows, columns] += 1
    return total / np.maximum(seen, 1)


def _centres(length: int, cell_px: int) -> npt.NDArray[np.float64]:
    """The middle of each cell along a side, px; the last cell may be cut off by the border."""
    starts = np.arange(0, length, cell_px)
    return (starts + np.minimum(starts + cell_px, length)) / 2


def _rows(image: ClassifiedImage, classes: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    for window, valid, shares in zip(image.windows, image.valid, image.shares, strict=True):
        x, y, width, height = window
        row = {"image": image.name, "x": x, "y": y, "width": width, "height": height}
        row |= {"valid": round(float(valid), DIGITS), "class": classes[int(shares.argmax())]}
        rows.append(
            row | {n: round(float(s), DIGITS) for n, s in zip(classes, shares, strict=True)}
        )
    return rows
