"""Files that have arrived in part, and the server's mark of the version that they are of."""

import json
from pathlib import Path

import requests

from crosslook.writing import write_json


def begun(part: Path, size: int | None, checked: bool) -> tuple[int, str | None]:
    """Bytes that are there to go on from, and the mark of their version.

    Without a mark only a checksum can tell whether two halves belong together.

    Args:
        part: the file; it need not be there.
        size: bytes of the whole file, if known.
        checked: whether the whole file's checksum is known.
    """
    if part.is_symlink() or not part.is_file():
        part.unlink(missing_ok=True)
        return 0, None
    try:
        mark = json.loads(mark_of(part).read_text())["mark"]
    except (OSError, ValueError, KeyError, TypeError):
        mark = None
    mark = mark if isinstance(mark, str) else None
    there = part.stat().st_size
    if (mark is None and not checked) or (size is not None and there > size):
        return 0, None
    return there, mark


def mark_of(part: Path) -> Path:
    """Where the mark is kept."""
    return part.with_name(part.name + ".json")


def begin(part: Path, response: requests.Response) -> None:
    """Remove what was there; keep the strong ETag, else the date, of what begins now."""
    tag = response.headers.get("ETag", "")
    weak = tag.startswith("W/") or not tag
    mark = response.headers.get("Last-Modified") if weak else tag
    part.unlink(missing_ok=True)
    if mark is None:
        mark_of(part).unlink(missing_ok=True)
    else:
        write_json(mark_of(part), {"mark": mark})


def forget(part: Path) -> None:
    """Remove the part and its mark."""
    part.unlink(missing_ok=True)
    mark_of(part).unlink(missing_ok=True)
