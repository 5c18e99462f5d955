"""Requests to addresses that a catalogue named: which are followed, and who is told a credential.

Addresses in a STAC item are written by others. Every one of them, every redirect and every link to
a next page goes through ``open_session``, which checks it before a byte is sent.
"""

import os
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from crosslook.errors import InputError
from crosslook.scenes.archives import quoted

TIMEOUT_S = (10.0, 60.0)  # to connect, to wait for the next byte
REDIRECTS = 5
AGAIN = (429, 500, 502, 503, 504)  # a server says so when it may work later
# Which variable holds the bearer token of which hosts (a leading dot: all below it).
TOKENS = {".dataspace.copernicus.eu": "CDSE_TOKEN"}
OWN_TOKEN, OWN_TOKEN_HOST = "CROSSLOOK_STAC_TOKEN", "CROSSLOOK_STAC_TOKEN_HOST"
SECRET_HEADERS = ("Authorization", "x-amz-security-token", "Ocp-Apim-Subscription-Key")
LOCAL_HTTP = "CROSSLOOK_LOCAL_HTTP"  # "1": http to this machine is followed, for own servers


def check_url(url: str, environ: Mapping[str, str] = os.environ) -> None:
    """Raise InputError unless ``url`` is one that is followed: https, to a name, without password.

    http is followed to 127.0.0.1 only, and only if CROSSLOOK_LOCAL_HTTP is 1: an item from a
    stranger must not reach the services of this machine.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InputError(f"{quoted(url)} is no address.") from None
    if not url.isprintable() or " " in url or "\\" in url or not host:
        raise InputError(f"{quoted(shown(url))} is no address, expected https://...")
    if parts.username is not None or parts.password is not None:
        raise InputError(
            f"{quoted(shown(url))} has a name or password in it, which are never sent."
        )
    local = _is_loopback(host)
    if parts.scheme == "http" and local and environ.get(LOCAL_HTTP) == "1":
        return
    if parts.scheme != "https" or local:
        raise InputError(f"{quoted(shown(url))} is not followed: only https to other machines is.")


def shown(url: str) -> str:
    """The address without query, fragment and password: what may stand in a message or a file."""
    bare = url.partition("#")[0].partition("?")[0]
    scheme, mark, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    return scheme + mark + host.rpartition("@")[2] + slash + path if mark else bare


def bearer(url: str, environ: Mapping[str, str]) -> str | None:
    """The token that the host of ``url`` may see, from the environment; None if there is none."""
    host = urlsplit(url).hostname or ""
    own = environ.get(OWN_TOKEN_HOST)
    if own and host == own.lower():
        return environ.get(OWN_TOKEN) or None
    for suffix, variable in TOKENS.items():
        if host.endswith(suffix):
            return environ.get(variable) or None
    return None


def open_session(
    at_most: int | None = None, retries: int = 0, environ: Mapping[str, str] = os.environ
) -> requests.Session:
    """A session that follows checked addresses only and tells each host its own token only.

    Args:
        at_most: bytes of one body, unpacked, above which reading stops; None bounds nothing.
        retries: how often a request is sent again after 429 or 5xx, waiting 0.5 s and longer.
        environ: where tokens are.
    """
    session = _Session()
    # Retry-After is not obeyed: a server could say a year.
    again = Retry(
        total=retries,
        status_forcelist=AGAIN,
        allowed_methods=None,
        backoff_factor=0.25,
        backoff_max=8,
        respect_retry_after_header=False,
        raise_on_status=False,
        redirect=False,
    )
    adapter = _Adapter(at_most, environ, max_retries=again)
    session.adapters.clear()
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    session.max_redirects = REDIRECTS
    session.auth = _no_auth
    return session


def reason(error: BaseException) -> str:
    """Why a request failed, without its address, which may be signed."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, requests.TooManyRedirects):
        return f"it redirects more than {REDIRECTS} times"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not valid"
    if isinstance(error, requests.Timeout):
        return "it does not answer"
    if isinstance(error, requests.exceptions.InvalidSchema):
        return "it redirects to something else than https"
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return "the connection failed or broke off"
    return type(error).__name__


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from looking for passwords in ~/.netrc."""
    return request


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _Session(requests.Session):
    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        for name in SECRET_HEADERS:  # the adapter knows whose token the next host may see
            prepared_request.headers.pop(name, None)


class _Adapter(HTTPAdapter):
    def __init__(self, at_most: int | None, environ: Mapping[str, str], max_retries: Retry) -> None:
        super().__init__(max_retries=max_retries)
        self._at_most = at_most
        self._environ = environ

    def send(
        self, request: requests.PreparedRequest, *arguments: Any, **named: Any
    ) -> requests.Response:
        url = request.url or ""
        check_url(url, self._environ)
        token = bearer(url, self._environ)
        if token is not None and "Authorization" not in request.headers:
            request.headers["Authorization"] = f"Bearer {token}"
        response = super().send(request, *arguments, **named)
        if self._at_most is not None:
            response.raw = _Bounded(response.raw, self._at_most)
        return response


class _Bounded:
    """A body that ends with an error once it is longer than it may be."""

    def __init__(self, raw: Any, at_most: int) -> None:
        self._raw = raw
        self._left = at_most
        self._at_most = at_most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, amount: int, decode_content: bool = True) -> Iterator[bytes]:
        for part in self._raw.stream(amount, decode_content=decode_content):
            self._left -= len(part)
            if self._left < 0:
                raise InputError(f"an answer is longer than {self._at_most} bytes")
            yield part
