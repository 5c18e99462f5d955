"""What a server answered to a request for a file, or for the rest of one."""

from http import HTTPStatus

import requests

from crosslook.errors import InputError
from crosslook.scenes.web import AGAIN, shown


class Broken(Exception):
    """An attempt failed in a way that may go better next time."""


class Changed(Broken):
    """What the server has does not go on from what has arrived."""


def check_status(response: requests.Response, start: int) -> int:
    """Where in the file the body belongs, 0 or ``start``.

    Raises:
        Broken: if it may work later; Changed, if what has arrived is of no use then.
        InputError: one line, if the answer is not the file.
    """
    status = response.status_code
    where = shown(response.url)
    if status in AGAIN:
        raise Broken(f"the server fails (HTTP {status})")
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:
        raise Changed("the file has changed on the server (HTTP 416)")
    if status in (401, 403):
        raise InputError(
            f"{where} refuses (HTTP {status}): see docs/own-data.md for the credentials that it "
            "wants in the environment."
        )
    if status in (404, 410):
        raise InputError(f"{where} is not there (any more) (HTTP {status}): search anew.")
    if status not in (200, 206):
        raise InputError(f"{where} answers HTTP {status}, expected 200 or 206.")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise InputError(f"{where} packs its answer, though asked not to.")
    if status == HTTPStatus.OK:
        return 0
    begin = _range(response)[0]
    if begin != start:
        raise Changed(f"the server sent bytes from {begin}, asked for from {start}")
    return start


def _range(response: requests.Response) -> tuple[int | None, int | None]:
    """First byte and whole length of 'bytes FIRST-LAST/LENGTH'; None for what it does not say."""
    unit, _, rest = response.headers.get("Content-Range", "").partition(" ")
    span, _, length = rest.partition("/")
    first = span.partition("-")[0]
    if unit != "bytes" or not (first.isascii() and first.isdigit()):
        return None, None
    return int(first), int(length) if length.isascii() and length.isdigit() else None


def total_bytes(response: requests.Response) -> int | None:
    """The whole file's length as the server says it; None if it does not."""
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        return _range(response)[1]
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else None
