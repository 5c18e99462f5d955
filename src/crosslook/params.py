"""params.yaml -> frozen dataclasses. The only reader of that file.

Each stage has a section of its own name. Stages with instances have one sub-section per instance
beside ``every``, which holds for all of them. Unknown keys are errors, with a suggestion.
"""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from crosslook.errors import ParamsError
from crosslook.outputs import PARAMS

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")

MAY_BE_EMPTY = ("scenery",)


@cache
def load(path: Path = PARAMS) -> Mapping[str, Any]:
    """The whole of params.yaml as plain values.

    Raises:
        ParamsError: if the file is missing or is not a YAML mapping.
    """
    try:
        values = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise ParamsError(
            f"{path} is missing here: run crosslook in the top folder of the project."
        ) from None
    except yaml.YAMLError as error:
        raise ParamsError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise ParamsError(f"{path} must hold sections, found {type(values).__name__}.")
    return values


def section(*keys: str) -> Mapping[str, Any]:
    """The plain values below ``keys``; an absent or empty section is {}.

    Raises:
        ParamsError: if something that is not a section stands there.
    """
    values: Any = load()
    for key in keys:
        values = values.get(key) or {}
        if not isinstance(values, Mapping):
            raise ParamsError(f"{'.'.join(keys)}: expected a section, found {values!r}.")
    return dict(values)


def read(kind: type[T], *keys: str) -> T:
    """Build dataclass ``kind`` from the section ``keys``."""
    return build(kind, section(*keys), ".".join(keys))


def overlaid(stage: str, instance: str) -> dict[str, Any]:
    """The values of one instance of a stage: those of ``every``, and its own instead of them."""
    return {**section(stage, "every"), **section(stage, instance)}


def divide(first: type[T], second: type[U], values: Mapping[str, Any], where: str) -> tuple[T, U]:
    """Build two dataclasses from one section: each key goes to the one that has such a field.

    Raises:
        ParamsError: as ``build``; an unknown key is compared with the fields of both.
    """
    ours, theirs = _shared_out((first, second), values, where)
    return build(first, ours, where), build(second, theirs, where)


def divide_in_three(
    first: type[T], second: type[U], third: type[V], values: Mapping[str, Any], where: str
) -> tuple[T, U, V]:
    """``divide`` for three dataclasses."""
    one, two, three = _shared_out((first, second, third), values, where)
    return build(first, one, where), build(second, two, where), build(third, three, where)


def names(*keys: str) -> list[str]:
    """The top-level lists of names ``translations``, ``scenery`` or ``detectors``, in a row.

    Raises:
        ParamsError: if one is no list of names, is empty (``scenery`` may be), or a name stands
            twice.
    """
    found: list[Any] = []
    for key in keys:
        values = load().get(key, [] if key in MAY_BE_EMPTY else None)
        if not isinstance(values, list) or not (values or key in MAY_BE_EMPTY):
            raise ParamsError(f"{key}: expected a list of different names, found {values!r}.")
        found += values
    if len(set(found)) != len(found):
        raise ParamsError(f"{_and(keys)}: expected a list of different names, found {found!r}.")
    return [str(value) for value in found]


def seed() -> int:
    """The one seed that every stage starts from."""
    value = load().get("seed")
    if not isinstance(value, int) or value < 0:
        raise ParamsError(f"seed: expected a whole number >= 0, found {value!r}.")
    return value


def known(name: str, *keys: str) -> str:
    """``name``, if one of the top-level lists ``keys`` has it.

    Raises:
        ParamsError: with the nearest name that they have.
    """
    allowed = names(*keys)
    if name not in allowed:
        raise ParamsError(f"{_and(keys)}: no {name!r}. {_hint(name, allowed)}")
    return name


def build(kind: type[T], values: Mapping[str, Any], where: str) -> T:
    """Build dataclass ``kind`` from plain values; ``where`` names the section in messages.

    Lists become tuples, and sections become the dataclass that the field's type names.

    Raises:
        ParamsError: unknown or missing key, a value of the wrong type, or one that the dataclass
            refuses.
    """
    hints = get_type_hints(kind)
    allowed = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for key in values:
        if key not in allowed:
            raise ParamsError(f"{where}: unknown key {key!r}. {_hint(str(key), list(allowed))}")
    for name, field in allowed.items():
        if field.default is MISSING and field.default_factory is MISSING and name not in values:
            raise ParamsError(f"{where}: {name!r} is required.")
    ready = {key: _fit(value, hints[key], f"{where}.{key}") for key, value in values.items()}
    try:
        return kind(**ready)
    except ValueError as error:
        raise ParamsError(f"{where}: {error}") from error


def _shared_out(
    kinds: tuple[type, ...], values: Mapping[str, Any], where: str
) -> list[dict[str, Any]]:
    """The values that each dataclass has a field for."""
    own = [{field.name for field in fields(kind)} for kind in kinds]
    for key in values:
        if not any(key in one for one in own):
            hint = _hint(str(key), sorted(set().union(*own)))
            raise ParamsError(f"{where}: unknown key {key!r}. {hint}")
    return [{key: value for key, value in values.items() if key in one} for one in own]


def _fit(value: Any, hint: Any, where: str) -> Any:
    """Check ``value`` against the type of its field, and turn lists and sections into it."""
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise ParamsError(f"{where}: expected a section, found {value!r}.")
        return build(hint, value, where)
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple and isinstance(value, (list, tuple)):
        inner = [args[0]] * len(value) if args[-1] is Ellipsis else list(args)
        if len(inner) != len(value):
            raise ParamsError(f"{where}: expected {len(inner)} values, found {value!r}.")
        return tuple(_fit(v, t, where) for v, t in zip(value, inner, strict=True))
    if origin is Mapping and isinstance(value, Mapping):
        return {str(key): _fit(one, args[1], f"{where}.{key}") for key, one in value.items()}
    if origin in (Union, types.UnionType):
        for arm in args:
            try:
                return _fit(value, arm, where)
            except ParamsError:
                continue
    elif hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    elif hint is int and isinstance(value, bool):
        pass
    elif isinstance(hint, type):
        if isinstance(value, hint):
            return value
    elif (
        origin is None
        or _literal(value, args)
        or (isinstance(origin, type) and isinstance(value, (dict, list, tuple)))
    ):
        return value
    expected = getattr(hint, "__name__", str(hint)) if origin is None else str(hint)
    raise ParamsError(f"{where}: expected {expected}, found {value!r}.")


def _literal(value: Any, allowed: tuple[Any, ...]) -> bool:
    return any(value == one and type(value) is type(one) for one in allowed)


def _and(keys: tuple[str, ...]) -> str:
    return " and ".join(keys)


def _hint(name: str, allowed: list[str]) -> str:
    nearest = get_close_matches(name, allowed, n=1)
    return f"Did you mean {nearest[0]!r}?" if nearest else f"Known: {', '.join(allowed)}."
