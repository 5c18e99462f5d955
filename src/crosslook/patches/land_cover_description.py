"""Reading the description (JSON) of a folder of land-cover patches.

    {"sensors": {"s1": {"files": "radar/{patch}.tif", "bands": ["VV", "VH"], "clip": [-25, 0],
                        "mean": [-11.8, -18.3], "std": [4.5, 4.4]},
                 "s2": {"files": "optical/{patch}.tif", "bands": ["B02", "B03", "B04", "B08"],
                        "scale": 1e-4, "offset": -0.1}},
     "classes": {"files": "land_cover/{patch}.tif", "band": 1,
                 "table": {"water": [1], "trees": [2, 3]}, "left_out": [0]}}

Names in braces stand for a part of a file's name or of its folder's, the same in every pattern of a
place. They are joined to the name of the place; ``place`` and ``scene`` say how, if it matters.
Without ``scene`` and without ``{scene}``, every place is a scene of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from crosslook.errors import InputError
from crosslook.patches.land_cover_classes import ClassTable
from crosslook.patches.land_cover_files import ClassFiles, Description, SensorFiles
from crosslook.scenes.bounded_json import read_json

T = TypeVar("T")


def read_description(path: Path) -> Description:
    """Read a description.

    Raises:
        InputError: naming the key that is unknown, missing, or holds what it cannot.
    """
    values = _section(path, "description", read_json(path))
    _keys(path, "description", values, Description)
    sensors = {
        str(name): _build(path, f"sensors.{name}", SensorFiles, one)
        for name, one in _section(path, "sensors", values["sensors"]).items()
    }
    classes = dict(_section(path, "classes", values["classes"]))
    table = _section(path, "classes.table", classes.pop("table", {}))
    left_out = classes.pop("left_out", [0])
    classes["table"] = _made(
        path,
        "classes.table",
        ClassTable,
        {
            "classes": tuple(table),
            "codes": tuple(_whole(path, f"classes.table.{k}", v) for k, v in table.items()),
            "left_out": _whole(path, "classes.left_out", left_out),
        },
    )
    rest = {key: values[key] for key in ("place", "scene") if key in values}
    return _made(
        path,
        "description",
        Description,
        {
            "sensors": sensors,
            "classes": _build(path, "classes", ClassFiles, classes),
            "skip": _names(path, "skip", values.get("skip", [])),
            **rest,
        },
    )


def _build(path: Path, where: str, kind: type[T], values: Any) -> T:
    values = dict(_section(path, where, values))
    _keys(path, where, values, kind)
    for key, value in values.items():
        if isinstance(value, list):
            values[key] = tuple(value)
    return _made(path, where, kind, values)


def _made(path: Path, where: str, kind: type[T], values: Mapping[str, Any]) -> T:
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: {where}: {' '.join(str(error).split())}") from None


def _keys(path: Path, where: str, values: Mapping[str, Any], kind: type[Any]) -> None:
    known = {field.name: field for field in fields(kind)}
    for key in values:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
            raise InputError(f"{path}: {where}: unknown key {key!r}. {hint}")
    for name, field in known.items():
        if name not in values and field.default is MISSING and field.default_factory is MISSING:
            raise InputError(f"{path}: {where}: {name!r} is required.")


def _section(path: Path, where: str, values: Any) -> Mapping[str, Any]:
    if not isinstance(values, Mapping):
        raise InputError(f"{path}: {where}: expected an object, found {str(values)[:60]!r}.")
    return values


def _names(path: Path, where: str, values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise InputError(f"{path}: {where}: expected a list of names, found {str(values)[:60]!r}.")
    return tuple(values)


def _whole(path: Path, where: str, values: Any) -> tuple[int, ...]:
    listed: Sequence[Any] = values if isinstance(values, list) else [values]
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in listed):
        raise InputError(f"{path}: {where}: expected whole numbers, found {str(values)[:60]}.")
    return tuple(listed)
