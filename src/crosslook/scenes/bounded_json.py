"""JSON from outside, labels and lists of scenes, read within bounds of memory."""

import json
from collections.abc import Sized
from pathlib import Path
from typing import Any

from crosslook.errors import InputError

BYTES = 48 * 2**20
CONTAINERS = 3_000_000  # arrays and objects: about 70 bytes each when read
VALUES = 8_000_000  # about 40 bytes each
ENTRIES = 200_000


def read_json(path: Path, nan: bool = False) -> Any:
    """The value that a JSON file holds.

    Raises:
        InputError: if it is missing, over 48 MiB, no JSON, or has numbers that are not finite,
            lone surrogates, or more arrays or deeper ones than such files have.
    """
    return parse_json(path, read_bytes(path), nan)


def read_bytes(path: Path, at_most: int = BYTES) -> bytes:
    """The content of a file.

    Raises:
        InputError: if it is missing, cannot be read, or is longer than ``at_most`` bytes.
    """
    try:
        with path.open("rb") as file:
            data = file.read(at_most + 1)
    except FileNotFoundError:
        raise InputError(f"{path} is missing.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from None
    if len(data) > at_most:
        raise InputError(f"{path} has over {at_most} bytes: split it into smaller files.")
    return data


def parse_json(path: Path, data: bytes, nan: bool = False) -> Any:
    """The value that ``data``, the content of ``path``, holds.

    Args:
        path: for messages.
        data: at most ``BYTES``.
        nan: let NaN and infinities pass, which are no JSON but stand in some.

    Raises:
        InputError: as ``read_json``.
    """
    containers = data.count(b"[") + data.count(b"{")
    if containers > CONTAINERS or containers + data.count(b",") > VALUES:
        raise InputError(
            f"{path} has more values than such files have: split it into smaller files."
        )
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, parse_constant=float if nan else _refuse)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise InputError(f"{path} is nested deeper than such files are.") from None
    except UnicodeEncodeError:
        raise InputError(f"{path} has half a character (a lone surrogate) in a text.") from None
    except ValueError as error:
        raise InputError(f"{path} is not JSON ({' '.join(str(error).split())[:200]}).") from None
    return value


def require_few(path: Path, entries: Sized) -> None:
    """Refuse a file with more than 200 000 entries: labels, images or tasks.

    Raises:
        InputError: saying how many there are.
    """
    if len(entries) > ENTRIES:
        raise InputError(
            f"{path} has {len(entries)} entries, at most {ENTRIES} are read: split it."
        )


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")
