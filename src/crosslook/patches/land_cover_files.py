"""How a folder of land-cover patches is laid out: rasters of sensors, rasters of classes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosslook.patches.land_cover_classes import ClassTable

FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class SensorFiles:
    """The rasters of one sensor: physical = stored * scale + offset, clipped, standardised."""

    files: str  # pattern below the folder
    bands: tuple[str, ...]  # all bands of a raster, in its order
    scale: float = 1.0
    offset: float = 0.0
    clip: tuple[float, float] | None = None  # lowest and highest physical value, of every band
    mean: tuple[float, ...] = ()  # of each band, physical; empty: measured on training patches
    std: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _require_pattern(self.files)
        _require_numbers("scale and offset", (self.scale, self.offset))
        _require_numbers("mean and std", (*self.mean, *self.std))
        if isinstance(self.bands, str) or not self.bands or len({*self.bands}) != len(self.bands):
            raise ValueError(f"bands {self.bands!r} must be a list of names, each standing once.")
        if (len(self.mean), len(self.std)) not in ((0, 0), (len(self.bands), len(self.bands))):
            raise ValueError(
                f"mean and std must hold a number for each of {len(self.bands)} bands or none, "
                f"found {len(self.mean)} and {len(self.std)}."
            )
        if not all(one > 0 for one in self.std):
            raise ValueError(f"std {list(self.std)} must be > 0.")
        if self.clip is not None:
            _require_numbers("clip", self.clip)
            if len(self.clip) != 2 or not self.clip[0] < self.clip[1]:
                raise ValueError(f"clip {list(self.clip)} must be the lowest and highest value.")


@dataclass(frozen=True)
class ClassFiles:
    """The rasters of land-cover codes."""

    files: str
    table: ClassTable
    band: int = 1  # counts from 1

    def __post_init__(self) -> None:
        _require_pattern(self.files)
        if not isinstance(self.band, int) or self.band < 1:
            raise ValueError(f"band={self.band!r} must be a whole number, counted from 1.")


@dataclass(frozen=True)
class Description:
    """A folder of patches."""

    sensors: Mapping[str, SensorFiles]
    classes: ClassFiles
    place: str = ""  # pattern of a place's name; empty: its fields joined by _
    scene: str = ""  # pattern of a scene's name; empty: {scene}, or else the place
    skip: tuple[str, ...] = ()  # places that are known to be broken

    def __post_init__(self) -> None:
        if not self.sensors:
            raise ValueError("sensors: expected one or more, found none.")
        patterns = {name: one.files for name, one in self.sensors.items()}
        for name, files in {**patterns, "classes": self.classes.files}.items():
            if set(FIELD.findall(files)) != set(self.fields):
                raise ValueError(
                    f"{name}: {files!r} has the fields {sorted(set(FIELD.findall(files)))}, "
                    f"expected {sorted(self.fields)} as in the first pattern."
                )
        for what in (self.place, self.scene):
            if set(FIELD.sub("", what)) & set("{}"):
                raise ValueError(f"{what!r} may hold names in braces, but no other {{ }}.")
            if unknown := set(FIELD.findall(what)) - set(self.fields):
                raise ValueError(f"{what!r}: no field {sorted(unknown)[0]!r} in the patterns.")

    @property
    def fields(self) -> tuple[str, ...]:
        """The names in braces, in the order of the first pattern."""
        return tuple(dict.fromkeys(FIELD.findall(next(iter(self.sensors.values())).files)))

    def name_place(self, values: Mapping[str, str]) -> str:
        """The name of the place with these fields."""
        return filled(self.place, values) if self.place else "_".join(values.values())

    def name_scene(self, values: Mapping[str, str]) -> str:
        """The name of its scene."""
        if self.scene:
            return filled(self.scene, values)
        return values["scene"] if "scene" in values else self.name_place(values)


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """The pattern with every name in braces replaced by its value."""
    return FIELD.sub(lambda found: values[found[1]], pattern)


def _require_numbers(what: str, values: Sequence[Any]) -> None:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{what}: expected numbers, found {value!r}.")


def _require_pattern(files: str) -> None:
    if not isinstance(files, str) or not FIELD.search(files):
        raise ValueError(f"files {files!r} must be a pattern such as 'radar/{{patch}}.tif'.")
    if Path(files).is_absolute() or ".." in Path(files).parts:
        raise ValueError(f"files {files!r} must lie below the folder.")
    if set(FIELD.sub("", files)) & set("{}*?["):
        raise ValueError(f"files {files!r} may hold names in braces, but no other {{ }} * ? [.")
