"""Downloads that go on where they stopped, and end as the whole file or not at all.

What has arrived lies in a hidden neighbour, ``.NAME.part``, with the server's mark of the version
(``.NAME.part.json``) beside it. Only when length and checksum agree does it take its name.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import requests
from urllib3.exceptions import HTTPError

from crosslook.errors import DiskError, InputError
from crosslook.scenes.answers import Broken, Changed, check_status, total_bytes
from crosslook.scenes.multihash import Checksum
from crosslook.scenes.parts import begin, begun, forget, mark_of
from crosslook.scenes.web import TIMEOUT_S, reason, shown
from crosslook.writing import take_name

CHUNK_BYTES = 2**20
ATTEMPTS = 5
FILE_BYTES = 32 * 2**30
Agreed = Literal["checksum", "size", "length"]


@dataclass(frozen=True)
class Request:
    """An address and headers, signed or not, that are sent once."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """A file to fetch. ``size`` in bytes and ``checksum`` are what the catalogue says, if it does.

    ``ask`` makes the request anew at each attempt, because signatures expire.
    """

    path: Path
    ask: Callable[[], Request]
    size: int | None = None
    checksum: Checksum | None = None
    at_most: int = FILE_BYTES


@dataclass(frozen=True)
class Done:
    """What was fetched: its bytes, what they were checked by, whether the file was there before."""

    size: int
    agreed: Agreed
    there: bool = False


def download(
    session: requests.Session, wanted: Wanted, wait: Callable[[float], None] = time.sleep
) -> Done:
    """Fetch one file; go on where an earlier attempt stopped, if the file is still the same.

    Broken connections, 429 and 5xx are tried again, 5 attempts in all, 1, 2, 4 and 8 s apart. A
    file that was put together of several attempts and has the wrong checksum is fetched anew once.

    Raises:
        InputError: one line; what has arrived stays for the next time, unless it is wrong.
        DiskError: if the disk is full or refuses.
    """
    path = wanted.path
    if path.is_symlink() or path.exists():
        return _already(wanted)
    part = path.with_name(f".{path.name}.part")
    failed = "nothing was tried"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(ATTEMPTS):
            if attempt:
                wait(2.0 ** (attempt - 1))
            try:
                done = _attempt(session, wanted, part)
            except Broken as error:
                if isinstance(error, Changed):
                    forget(part)
                failed = str(error)
                continue
            take_name(part, path)
            mark_of(part).unlink(missing_ok=True)
            return done
    except DiskError:
        raise
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None
    except OSError as error:
        raise DiskError(f"{path}: could not be written ({error.strerror or error}).") from error
    raise InputError(
        f"{path.name}: {failed}, {ATTEMPTS} times. Run it again later: it goes on where it stopped."
    )


def _attempt(session: requests.Session, wanted: Wanted, part: Path) -> Done:
    start, mark = begun(part, wanted.size, wanted.checksum is not None)
    if start and start == wanted.size:
        return _check(wanted, part, start, None, resumed=True)
    request = wanted.ask()
    headers = {"Accept-Encoding": "identity"} | dict(request.headers)
    if start:
        headers["Range"] = f"bytes={start}-"
        if mark:
            headers["If-Range"] = mark
    try:
        response = session.get(request.url, headers=headers, stream=True, timeout=TIMEOUT_S)
    except requests.RequestException as error:
        if isinstance(error, requests.ConnectionError | requests.Timeout):
            raise Broken(reason(error)) from None
        raise InputError(f"{shown(request.url)}: {reason(error)}.") from None
    with closing(response):
        start = check_status(response, start)
        total = total_bytes(response)
        _check_size(wanted, total)
        if start == 0:
            begin(part, response)
        _check_room(part, total, start)
        broken = _append(response, part, start, wanted)
    return _check(wanted, part, total, broken, resumed=start > 0)


def _check_size(wanted: Wanted, total: int | None) -> None:
    if wanted.size is not None and total is not None and total != wanted.size:
        raise InputError(
            f"the server has {total} bytes, the catalogue says {wanted.size}: search anew."
        )
    size = wanted.size if wanted.size is not None else total
    if size is not None and size > wanted.at_most:
        raise InputError(f"it has {size} bytes, more than the {wanted.at_most} that are allowed.")


def _check_room(part: Path, total: int | None, start: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if total is not None and total - start > free:
        raise DiskError(
            f"{part.parent} has room for {free} bytes, {total - start} are to come: make room."
        )


def _append(response: requests.Response, part: Path, start: int, wanted: Wanted) -> str | None:
    """Write the body behind the first ``start`` bytes; say why it broke off, or None."""
    at_most = wanted.at_most if wanted.size is None else min(wanted.size, wanted.at_most)
    size = start
    with part.open("r+b" if start else "wb") as file:
        file.truncate(start)
        file.seek(start)
        try:
            # read1 gives what has arrived; iter_content would lose up to a chunk of it.
            while size <= at_most and (chunk := response.raw.read1(CHUNK_BYTES)):
                size += len(chunk)
                if size <= at_most:
                    file.write(chunk)
        except HTTPError:
            return "the connection broke off"
    if size > at_most:
        forget(part)
        raise InputError(f"the server sends more than {at_most} bytes; refused.")
    return None


def _check(
    wanted: Wanted, part: Path, total: int | None, broken: str | None, resumed: bool
) -> Done:
    """Whether the part is the whole file, by the best that is known of it."""
    size = part.stat().st_size
    expected = wanted.size if wanted.size is not None else total
    if broken is not None and size != expected:
        raise Broken(broken)
    if expected is not None and size < expected:
        raise Broken(f"the server stopped at {size} of {expected} bytes")
    if wanted.checksum is not None:
        if wanted.checksum.of(part) == wanted.checksum.digest:
            return Done(size, "checksum")
        forget(part)
        if resumed:
            raise Broken("the parts do not belong together")
        raise InputError(
            f"its {wanted.checksum.function} is not what the catalogue says: the file was damaged "
            "or replaced. Search anew; nothing was kept."
        )
    if expected is None:
        forget(part)
        raise InputError(
            "neither the catalogue nor the server says how long it is, so nothing tells whether it "
            "is whole; nothing was kept."
        )
    return Done(size, "size" if wanted.size is not None else "length")


def _already(wanted: Wanted) -> Done:
    path = wanted.path
    if path.is_symlink() or not path.is_file():
        raise InputError(f"{path} is there and is no plain file: move it away.")
    size = path.stat().st_size
    if wanted.size is not None and size != wanted.size:
        raise InputError(
            f"{path} is there with {size} bytes, the catalogue says {wanted.size}: move it away."
        )
    if wanted.checksum is None:
        return Done(size, "size" if wanted.size is not None else "length", there=True)
    if wanted.checksum.of(path) != wanted.checksum.digest:
        raise InputError(f"{path} is there and has another checksum: move it away.")
    return Done(size, "checksum", there=True)
