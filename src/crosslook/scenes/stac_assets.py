"""Assets of STAC items: which are fetched, under which name, by which address, at whose cost."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from crosslook.errors import InputError
from crosslook.scenes.archives import quoted
from crosslook.scenes.multihash import Checksum, parse_multihash
from crosslook.scenes.stac_items import Item

NAME_CHARACTERS = 150
SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
# Suffixes by media type, where the address has none.
SUFFIXES = {
    "application/zip": ".zip",
    "image/tiff": ".tif",
    "image/jp2": ".jp2",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "application/xml": ".xml",
    "application/json": ".json",
}
PRODUCTS = ("product", "safe-zip", "zip")  # names, in lower case, of assets that are whole products


@dataclass(frozen=True)
class Asset:
    """One file of an item. ``pays``: S3 bills the requester, or may; ``region`` is the bucket's."""

    name: str
    href: str
    size: int | None
    checksum: Checksum | None
    pays: bool
    region: str | None


def choose(items: Sequence[Item], wanted: Sequence[str]) -> list[Asset]:
    """The assets to fetch: those named, of every item; without names the whole products.

    Raises:
        InputError: one line, if an item lacks one, or two would get one name.
    """
    chosen = [asset for item in items for asset in _of(item, wanted)]
    names: dict[str, str] = {}
    for asset in chosen:
        folded = asset.name.casefold()
        if folded in names:
            raise InputError(f"two assets would be written to {asset.name}: fetch them apart.")
        names[folded] = asset.name
    return chosen


def _of(item: Item, wanted: Sequence[str]) -> Iterator[Asset]:
    assets: Mapping[str, Mapping[str, Any]] = item["assets"]
    keys = list(wanted) or [key for key in assets if key.lower() in PRODUCTS][:1]
    if not keys:
        raise InputError(
            f"{quoted(item['id'])} has no asset that is a whole product: name some with --asset. "
            f"It has {_listed(assets)}."
        )
    for key in keys:
        if key not in assets:
            raise InputError(f"{quoted(item['id'])} has no asset {key!r}, but {_listed(assets)}.")
        yield _asset(item, key, assets[key])


def _asset(item: Item, key: str, asset: Mapping[str, Any]) -> Asset:
    href = _address(asset)
    where = f"{quoted(item['id'])}, asset {quoted(key)}"
    size = asset.get("file:size")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise InputError(f"{where}: file:size is {quoted(str(size))}, expected bytes.")
    text = asset.get("file:checksum")
    try:
        checksum = None if text is None else parse_multihash(str(text))
    except InputError as error:
        raise InputError(f"{where}: file:checksum {error}") from None
    scheme = _storage(item, asset)
    pays = href.startswith("s3://") and scheme.get("requester_pays") is not False
    pays = pays and not href.startswith("s3://eodata/")
    region = scheme.get("region")
    name = _name(item["id"], key, href, str(asset.get("type", "")))
    return Asset(name, href, size, checksum, pays, region if _is_region(region) else None)


def _address(asset: Mapping[str, Any]) -> str:
    """The asset's address; https before s3, because it costs nothing."""
    others = asset.get("alternate")
    found = [asset["href"]]
    if isinstance(others, Mapping):
        found += [other.get("href") for other in others.values() if isinstance(other, Mapping)]
    free = [href for href in found if isinstance(href, str) and href.startswith("https://")]
    return str(free[0] if free and found[0].startswith("s3://") else found[0])


def _storage(item: Item, asset: Mapping[str, Any]) -> dict[str, Any]:
    """What the storage extension, version 1 or 2, says of an asset's place."""
    properties = item["properties"]
    told: dict[str, Any] = {}
    for source in (properties, asset):
        for name in ("requester_pays", "region"):
            if (value := source.get(f"storage:{name}")) is not None:
                told[name] = value
    schemes, refs = properties.get("storage:schemes"), asset.get("storage:refs")
    if isinstance(schemes, Mapping) and isinstance(refs, list):
        for ref in refs:
            scheme = schemes.get(ref) if isinstance(ref, str) else None
            told |= scheme if isinstance(scheme, Mapping) else {}
    return told


def _name(item: str, key: str, href: str, kind: str) -> str:
    """A plain file name: ITEM.zip for products, ITEM_KEY.SUFFIX for parts."""
    stem = re.sub(r"\.(SAFE|zip)$", "", item, flags=re.IGNORECASE)
    suffix = PurePosixPath(urlsplit(href).path).suffix.lower()
    if not SUFFIX.fullmatch(suffix):
        suffix = SUFFIXES.get(kind.partition(";")[0].strip().lower(), "")
    if key.lower() in PRODUCTS:
        suffix = suffix if suffix in SUFFIXES.values() else ".zip"
    else:
        stem += f"_{key}"
    stem = re.sub(r"[^A-Za-z0-9._-]", "_", stem).lstrip(".-")
    if not stem.strip("_.") or len(stem) > NAME_CHARACTERS:
        raise InputError(f"{quoted(item)}, asset {quoted(key)}: this makes no name of a file.")
    return stem + suffix


def _is_region(region: object) -> bool:
    return isinstance(region, str) and re.fullmatch(r"[a-z0-9-]{1,32}", region) is not None


def _listed(assets: Mapping[str, Any]) -> str:
    names = ", ".join(quoted(key) for key in list(assets)[:30])
    return names or "no assets at all"
