"""What names a bundle, or a file in it: sha256 over its content."""

import hashlib
import json
from pathlib import Path
from typing import Any


def of_json(value: Any) -> str:
    """sha256 of the canonical JSON of a value: sorted keys, no spaces."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def of_file(path: Path) -> str:
    """sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
