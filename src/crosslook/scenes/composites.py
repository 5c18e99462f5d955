"""Physical values -> uint8 composites, and the contract that says how it was done."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from crosslook.errors import InputError, RadiometryError
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.radiometry import FloatArray, Mask, Radiometry, Sensor
from crosslook.scenes.stretches import Ends, OpticalComposite, Ratio, SarComposite

Pixels = npt.NDArray[np.uint8]
Settings = OpticalComposite | SarComposite
GREY_ENDS: Ends = (0.0, 255.0)
MIXED_UNIT = "reflectance or grey8"
PAIRS = (("VV", "VH"), ("HH", "HV"))  # co-polarised, cross-polarised
CROSS_POLARISED = ("VH", "HV")


def power_to_db(power: FloatArray, floor_db: float = -40.0) -> FloatArray:
    """10 log10(power), not below ``floor_db``; zero and negative power (noise) give the floor."""
    floor = 10.0 ** (floor_db / 10.0)
    db: FloatArray = (10.0 * np.log10(np.maximum(power, floor))).astype(np.float32)
    return db


def db_to_power(db: FloatArray) -> FloatArray:
    """10^(dB / 10)."""
    power: FloatArray = np.power(10.0, db / 10.0, dtype=np.float32)
    return power


def stretch(values: FloatArray, ends: Ends) -> Pixels:
    """Linear from ``ends`` to 1..255, rounded to the nearest, clipped outside."""
    low, high = ends
    share = np.clip((values.astype(np.float64) - low) / (high - low), 0.0, 1.0)
    return (1.0 + np.rint(share * 254.0)).astype(np.uint8)


def ratio(vh_db: FloatArray, vv_db: FloatArray, definition: Ratio) -> FloatArray:
    """VH over VV in one of the four definitions of ``SarComposite``, not clipped."""
    if definition == "absdb":
        return (np.abs(vh_db) / np.maximum(np.abs(vv_db), 1e-6)).astype(np.float32)
    gap = vh_db - vv_db
    if definition == "db":
        return gap
    return db_to_power(gap / 2.0 if definition == "amplitude" else gap)


def bands_read(radiometry: Radiometry, settings: Settings) -> tuple[str, ...]:
    """The bands of the file that a composite is made of, in the order ``composite`` wants them.

    Raises:
        RadiometryError: if the scene lacks a band, or the bands have no place in a composite.
    """
    have = radiometry.bands
    if isinstance(settings, OpticalComposite):
        if missing := [band for band in settings.bands if band not in have]:
            raise RadiometryError(
                f"true colour needs bands {', '.join(settings.bands)}; the scene has "
                f"{', '.join(have)}, so {', '.join(missing)} is missing."
            )
        return settings.bands
    if len(have) == 1 and (radiometry.unit == "grey8" or have[0] in (*PAIRS[0], *PAIRS[1])):
        return have
    for pair in PAIRS:
        if radiometry.unit != "grey8" and set(pair) <= set(have):
            return pair
    raise RadiometryError(
        "a SAR composite needs VV and VH in physical units, or one band (HH and HV count as VV "
        f"and VH); the scene has {', '.join(have)} in {radiometry.unit}."
    )


def composite(stored: npt.NDArray[Any], radiometry: Radiometry, settings: Settings) -> Pixels:
    """Make the uint8 composite of stored numbers.

    Args:
        stored: (C, H, W) as in the file, the C bands being ``bands_read(radiometry, settings)``.
        radiometry: of the whole file.
        settings: the stretches.

    Returns:
        (3, H, W) uint8, 0 where any band is no-data, else 1..255. 8-bit grey passes through from
        0..255 to 1..255 without any stretch of its own.
    """
    dtype = stored.dtype
    if dtype.kind in "iu" and dtype.itemsize <= 2 and not _is_dual(stored, settings):
        return _looked_up(stored, _table(radiometry, settings, dtype))
    return _computed(stored, radiometry, settings)


def _computed(stored: npt.NDArray[Any], radiometry: Radiometry, settings: Settings) -> Pixels:
    values, valid = radiometry.to_physical(stored)
    ends = _stretches(radiometry, settings)
    if isinstance(settings, SarComposite) and radiometry.unit != "grey8":
        values = _decibels(values, radiometry, settings)
    if _is_dual(values, settings) and isinstance(settings, SarComposite):
        co, cross = values
        layers = [cross, co, ratio(cross, co, settings.ratio)]
    else:
        layers = [values[i % len(values)] for i in range(3)]
    made = np.stack([stretch(layer, end) for layer, end in zip(layers, ends, strict=True)])
    return _masked(made, valid)


@lru_cache(maxsize=8)
def _table(radiometry: Radiometry, settings: Settings, dtype: np.dtype[Any]) -> Pixels:
    """The composite of every number that ``dtype`` has, (3, N), at the place of its bits.

    Layers that are made of one band each need no more, and a look-up takes a tenth of the time.
    """
    bits = np.arange(2 ** (8 * dtype.itemsize), dtype=f"u{dtype.itemsize}")
    every = np.broadcast_to(bits.view(dtype), (3, 1, bits.size))
    return np.ascontiguousarray(_computed(every, radiometry, settings)[:, 0])


def _looked_up(stored: npt.NDArray[Any], table: Pixels) -> Pixels:
    places = stored.view(f"u{stored.dtype.itemsize}")
    made = np.empty((3, *stored.shape[1:]), np.uint8)
    for i in range(3):
        np.take(table[i], places[i % len(places)], out=made[i], mode="clip")
    return made if made.all() else _masked(made, np.asarray(made.all(axis=0)))


def contract(radiometry: Radiometry, settings: Settings) -> dict[str, Any]:
    """What a composite of such a scene means, as plain JSON values; see ``patch_set``."""
    bands = bands_read(radiometry, settings)
    sar = isinstance(settings, SarComposite)
    dual = sar and len(bands) == 2
    grey = radiometry.unit == "grey8"
    return {
        "sensor": "sar" if sar else "optical",
        "unit": radiometry.unit_db,
        "composite_bands": (
            [bands[1], bands[0], f"{bands[1]}/{bands[0]}"]
            if dual
            else list(bands if len(bands) == 3 else bands * 3)
        ),
        "stretch": [list(ends) for ends in _stretches(radiometry, settings)],
        "ratio": settings.ratio if isinstance(settings, SarComposite) and dual else None,
        "floor_db": settings.floor_db if isinstance(settings, SarComposite) and not grey else None,
        "polarisations": (2 if dual else 1) if sar else None,
    }


def shared_contract(
    scenes: Iterable[Scene], settings: Settings, allow_mixed_optical: bool = False
) -> dict[str, Any]:
    """The one contract of all scenes of a sensor.

    Args:
        scenes: of one sensor, at least one.
        settings: the stretches.
        allow_mixed_optical: let reflectance and 8-bit true colour stand side by side. The contract
            then has unit ``MIXED_UNIT`` and the stretch of the reflectances.

    Raises:
        RadiometryError: if two scenes would give different contracts, naming both.
        InputError: if there is no scene.
    """
    first: tuple[Scene, dict[str, Any]] | None = None
    mixed = False
    for scene in sorted(scenes, key=lambda scene: (scene.radiometry.unit == "grey8", scene.id)):
        try:
            found = contract(scene.radiometry, settings)
        except RadiometryError as error:
            raise RadiometryError(f"scene {scene.id!r}: {error}") from None
        if first is None:
            first = (scene, found)
        differs = [key for key in found if found[key] != first[1][key]]
        if differs and allow_mixed_optical and set(differs) <= {"unit", "stretch"}:
            mixed = isinstance(settings, OpticalComposite)
        if differs and not mixed:
            key = differs[0]
            hint = " or set tile.allow_mixed_optical" if scene.sensor == "optical" else ""
            raise RadiometryError(
                f"scenes {first[0].id!r} and {scene.id!r} cannot share patches: {key} is "
                f"{first[1][key]!r} in one and {found[key]!r} in the other. Keep one kind{hint}."
            )
    if first is None:
        sensor = "optical" if isinstance(settings, OpticalComposite) else "SAR"
        raise InputError(f"there is no {sensor} scene in data/scenes.json: ingest at least one.")
    return first[1] | ({"unit": MIXED_UNIT} if mixed else {})


def settings_of(made: Mapping[str, Any]) -> Settings:
    """The settings that make composites of contract ``made``: the inverse of ``contract``.

    Raises:
        RadiometryError: if the contract names no known sensor.
    """
    ends = [cast(Ends, tuple(pair)) for pair in made["stretch"]]
    sensor = cast(Sensor, made["sensor"])
    if sensor == "optical":
        bands: Sequence[str] = made["composite_bands"]
        named = cast(tuple[str, str, str], tuple(bands))
        return (
            OpticalComposite(named)
            if made["unit"] == "grey8"
            else (OpticalComposite(named, ends[0]))
        )
    if sensor != "sar":
        raise RadiometryError(f"the contract's sensor {sensor!r} is neither optical nor sar.")
    if made["unit"] == "grey8":
        return SarComposite()
    if made["polarisations"] == 2:
        return SarComposite(ends[1], ends[0], made["ratio"], ends[2], made["floor_db"])
    if made["composite_bands"][0] in CROSS_POLARISED:
        return SarComposite(vh_db=ends[0], floor_db=made["floor_db"])
    return SarComposite(vv_db=ends[0], floor_db=made["floor_db"])


def settings_for(scene: Scene, wanted: Mapping[str, Any], needed_by: str) -> Settings:
    """The settings with which ``scene`` gives composites of contract ``wanted``.

    Args:
        scene: whose composites are needed.
        wanted: a contract; of mixed optical patches, both kinds will do.
        needed_by: whose contract it is, for the message.

    Raises:
        RadiometryError: if the scene has another sensor, unit or bands.
    """
    try:
        settings = settings_of(wanted)
        found = contract(scene.radiometry, settings)
    except RadiometryError as error:
        raise RadiometryError(f"scene {scene.id!r}: {error}") from None
    if wanted["unit"] == MIXED_UNIT and found["unit"] in MIXED_UNIT.split(" or "):
        found |= {key: wanted[key] for key in ("unit", "stretch")}
    for key in ("sensor", "unit", *sorted(wanted.keys() & found.keys())):
        if found[key] != wanted[key]:
            raise RadiometryError(
                f"scene {scene.id!r} has {key} = {found[key]!r}, but {needed_by} needs "
                f"{wanted[key]!r}: take a scene of that kind, or a translator trained on this one."
            )
    return settings


def _stretches(radiometry: Radiometry, settings: Settings) -> list[Ends]:
    if radiometry.unit == "grey8":
        return [GREY_ENDS] * 3
    if isinstance(settings, OpticalComposite):
        return [settings.reflectance] * 3
    bands = bands_read(radiometry, settings)
    if len(bands) == 1:
        return [settings.vh_db if bands[0] in CROSS_POLARISED else settings.vv_db] * 3
    return [settings.vh_db, settings.vv_db, settings.ratio_ends]


def _decibels(values: FloatArray, radiometry: Radiometry, settings: SarComposite) -> FloatArray:
    """Backscatter in dB, not below the floor."""
    if radiometry.unit.endswith("_power"):
        return power_to_db(values, settings.floor_db)
    return np.maximum(values, np.float32(settings.floor_db))


def _is_dual(bands: npt.NDArray[Any], settings: Settings) -> bool:
    """Whether two of the bands make a layer together."""
    return len(bands) == 2 and isinstance(settings, SarComposite)


def _masked(made: Pixels, valid: Mask) -> Pixels:
    return np.where(valid, made, np.uint8(0))
