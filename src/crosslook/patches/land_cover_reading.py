"""A described folder of patches -> places, soft labels, positions. Pixels stay on disk."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt

from crosslook.errors import InputError
from crosslook.patches.land_cover import LandCoverSet, Patches
from crosslook.patches.land_cover_classes import ClassTable, soft_labels
from crosslook.patches.land_cover_files import ClassFiles, Description, filled
from crosslook.patches.land_cover_places import Spot, positions_px, read_spot
from crosslook.patches.land_cover_stored import Standard, StoredPatches
from crosslook.scenes.raster import open_geotiff

Only = Mapping[str, Sequence[str]]  # field -> the values that are wanted
NO_CLASS = "no class of the scheme"
NO_LABEL = "no label"
SKIPPED = "skipped by name"


@dataclass(frozen=True)
class Labels:
    """Soft labels that were made elsewhere, in the place of class rasters."""

    codes: tuple[int, ...]  # what the columns stand for
    shares: Mapping[str, npt.NDArray[np.float64]]  # name of a place -> (codes,)


def read_folder(
    folder: Path,
    description: Description,
    only: Only | None = None,
    table: ClassTable | None = None,
    least_share: float = 0.0,
    labels: Labels | None = None,
) -> LandCoverSet:
    """Open every place of a folder that has a raster of each sensor and a label.

    Class rasters are read at once, patches when they are asked for.

    Args:
        folder: the folder that the description is about.
        description: of its files.
        only: field of the patterns -> values; others are not looked at.
        table: classes to make of the codes; None is the description's. It must know every code
            that the description's table knows.
        least_share: see ``land_cover_classes.soft_labels``.
        labels: in the place of class rasters, which are not looked for then.

    Raises:
        InputError: if no place is complete, a raster is damaged, or a code is unknown.
    """
    table = table or description.classes.table
    patterns = {name: one.files for name, one in description.sensors.items()}
    if labels is None:
        patterns["classes"] = description.classes.files
    places, dropped = find_places(folder, description, patterns, only or {})
    paths = {name: [_path(folder, files, at) for at in places] for name, files in patterns.items()}
    names = [description.name_place(at) for at in places]
    if labels is None:
        codes: Sequence[int] = sorted(description.classes.table.known)
        if unknown := set(codes) - set(table.known):
            raise ValueError(f"the table does not know the codes {sorted(unknown)}.")
        counts, spots = _read_classes(paths["classes"], description.classes, codes)
    else:
        codes, spots = labels.codes, [read_spot(one) for one in next(iter(paths.values()))]
        nothing = np.zeros(len(codes))
        counts = np.array([labels.shares.get(name, nothing) for name in names])
        dropped[NO_LABEL] = sum(name not in labels.shares for name in names)
    shares, kept = soft_labels(counts, codes, table, least_share)
    dropped[NO_CLASS] = int((~kept).sum()) - dropped.get(NO_LABEL, 0)
    at = np.flatnonzero(kept).tolist()
    if not at:
        raise InputError(
            f"{folder}: none of {len(names)} places shows one of {', '.join(table.classes)}."
        )
    scenes = [description.name_scene(one) for one in places]
    return LandCoverSet(
        sensors={
            name: _stored([paths[name][i] for i in at], description, name)
            for name in description.sensors
        },
        shares=shares[kept],
        classes=table.classes,
        places=tuple(names[i] for i in at),
        scenes=tuple(scenes[i] for i in at),
        positions=positions_px([scenes[i] for i in at], [spots[i] for i in at]),
        bands={name: one.bands for name, one in description.sensors.items()},
        dropped={reason: number for reason, number in dropped.items() if number},
    )


def find_places(
    folder: Path, description: Description, patterns: Mapping[str, str], only: Only
) -> tuple[list[dict[str, str]], dict[str, int]]:
    """The fields of every place that has all files, in natural order, and how many lack one.

    Raises:
        InputError: if there is no such place.
    """
    fields = description.fields
    found = {name: _matches(folder, files, fields, only) for name, files in patterns.items()}
    every = set().union(*found.values())
    whole = set.intersection(*found.values())
    dropped = {f"without {name}": len(every - keys) for name, keys in found.items()}
    places = [dict(zip(fields, key, strict=True)) for key in sorted(whole, key=_natural)]
    named = [at for at in places if description.name_place(at) not in description.skip]
    dropped[SKIPPED] = len(places) - len(named)
    if not named:
        there = ", ".join(f"{len(keys)} of {patterns[name]}" for name, keys in found.items())
        wanted = "".join(f", {field} {'/'.join(values)}" for field, values in only.items())
        raise InputError(f"{folder}{wanted}: no place has all of its files; found {there}.")
    return named, dropped


def _matches(folder: Path, files: str, fields: Sequence[str], only: Only) -> set[tuple[str, ...]]:
    """The values of ``fields`` of every file of a pattern."""
    limited = [field for field in fields if only.get(field)]
    seen: set[str] = set()
    parts = []
    for literal, field in re.findall(r"([^{]*)(?:\{(\w+)\})?", files):
        parts.append(re.escape(literal))
        if field:
            parts.append(f"(?P={field})" if field in seen else f"(?P<{field}>[^/]+)")
            seen.add(field)
    expression = re.compile("".join(parts))
    matched = set()
    for values in product(*(only[field] for field in limited)):
        given = dict.fromkeys(fields, "*") | dict(zip(limited, map(escape, values), strict=True))
        for path in folder.glob(filled(files, given)):
            if one := expression.fullmatch(path.relative_to(folder).as_posix()):
                matched.add(tuple(one[field] for field in fields))
    return matched


def _natural(key: tuple[str, ...]) -> list[tuple[tuple[int, int, str], ...]]:
    """Names with numbers in them, sorted as people do: p2 before p10."""
    return [
        tuple(
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in re.split(r"(\d+)", name)
        )
        for name in key
    ]


def _path(folder: Path, files: str, at: Mapping[str, str]) -> Path:
    return folder / filled(files, at)


def _read_classes(
    paths: Sequence[Path], files: ClassFiles, codes: Sequence[int]
) -> tuple[npt.NDArray[np.int64], list[Spot | None]]:
    counts = np.zeros((len(paths), len(codes)), np.int64)
    spots = []
    column = {code: k for k, code in enumerate(codes)}
    for i, path in enumerate(paths):
        with open_geotiff(path) as raster:
            if files.band > raster.count or np.dtype(raster.dtypes[0]).kind not in "ui":
                raise InputError(
                    f"{path}: {raster.count} bands of {raster.dtypes[0]}, expected class codes in "
                    f"band {files.band}."
                )
            found, number = np.unique(raster.read(files.band), return_counts=True)
            spots.append(Spot.of(raster))
        for code, times in zip(found.tolist(), number.tolist(), strict=True):
            if code not in column:
                raise InputError(
                    f"{path}: {times} pixels have the code {code}; the table knows "
                    f"{', '.join(map(str, codes))}. Add it to a class, or to what is left out."
                )
            counts[i, column[code]] = times
    return counts, spots


def _stored(paths: Sequence[Path], description: Description, name: str) -> Patches:
    files = description.sensors[name]
    with open_geotiff(paths[0]) as raster:
        size = (raster.height, raster.width)
    standard = Standard(files.mean, files.std) if files.mean else None
    return StoredPatches(tuple(paths), files, size, standard, files.bands)
