"""Whole files or none: every file crosslook writes goes through here.

A writer fills a temporary neighbour; only when it is complete and on the disk does it take the
final name, in one step. Whoever reads sees the old file or the new one, never a part.
"""

import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from crosslook.errors import DiskError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; move it to ``path`` when the block ends well.

    The temporary file keeps the suffix of ``path``, because raster drivers look at it.

    Raises:
        DiskError: if the disk is full or refuses; what stood at ``path`` before is still there.
    """
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
        _flush(path.parent)
    except OSError as error:
        raise _explain(error, path) from error
    finally:
        with suppress(OSError):  # such as a file where the folder should be
            temporary.unlink()


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; it replaces ``path`` when the block ends well.

    Raises:
        DiskError: if the disk is full or refuses; what stood at ``path`` before is still there.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        for file in temporary.rglob("*"):
            _flush(file)
        if path.exists():
            old = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.old")
            os.replace(path, old)
            os.replace(temporary, path)
            shutil.rmtree(old)
        else:
            os.replace(temporary, path)
        _flush(path.parent)
    except OSError as error:
        raise _explain(error, path) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def take_name(temporary: Path, path: Path) -> None:
    """Give a complete temporary file of the same folder its final name, once it is on the disk.

    Raises:
        DiskError: if the disk is full or refuses; what stood at ``path`` before is still there.
    """
    try:
        _flush(temporary)
        os.replace(temporary, path)
        _flush(path.parent)
    except OSError as error:
        raise _explain(error, path) from error


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 ``text`` to ``path``, whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Write ``value`` as indented JSON with a final newline.

    Raises:
        ValueError: if a number is NaN or infinite, which JSON cannot hold; write None instead.
    """
    write_text(path, json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False) + "\n")


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explain(error: OSError, path: Path) -> DiskError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskError(
            f"{path}: the disk is full, nothing was changed. Free some space and run it again."
        )
    return DiskError(f"{path}: could not be written ({error.strerror or error}).")
