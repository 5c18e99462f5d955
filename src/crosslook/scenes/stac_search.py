"""Search of STAC APIs: items of a place and time, from any catalogue."""

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from crosslook.errors import InputError, MissingPackageError
from crosslook.scenes.archives import quoted
from crosslook.scenes.stac_items import ITEM_BYTES, Item, item_problem
from crosslook.scenes.web import TIMEOUT_S, check_url, open_session, reason, shown

PAGE_ITEMS = 100
PAGE_BYTES = 16 * 2**20
RETRIES = 4
LOOKED_AT = 20_000  # items; a search that compares more here asks too widely

# Public catalogues. Their collections, and what a download costs, stand in docs/own-data.md.
CATALOGUES = {
    "earth-search": "https://earth-search.aws.element84.com/v1",
    "planetary-computer": "https://planetarycomputer.microsoft.com/api/stac/v1",
    "cdse": "https://stac.dataspace.copernicus.eu/v1",
}


@dataclass(frozen=True)
class Query:
    """What is looked for. ``bbox``: west, south, east, north in degrees; west > east crosses 180°.

    ``datetime`` is a moment, a day, month or year, or two of them with a slash between. ``where``
    holds properties that must be as given. ``max_cloud`` is of eo:cloud_cover, in percent; items
    that do not tell it are left out.
    """

    collections: tuple[str, ...]
    bbox: tuple[float, float, float, float] | None = None
    datetime: str | None = None
    max_cloud: float | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    max_items: int = 100

    def __post_init__(self) -> None:
        if not self.collections:
            raise InputError("name one collection at least.")
        if self.max_items < 1:
            raise InputError(f"max_items={self.max_items} must be >= 1.")
        if self.max_cloud is not None and not 0 <= self.max_cloud <= 100:
            raise InputError(f"max_cloud={self.max_cloud} must lie between 0 and 100 percent.")
        if self.bbox is not None:
            west, south, east, north = self.bbox
            if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90):
                raise InputError(
                    f"bbox {self.bbox}: expected west,south,east,north in degrees, south < north."
                )

    def admits(self, item: Item) -> bool:
        """Whether an item has the cloud cover and the properties that are asked for."""
        properties = item["properties"]
        cloud = properties.get("eo:cloud_cover")
        known = isinstance(cloud, int | float)
        if self.max_cloud is not None and not (known and cloud <= self.max_cloud):
            return False
        return all(str(properties.get(name)) == value for name, value in self.where.items())


@dataclass(frozen=True)
class Found:
    """Items in the catalogue's order; ``more`` if the search stopped at ``max_items``."""

    items: list[Item]
    more: bool


def search(url: str, query: Query) -> Found:
    """Items of a STAC API that match; each once.

    Pages are followed until the catalogue has no more or ``max_items`` are there. 429 and 5xx are
    tried again 4 times. Cloud cover and properties are compared here, because many catalogues do
    not; those that declare the query extension are told the cloud cover as well.

    Raises:
        InputError: one line, if the catalogue cannot be reached, refuses, sends what is no STAC,
            or sends the same page for ever.
        MissingPackageError: if pystac-client is not installed.
    """
    check_url(url)
    found: list[Item] = []
    for count, item in enumerate(_each_once(url, _pages(url, query)), 1):
        if count > LOOKED_AT:
            raise InputError(
                f"{shown(url)}: {len(found)} of the first {LOOKED_AT} items match: narrow --bbox "
                "or --datetime."
            )
        if not query.admits(item):
            continue
        if len(found) == query.max_items:
            return Found(found, more=True)
        found.append(item)
    return Found(found, more=False)


def _each_once(url: str, pages: Iterator[Mapping[str, Any]]) -> Iterator[Item]:
    seen: set[tuple[str, str]] = set()
    for page in pages:
        before = len(seen)
        features: Any = page.get("features")
        for item in features if isinstance(features, list) else [features]:
            if problem := item_problem(item):
                raise InputError(f"{shown(url)}: an item {problem}: this is no STAC API.")
            if len(json.dumps(item)) > ITEM_BYTES:
                raise InputError(f"{shown(url)}: an item is longer than {ITEM_BYTES} bytes.")
            name = (str(item.get("collection")), item["id"])
            if name not in seen:
                seen.add(name)
                yield item
        if len(seen) == before:
            raise InputError(
                f"{shown(url)} sends the same items again and again: its paging is broken. Ask "
                "for less, by --bbox, --datetime or --max-items."
            )


def _pages(url: str, query: Query) -> Iterator[Mapping[str, Any]]:
    try:
        from pystac_client import Client
        from pystac_client.exceptions import APIError
        from pystac_client.stac_api_io import StacApiIO
    except ImportError:
        raise MissingPackageError(
            "crosslook search needs pystac-client: pip install pystac-client. Files of items "
            "(STAC ItemCollections) made elsewhere are fetched without it."
        ) from None

    io = StacApiIO(timeout=TIMEOUT_S, max_retries=None)
    io.session = open_session(PAGE_BYTES, RETRIES)
    io.read_text = _only_addresses(io.read_text)  # a link to a file would be opened otherwise
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about conformance that is not declared
            client = Client.open(url, stac_io=io)
            clouds = query.max_cloud is not None and client.conforms_to("query")
            yield from client.search(
                collections=list(query.collections),
                bbox=query.bbox,
                datetime=query.datetime,
                query={"eo:cloud_cover": {"lte": query.max_cloud}} if clouds else None,
                limit=PAGE_ITEMS,
            ).pages_as_dicts()
    except APIError as error:
        raise _explain(url, error) from None
    except requests.RequestException as error:
        raise InputError(f"{shown(url)}: {reason(error)}.") from None
    except InputError as error:
        raise InputError(f"{shown(url)}: {error}") from None
    except Exception as error:  # of pystac, on whatever the server sent
        raise InputError(
            f"{shown(url)} sent what is no STAC API ({type(error).__name__}), or the query is "
            f"none: {quoted(' '.join(str(error).split()))}."
        ) from None


def _only_addresses(read: Callable[..., str]) -> Callable[..., str]:
    def guarded(source: Any, *arguments: Any, **named: Any) -> str:
        href = source.href if hasattr(source, "href") else str(source)
        check_url(href)
        return read(source, *arguments, **named)

    return guarded


def _explain(url: str, error: Exception) -> InputError:
    status = getattr(error, "status_code", None)
    where = shown(url)
    if status in (401, 403):
        return InputError(
            f"{where} refuses (HTTP {status}): set its token in CROSSLOOK_STAC_TOKEN and its host "
            "in CROSSLOOK_STAC_TOKEN_HOST."
        )
    if status is not None and status < 500 and status != 429:
        return InputError(
            f"{where} does not take the query (HTTP {status}): look at the address, --collection, "
            "--bbox and --datetime."
        )
    if status is not None:
        return InputError(f"{where} keeps failing (HTTP {status}): try again later.")
    return InputError(f"{where}: {reason(error.__context__ or error)}.")
