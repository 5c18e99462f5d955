"""Files of STAC items: what a search writes and a fetch reads, without anything secret in it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crosslook.errors import InputError
from crosslook.scenes.archives import quoted
from crosslook.scenes.bounded_json import parse_json, read_bytes
from crosslook.scenes.web import shown
from crosslook.writing import write_json

Item = dict[str, Any]
FILE_BYTES = 40 * 2**20
ITEM_BYTES = 2**20  # Sentinel-2 has some 30 000
# Names in a query that sign an address: of Azure, of S3 and its old form, of CloudFront, tokens.
SIGNING = ("sig", "signature", "token", "access_token", "awsaccesskeyid", "key-pair-id", "policy")


def write_items(path: Path, items: Iterable[Item]) -> None:
    """Write items as one GeoJSON FeatureCollection, a STAC ItemCollection, without signatures.

    Raises:
        InputError: if an item is nested absurdly deep.
    """
    try:
        features = [unsigned(item) for item in items]
        write_json(path, {"type": "FeatureCollection", "features": features})
    except RecursionError:
        raise InputError(
            "an item is nested deeper than any item is; nothing was written."
        ) from None


def read_items(path: Path) -> list[Item]:
    """Read an ItemCollection, or one item, and check what is used of it.

    Raises:
        InputError: one line, if the file is missing, too long, or is not one.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing: write it with crosslook search --out {path}.")
    if path.stat().st_size > FILE_BYTES:
        raise InputError(f"{path} is longer than {FILE_BYTES} bytes: search for shorter times.")
    value = parse_json(path, read_bytes(path, FILE_BYTES), nan=True)
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = {"type": "FeatureCollection", "features": [value]}
    if not isinstance(value, dict) or value.get("type") != "FeatureCollection":
        raise InputError(f"{path} is not a STAC ItemCollection (a GeoJSON FeatureCollection).")
    items = value.get("features")
    if not isinstance(items, list):
        raise InputError(f"{path}: 'features' is not a list of items.")
    for number, item in enumerate(items, 1):
        if problem := item_problem(item):
            raise InputError(f"{path}: item {number} {problem}.")
    return items


def item_problem(item: object) -> str | None:
    """What makes this no STAC item, or None: id, properties and assets are looked at."""
    if not isinstance(item, dict) or item.get("type") != "Feature":
        return "is not a GeoJSON Feature"
    name = item.get("id")
    if not isinstance(name, str) or not name:
        return "has no id"
    if not isinstance(item.get("properties"), dict):
        return f"({quoted(name)}) has no properties"
    assets = item.get("assets")
    if not isinstance(assets, dict) or not all(
        isinstance(asset, dict) and isinstance(asset.get("href"), str) for asset in assets.values()
    ):
        return f"({quoted(name)}) has assets without an address"
    return None


def unsigned(item: Mapping[str, Any]) -> Item:
    """The item with every 'href' in it free of passwords and of queries that sign it.

    An address that was signed is signed anew when it is fetched, so nothing is lost.
    """
    return {key: _unsigned(value, key) for key, value in item.items()}


def is_signed(url: str) -> bool:
    """Whether the query of an address holds a signature or token."""
    try:
        names = [name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    except ValueError:
        return True
    return any(name in SIGNING or name.startswith("x-amz-") for name in names)


def _unsigned(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _unsigned(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_unsigned(inner, key) for inner in value]
    if isinstance(value, str) and "://" in value and (is_signed(value) or _has_user(value)):
        return shown(value)
    return value


def _has_user(url: str) -> bool:
    return "@" in url.partition("://")[2].partition("/")[0]
