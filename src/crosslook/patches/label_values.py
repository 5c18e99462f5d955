"""Single values of label files, checked."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from crosslook.errors import InputError

NAME_LENGTH = 200
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def number(value: Any, where: str) -> float:
    """A finite number, also one that is written as a text.

    Raises:
        InputError: if it is none.
    """
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        found = float(value)
    except (ValueError, OverflowError):
        raise InputError(f"{where} is {short(value)}, expected a number.") from None
    if not np.isfinite(found):
        raise InputError(f"{where} is {found}, expected a finite number.")
    return found


def size_of(height: Any, width: Any, where: str) -> tuple[int, int]:
    """Height and width of an image in pixels.

    Raises:
        InputError: if they are no whole numbers from 1 to 2^31 - 1.
    """
    found = number(height, f"{where}: height"), number(width, f"{where}: width")
    if any(value != int(value) or not 1 <= value < 2**31 for value in found):
        raise InputError(
            f"{where} is {found[0]:g} x {found[1]:g} px, expected whole numbers from 1."
        )
    return int(found[0]), int(found[1])


def class_name(value: Any, where: str) -> str | None:
    """The name of a class; None stays None.

    Raises:
        InputError: if it is empty, too long, has control characters, or is no text or number.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InputError(f"{where} has the class {short(value)}, expected a name.")
    name = str(value).strip()
    if not name or len(name) > NAME_LENGTH or CONTROL.search(name):
        raise InputError(
            f"{where} has the class {short(value)}, expected a name of 1 to {NAME_LENGTH} "
            "characters without control characters."
        )
    return name


def scalars(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that are texts, finite numbers or flags; others are left out."""
    return {
        key: value
        for key, value in properties.items()
        if isinstance(value, str | int | float | bool)
        and len(str(key)) <= NAME_LENGTH
        and not (isinstance(value, float) and not np.isfinite(value))
    }


def short(value: Any) -> str:
    """A value for a message, on one line and not long."""
    text = repr(value) if isinstance(value, str | int | float | bool | None) else type(value)
    words = str(text).encode("ascii", "backslashreplace").decode()
    return words if len(words) <= 60 else words[:57] + "..."
