"""Checks on the rasters of a catalogue. Each returns its problems in words and never raises."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from crosslook.checks.physics import (
    clear_pixels,
    cloud_problems,
    offset_problems,
    polarisation_problems,
)
from crosslook.errors import InputError
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.plausibility import value_problems
from crosslook.scenes.radiometry import FloatArray
from crosslook.scenes.raster import differences, open_geotiff, read_overview

OVERVIEW_PX = 512
BINS = 16
RANGES = {"reflectance": (0.0, 1.0), "grey8": (0.0, 255.0)}
DB_RANGE = (-40.0, 10.0)
POWER_RANGE = (0.0, 1.0)


def raster_problems(
    scene: Scene,
    plausible_db: tuple[float, float],
    dark_reflectance: tuple[float, float] = (-np.inf, np.inf),
) -> list[str]:
    """The file is there and whole, is what the catalogue says, and its numbers can be so."""
    try:
        with open_geotiff(scene.image) as dataset:
            problems = differences(scene, dataset)
            if dataset.count != len(scene.radiometry.bands):
                return problems
            stored = read_overview(dataset, OVERVIEW_PX)
    except InputError as error:
        return [f"{scene.id}: {error}"]
    found = value_problems(stored, scene.radiometry, plausible_db)
    if not found:
        values, valid = scene.radiometry.to_physical(stored)
        clear = clear_pixels(scene, valid)
        found = offset_problems(values, clear, scene.radiometry, dark_reflectance)
        found += polarisation_problems(values, valid, scene.radiometry)
    return problems + [f"{scene.id}: {problem}" for problem in found + cloud_problems(scene)]


def histogram(scenes: Sequence[Scene]) -> dict[str, Any]:
    """A coarse histogram per band over readable scenes of one unit, from decimated reads.

    Returns:
        {unit, low, high, bands: {name: {counts, mean, median}}}; counts in equal bins from low to
        high, what lies outside being in the outer ones.
    """
    by_band: dict[str, list[FloatArray]] = {}
    for scene in scenes:
        try:
            with open_geotiff(scene.image) as dataset:
                stored = read_overview(dataset, OVERVIEW_PX)
        except InputError:
            continue
        if len(stored) == len(scene.radiometry.bands):
            values, valid = scene.radiometry.to_physical(stored)
            for name, layer in zip(scene.radiometry.bands, values, strict=True):
                by_band.setdefault(name, []).append(layer[valid])
    unit = scenes[0].radiometry.unit
    low, high = RANGES.get(unit, DB_RANGE if unit.endswith("_db") else POWER_RANGE)
    return {
        "unit": unit,
        "low": low,
        "high": high,
        "bands": {
            name: _describe(np.concatenate(layers), low, high)
            for name, layers in sorted(by_band.items())
        },
    }


def _describe(values: FloatArray, low: float, high: float) -> dict[str, Any]:
    if not values.size:
        return {"counts": [0] * BINS, "mean": None, "median": None}
    counts = np.histogram(np.clip(values, low, high), BINS, (low, high))[0]
    return {
        "counts": counts.tolist(),
        "mean": round(float(values.mean(dtype=np.float64)), 4),
        "median": round(float(np.median(values)), 4),
    }
