"""The JSON records in results/: the truth, from which mlruns/ can be rebuilt.

A record never holds a time, a path of this machine or an MLflow id: it would differ from run to
run, and every later stage would be stale.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from crosslook.errors import StaleError
from crosslook.writing import write_json


def write(path: Path, record: Mapping[str, Any] | Sequence[Any]) -> None:
    """Write one record; NaN and infinity become null."""
    write_json(path, plain(record))


def read(path: Path) -> Any:
    """Read one record.

    Raises:
        StaleError: if it is missing or damaged, naming the command that makes it.
    """
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise StaleError(f"{path} is missing: run 'make repro'.") from None
    except ValueError as error:
        raise StaleError(f"{path} is damaged ({error}): delete it, run 'make repro'.") from None


def digest(value: Any) -> str:
    """sha256 of the canonical JSON of a value: sorted keys, no spaces."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_file(path: Path) -> str:
    """sha256 of a file's bytes.

    Raises:
        StaleError: if it is missing.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise StaleError(f"{path} is missing: run 'make repro'.") from None


def digest_folder(folder: Path) -> str:
    """sha256 over the names and bytes of all files below a folder, in sorted order."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return digest([[path.relative_to(folder).as_posix(), digest_file(path)] for path in files])


def plain(value: Any) -> Any:
    """Dataclasses to dicts, tuples to lists, numpy's numbers to Python's, NaN to None."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return value.as_posix()
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
