"""What makes an item of scenes.json no scene: the file may be edited by hand, or of others."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from rasterio.crs import CRS
from rasterio.errors import CRSError

from crosslook.scenes.places import place_problem

ID = re.compile(r"\w[\w .+-]{0,149}")  # patches and files are named after it
CODE = re.compile(r"[A-Z]{2,10}:[0-9]{1,7}")
WKT = re.compile(r"[A-Z_]{4,12}\[")  # any other text GDAL would take for a file or an address
WKT_CHARACTERS = 20_000
SIDE_PX = 2**31
BANDS = 64
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:\d\d)?")


def scene_problem(item: object) -> str | None:
    """What an item has else than ``write_catalogue`` writes, in words that follow its id."""
    if not isinstance(item, Mapping):
        return f"is {_short(item)}, expected a STAC item"
    name, properties, assets = item.get("id"), item.get("properties"), item.get("assets")
    if not isinstance(name, str) or not ID.fullmatch(name):
        return "has an id that cannot name files: use letters, digits, '_', '-', '.'"
    if not isinstance(properties, Mapping) or not isinstance(assets, Mapping):
        return "has no properties or no assets"
    return (
        _radiometry_problem(properties.get("crosslook:radiometry", {}))
        or _place_problem(properties)
        or _words_problem(properties)
        or next(filter(None, map(_asset_problem, assets, assets.values())), None)
    )


def _radiometry_problem(said: object) -> str | None:
    if not isinstance(said, Mapping):
        return f"has crosslook:radiometry {_short(said)}, expected an object"
    bands = said.get("bands", ["?"])
    if not isinstance(bands, list) or not all(isinstance(band, str) for band in bands):
        return f"has the bands {_short(bands)}, expected a list of names"
    if len(bands) > BANDS or not all(band.isprintable() and len(band) < 64 for band in bands):
        return f"has bands whose names are no names, or more than {BANDS}"
    for key in ("scale", "offset", "nodata"):
        value = said.get(key, 1.0)
        if not (_is_number(value) or (key == "nodata" and value is None)):
            return f"has {key} {_short(value)}, expected a number"
        if key == "scale" and value == 0:
            return "has scale 0, which leaves nothing of its numbers"
    return None


def _place_problem(properties: Mapping[str, Any]) -> str | None:
    shape, place = properties.get("proj:shape"), properties.get("proj:transform")
    if not isinstance(shape, list) or len(shape) != 2 or not all(map(_is_side, shape)):
        return f"has proj:shape {_short(shape)}, expected [height, width] in pixels"
    if not isinstance(place, list) or len(place) < 6 or not all(map(_is_number, place[:6])):
        return f"has proj:transform {_short(place)}, expected six numbers"
    code, wkt = properties.get("proj:code"), properties.get("proj:wkt2")
    if isinstance(code, str) and CODE.fullmatch(code):
        crs = code
    elif not code and isinstance(wkt, str) and WKT.match(wkt) and len(wkt) <= WKT_CHARACTERS:
        crs = wkt
    else:
        return f"has the CRS {_short(code or wkt)}, expected proj:code EPSG:n or proj:wkt2"
    try:
        known = CRS.from_user_input(crs)
    except CRSError:
        return f"has the CRS {_short(crs)}, which PROJ does not know"
    return place_problem(known, place, (shape[0], shape[1]))


def _words_problem(properties: Mapping[str, Any]) -> str | None:
    when = properties.get("datetime")
    if not isinstance(when, str) or not TIME.fullmatch(when):
        return f"has datetime {_short(when)}, expected a time such as 2024-06-01T00:00:00Z"
    for key in ("crosslook:split", "crosslook:sensor"):
        if not isinstance(properties.get(key, ""), str):
            return f"has {key} {_short(properties[key])}, expected a word"
    if not isinstance(properties.get("crosslook:notes", {}), Mapping):
        return "has crosslook:notes that are no object"
    return None


def _asset_problem(name: object, asset: object) -> str | None:
    href = asset.get("href") if isinstance(asset, Mapping) else None
    if not isinstance(href, str) or not href:
        return f"has an asset {_short(name)} without href"
    parts = PurePosixPath(href).parts
    drive = ":" in href or "\\" in href or not href.isprintable()
    if drive or href.startswith("/") or ".." in parts or any(len(part) > 255 for part in parts):
        return f"has an asset {_short(name)} at {_short(href)}, which is no place in its folder"
    return None


def _is_number(value: object) -> bool:
    """Whether a JSON value is a finite number that a float holds."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) < 1e300


def _is_side(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < SIDE_PX


def _short(value: object) -> str:
    text = repr(value).encode("ascii", "backslashreplace").decode()
    return text if len(text) <= 80 else text[:77] + "..."
