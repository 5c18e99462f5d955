"""Rasters on their way into data/; GeoTIFFs are examined against what is said of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as RasterioWindow

from crosslook.errors import DiskError, InputError
from crosslook.scenes.clouds import Classes, CloudRules, classify, tidy, told_by
from crosslook.scenes.places import place_problem
from crosslook.scenes.plausibility import PLAUSIBLE_DB, value_problems
from crosslook.scenes.radiometry import Calibration, Radiometry, Sensor, Unit
from crosslook.scenes.raster import BLOCK_PX, open_geotiff, read_overview

OVERVIEW_PX = 1024
OFFSET = 10_000  # in stored numbers
Row = tuple[RasterioWindow, npt.NDArray[Any]]
Told = tuple[Classes, tuple[str, ...]]  # classes of clouds and snow, and the kinds that they tell
UNITS: dict[Sensor, dict[str, tuple[Unit, float]]] = {
    "optical": {
        "reflectance-x10000": ("reflectance", 1e-4),
        "reflectance": ("reflectance", 1.0),
        "8bit": ("grey8", 1.0),
    },
    "sar": {"db": ("sigma0_db", 1.0), "linear": ("sigma0_power", 1.0), "8bit": ("grey8", 1.0)},
}


@dataclass(frozen=True)
class Claim:
    """What someone says of their files."""

    sensor: Sensor
    unit: str  # a key of UNITS[sensor]
    bands: tuple[tuple[str, int | None], ...]  # name and number in the file, from 1
    nodata: float | None = None  # None: what the file declares
    calibration: Calibration = "sigma0"  # of SAR scenes
    offset: float = 0.0  # of reflectance-x10000: added to a stored number before it is divided


@dataclass(frozen=True)
class Incoming:
    """A GeoTIFF or product that is what it is said to be.

    ``rows`` gives windows of stored numbers (C, h, width) from top to bottom; what is not made row
    by row has ``write`` instead, which writes the whole raster. ``clouds`` gives the class raster
    of an optical scene and the side of its pixels in pixels of the scene.
    """

    path: Path
    radiometry: Radiometry
    crs: str
    transform: tuple[float, float, float, float, float, float]
    size: tuple[int, int]
    rows: Callable[[], Iterator[Row]] | None = None
    write: Callable[[Path], None] | None = None
    clouds: Callable[[], Told] | None = None
    clouds_pixel: int = 1
    acquired: str | None = None  # ISO time
    notes: Mapping[str, Any] = field(default_factory=dict)


def make_claim(
    sensor: str,
    unit: str,
    bands: str,
    nodata: float | None = None,
    calibration: Calibration = "sigma0",
    offset: float = 0.0,
) -> Claim:
    """A claim from words.

    Raises:
        InputError: if the sensor does not know the unit, the bands cannot be read, or there is an
            offset where none can be.
    """
    own = cast(Sensor, sensor)
    if unit not in UNITS[own]:
        raise InputError(f"--unit {unit} is none of {sensor} scenes: {', '.join(UNITS[own])}.")
    if offset and unit != "reflectance-x10000":
        raise InputError(f"--offset {offset:g} is of --unit reflectance-x10000, not of {unit}.")
    if not abs(offset) <= OFFSET:
        raise InputError(f"--offset {offset:g}: expected -{OFFSET}..{OFFSET}, such as -1000.")
    return Claim(own, unit, parse_bands(bands), nodata, calibration, offset)


def parse_bands(text: str) -> tuple[tuple[str, int | None], ...]:
    """``B04,B03,B02`` or ``B04=4,B03=3,B02=2`` -> names with their numbers in the file.

    Raises:
        InputError: if it is neither, or mixes both.
    """
    pairs: list[tuple[str, int | None]] = []
    for word in text.split(","):
        name, sign, number = word.strip().partition("=")
        if not name or (sign and not number.strip().isdigit()):
            raise InputError(f"--bands {text!r}: write B04,B03,B02 or B04=4,B03=3,B02=2.")
        pairs.append((name, int(number) if sign else None))
    if len({number is None for _, number in pairs}) == 2:
        raise InputError(f"--bands {text!r}: number every band or none.")
    if len({name for name, _ in pairs}) < len(pairs):
        raise InputError(f"--bands {text!r}: each name may stand once.")
    return tuple(pairs)


def examine(path: Path, claim: Claim) -> Incoming:
    """Check a GeoTIFF against what is said of it; reads it decimated.

    Raises:
        InputError: one sentence with what was found, what was said, and what to do.
    """
    with open_geotiff(path) as dataset:
        if dataset.crs is None:
            why = "only ground control points" if dataset.gcps[0] else "no CRS"
            raise InputError(f"{path} has {why}: warp it to a map projection first (gdalwarp).")
        if dataset.transform.is_identity:
            raise InputError(f"{path} has a CRS but no geotransform: warp it first (gdalwarp).")
        if problem := place_problem(dataset.crs, dataset.transform, dataset.shape):
            raise InputError(f"{path} {problem}: put its CRS and geotransform right.")
        numbers = _numbers(path, dataset, claim)
        radiometry = _radiometry(path, dataset, claim)
        stored = read_overview(dataset, OVERVIEW_PX)[[number - 1 for number in numbers]]
        if problems := value_problems(stored, radiometry, PLAUSIBLE_DB):
            raise InputError(f"{path}, given as --unit {claim.unit}: {problems[0]}")
        code = dataset.crs.to_epsg()
        place = dataset.transform
        rows = partial(_read_rows, path, numbers, dataset.shape)
        tells = told_by(radiometry.bands) if radiometry.unit == "reflectance" else ()
        pixel_m = abs(place.a) if dataset.crs.is_projected else None
        return Incoming(
            path=path,
            radiometry=radiometry,
            crs=f"EPSG:{code}" if code else dataset.crs.to_wkt(),
            transform=(place.a, place.b, place.c, place.d, place.e, place.f),
            size=dataset.shape,
            rows=rows,
            clouds=partial(_classes, rows, radiometry, dataset.shape, pixel_m) if tells else None,
        )


def rewrite(incoming: Incoming, path: Path) -> None:
    """Write the taken bands as a tiled deflate GeoTIFF; ``path`` is a temporary neighbour.

    Raises:
        InputError: if the source breaks off or is damaged.
        DiskError: if the copy cannot be written.
    """
    if incoming.write is not None:
        return incoming.write(path)
    if incoming.rows is None:
        raise ValueError(f"{incoming.path}: neither rows nor a way to write it.")
    rows = incoming.rows()
    first, kind = next(rows), incoming.radiometry
    dtype = first[1].dtype
    nodata = kind.nodata if dtype.kind != "f" or kind.nodata is not None else float("nan")
    try:
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=incoming.size[1],
            height=incoming.size[0],
            count=len(kind.bands),
            dtype=dtype,
            crs=incoming.crs,
            transform=rasterio.Affine(*incoming.transform),
            nodata=nodata,
            tiled=True,
            blockxsize=BLOCK_PX,
            blockysize=BLOCK_PX,
            compress="deflate",
            predictor=3 if dtype.kind == "f" else 2,
            interleave="pixel",
            bigtiff="if_safer",
        ) as copy:
            copy.descriptions = kind.bands
            copy.write(first[1], window=first[0])
            for window, stored in rows:
                copy.write(stored, window=window)
    except RasterioError as error:
        raise DiskError(f"{path.parent}: the copy could not be written ({error}).") from None


def _read_rows(path: Path, numbers: tuple[int, ...], size: tuple[int, int]) -> Iterator[Row]:
    height, width = size
    with open_geotiff(path) as dataset:
        for row in range(0, height, BLOCK_PX):
            window = RasterioWindow(0, row, width, min(BLOCK_PX, height - row))
            yield window, dataset.read(numbers, window=window)


def _classes(
    rows: Callable[[], Iterator[Row]],
    radiometry: Radiometry,
    size: tuple[int, int],
    pixel_m: float | None,
) -> Told:
    """What the rules say of a GeoTIFF of reflectances, pixel by pixel of its own."""
    rules, made = CloudRules(), np.zeros(size, np.uint8)
    for window, stored in rows():
        values, valid = radiometry.to_physical(stored)
        bands = dict(zip(radiometry.bands, values, strict=True))
        top = window.row_off
        made[top : top + len(valid)] = classify(bands, valid, rules)
    return (tidy(made, pixel_m, rules) if pixel_m else made), told_by(radiometry.bands)


def _numbers(path: Path, dataset: DatasetReader, claim: Claim) -> tuple[int, ...]:
    given = [number for _, number in claim.bands if number is not None]
    if not given:
        if dataset.count != len(claim.bands):
            raise InputError(
                f"{path} has {dataset.count} bands, --bands names {len(claim.bands)}: name all of "
                "them in the order of the file, or pick some as NAME=NUMBER."
            )
        return tuple(range(1, dataset.count + 1))
    if wrong := [number for number in given if not 1 <= number <= dataset.count]:
        raise InputError(f"{path} has {dataset.count} bands, --bands asks for number {wrong[0]}.")
    return tuple(given)


def _radiometry(path: Path, dataset: DatasetReader, claim: Claim) -> Radiometry:
    dtype = np.dtype(dataset.dtypes[0])
    sigma0_unit, scale = UNITS[claim.sensor][claim.unit]
    unit = cast(Unit, sigma0_unit.replace("sigma0", claim.calibration))
    declared = (dataset.scales[0], dataset.offsets[0])
    offset = 0.0
    if dtype.kind not in "uif":
        raise InputError(f"{path} holds {dtype} numbers: take the power or dB of complex pixels.")
    if claim.unit == "8bit" and dtype != np.uint8:
        raise InputError(f"{path} holds {dtype}, but --unit 8bit means uint8.")
    if claim.unit != "8bit" and dtype == np.uint8:
        raise InputError(f"{path} holds uint8, but --unit is {claim.unit}: use --unit 8bit.")
    if declared != (1.0, 0.0):
        if claim.unit in ("reflectance-x10000", "8bit"):
            raise InputError(
                f"{path} declares scale {declared[0]:g} and offset {declared[1]:g} itself, which "
                f"contradicts --unit {claim.unit}."
            )
        scale, offset = declared
    elif claim.unit == "reflectance-x10000":
        offset = claim.offset * scale
    elif claim.unit == "reflectance" and dtype.kind != "f":
        raise InputError(
            f"{path} holds {dtype} without a scale, so it is no reflectance 0..1: use --unit "
            "reflectance-x10000."
        )
    if claim.unit == "reflectance-x10000" and dtype.kind == "f":
        highest = np.nanmax(read_overview(dataset, OVERVIEW_PX), initial=0)
        if highest <= 2:
            raise InputError(
                f"{path} holds {dtype} up to {highest:.3g}, so it is not x 10000: use --unit "
                "reflectance."
            )
    nodata = dataset.nodata if claim.nodata is None else claim.nodata
    return Radiometry(
        unit=unit,
        bands=tuple(name for name, _ in claim.bands),
        scale=scale,
        offset=offset,
        nodata=None if nodata is None or not np.isfinite(nodata) else float(nodata),
    )
