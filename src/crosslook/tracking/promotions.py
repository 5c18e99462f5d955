"""What was promoted, oldest first: results/promotions.jsonl, results/promotions_landcover.jsonl.

Lines are only added.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crosslook.errors import StaleError
from crosslook.results import plain
from crosslook.writing import write_text


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of such a file, oldest first; none without the file.

    Raises:
        StaleError: if a line is damaged.
    """
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            found.append(dict(json.loads(line)))
        except (ValueError, TypeError):
            raise StaleError(
                f"{path}: line {number} is not a JSON object: restore it with 'git checkout'."
            ) from None
    return found


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Add one line; the lines before stay as they are."""
    before = path.read_text() if path.exists() else ""
    write_text(path, before + json.dumps(plain(line), sort_keys=True) + "\n")
