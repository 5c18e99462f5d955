"""A scene at a glance: its picture, histograms, labels, and what hides the ground."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from crosslook.errors import InputError, RadiometryError
from crosslook.patches.annotations import read_features, to_pixels
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.cloud_raster import Shares, read_cloud_map
from crosslook.scenes.composites import (
    Pixels,
    Settings,
    bands_read,
    composite,
    power_to_db,
)
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.raster import open_geotiff, read_overview
from crosslook.scenes.stretches import Ends, OpticalComposite

OVERVIEW_PX = 512
BINS = 75
DB_RANGE = (-45.0, 15.0)
REFLECTANCE_RANGE = (-0.15, 0.6)
GREY_RANGE = (0.0, 255.0)
# Mean ± 2 standard deviations over SEN12MS (Schmitt et al. 2019), mostly land.
LAND_DB: Mapping[str, Ends] = {
    "VV": (-21.0, -3.0),
    "HH": (-21.0, -3.0),
    "VH": (-27.0, -10.0),
    "HV": (-27.0, -10.0),
}
MOST_OUTLINES = 500  # that are drawn on one scene
Line = npt.NDArray[np.float64]  # (N, 2) column, row


@dataclass(frozen=True)
class Histogram:
    """Shares of the data per equal bin from ``low`` to ``high``; the outer bins hold what is
    beyond.
    """

    band: str
    low: float
    high: float
    shares: tuple[float, ...]
    median: float
    expected: Ends | None  # where most of it should lie


@dataclass(frozen=True)
class Portrait:
    """A scene at a glance; empty where it cannot be read, which ``raster_problems`` tells of."""

    scene: Scene
    quantity: str = ""  # of the histograms, with its unit
    no_data: float | None = None  # share
    clouds: Shares = field(default_factory=dict)
    histograms: tuple[Histogram, ...] = ()
    picture: Pixels | None = None  # (3, h, w), None where no composite can be made
    labels: tuple[Line, ...] = ()  # outlines in pixels of ``picture``
    areas: tuple[Line, ...] = ()  # of the labelled area


def portray(scene: Scene, settings: Settings) -> Portrait:
    """Look at a scene, decimated to 512 px at most; never raises for what a file holds."""
    try:
        with open_geotiff(scene.image) as dataset:
            if dataset.count != len(scene.radiometry.bands):
                return Portrait(scene)
            stored = read_overview(dataset, OVERVIEW_PX)
    except InputError:
        return Portrait(scene)
    scale = stored.shape[1] / scene.size[0], stored.shape[2] / scene.size[1]
    quantity, histograms, valid = _histograms(stored, scene.radiometry, settings)
    return Portrait(
        scene,
        quantity,
        float(1 - valid.mean()),
        _shares(scene),
        histograms,
        _picture(stored, scene.radiometry, settings),
        _outlines(scene, "labels", scale),
        _outlines(scene, "labelled_area", scale),
    )


def _histograms(
    stored: npt.NDArray[Any], radiometry: Radiometry, settings: Settings
) -> tuple[str, tuple[Histogram, ...], npt.NDArray[np.bool_]]:
    values, valid = radiometry.to_physical(stored)
    if radiometry.unit.endswith("_power"):
        values = power_to_db(values, DB_RANGE[0])
    unit = radiometry.unit_db
    ranges = {"reflectance": REFLECTANCE_RANGE, "grey8": GREY_RANGE}
    low, high = ranges.get(unit, DB_RANGE)
    made = []
    for band, layer in zip(radiometry.bands, values, strict=True):
        seen = np.clip(layer[valid], low, high)
        if not seen.size:
            continue
        expected = None
        if unit == "reflectance" and isinstance(settings, OpticalComposite):
            expected = settings.reflectance
        elif unit.endswith("_db"):
            expected = LAND_DB.get(band)
        counts = np.histogram(seen, BINS, (low, high))[0]
        shares = tuple((counts / seen.size).tolist())
        made.append(Histogram(band, low, high, shares, float(np.median(layer[valid])), expected))
    named = unit.replace("_db", " [dB]").replace("grey8", "8-bit grey")
    return named, tuple(made), valid


def _picture(stored: npt.NDArray[Any], radiometry: Radiometry, settings: Settings) -> Pixels | None:
    try:
        bands = radiometry.index(bands_read(radiometry, settings))
    except RadiometryError:
        return None
    return composite(stored[bands], radiometry, settings)


def _shares(scene: Scene) -> Shares:
    try:
        clouds = read_cloud_map(scene)
    except InputError:
        return {}
    return clouds.shares((0, 0, scene.size[1], scene.size[0])) if clouds else {}


def _outlines(scene: Scene, role: str, scale: tuple[float, float]) -> tuple[Line, ...]:
    """Outer rings of valid polygons that touch the scene, in pixels of its decimated picture."""
    path = getattr(scene, role)
    try:
        features = [] if path is None else read_features(path)
    except InputError:
        return ()
    whole = shapely.box(0, 0, scene.size[1], scene.size[0])
    found: list[Line] = []
    for feature in features:
        if feature.scene not in (None, scene.id) or not feature.outline.is_valid:
            continue
        outline = to_pixels(feature.outline, scene.crs, scene.affine)
        if not outline.is_valid or not outline.intersects(whole):
            continue
        for part in shapely.get_parts(outline.intersection(whole)):
            if part.geom_type == "Polygon":
                found.append(shapely.get_coordinates(part.exterior) * np.array(scale[::-1]))
        if len(found) >= MOST_OUTLINES:
            break
    return tuple(found[:MOST_OUTLINES])
