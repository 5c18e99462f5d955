"""data/scenes.json: a STAC ItemCollection that lists every scene of a project.

One Item per scene, hrefs relative to the file, so that the folder can be moved, opened in QGIS and
read with pystac. What STAC has no word for stands in properties that begin with ``crosslook:``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from rasterio.crs import CRS
from rasterio.transform import Affine

from crosslook.errors import InputError
from crosslook.scenes.bounded_json import read_json
from crosslook.scenes.catalogue_problems import scene_problem
from crosslook.scenes.footprints import bounding_box, outline
from crosslook.scenes.radiometry import Radiometry, Sensor
from crosslook.writing import write_json

Split = Literal["train", "dev", "test", "unlabelled"]
SPLITS: tuple[Split, ...] = get_args(Split)
FILE = "scenes.json"
DOMAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Scene:
    """One raster with its meaning, place and role.

    ``labelled`` split scenes (train, dev, test) have ``labels``; ``labelled_area`` is the part in
    which the labels are complete, and None means the whole scene.
    """

    id: str
    sensor: Sensor
    split: Split
    radiometry: Radiometry
    crs: str  # "EPSG:32630" or WKT
    transform: tuple[float, float, float, float, float, float]  # a b c d e f, pixel -> map
    size: tuple[int, int]  # height, width in pixels
    image: Path  # absolute, or relative to the current folder
    labels: Path | None = None
    labelled_area: Path | None = None
    land_cover: Path | None = None
    clouds: Path | None = None  # classes of clouds and snow, see cloud_raster
    acquired: str = "2024-06-01T00:00:00Z"
    notes: Mapping[str, Any] = field(default_factory=dict)  # provenance, free words
    domain: str = ""  # what translators are to learn it as; "": what its sensor is, see domain_of

    @property
    def affine(self) -> Affine:
        return Affine(*self.transform)


def domain_of(scene: Scene) -> str:
    """The domain of a scene: ``optical`` or ``sar`` by its sensor, if it has none of its own."""
    return scene.domain or scene.sensor


def require_domain_name(name: str) -> str:
    """``name``, if a domain can have it; "" is none.

    Raises:
        InputError: if it is no name of a folder, or that of a sensor.
    """
    if name and not DOMAIN_NAME.fullmatch(name):
        raise InputError(
            f"domain {name!r} must be a letter, then letters, digits, '_' and '-': folders are "
            "named after it."
        )
    if name in get_args(Sensor):
        raise InputError(f"domain {name!r} is what such scenes are without one: leave it out.")
    return name


def read_catalogue(folder: Path) -> list[Scene]:
    """Read ``folder``/scenes.json.

    Raises:
        InputError: if the file is missing, is no ItemCollection, or an item lacks something.
    """
    path = folder / FILE
    if not path.exists():
        raise InputError(
            f"{path} is missing: run 'crosslook simulate' for the simulated world, or "
            "'crosslook ingest' for your own scenes."
        )
    collection = read_json(path)
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise InputError(f"{path} is not a STAC ItemCollection (a GeoJSON FeatureCollection).")
    items = collection.get("features", [])
    if not isinstance(items, list):
        raise InputError(f"{path}: 'features' is not a list of items.")
    scenes = [_from_item(item, folder, path) for item in items]
    ids = [scene.id for scene in scenes]
    if doubled := sorted({name for name in ids if ids.count(name) > 1}):
        raise InputError(f"{path}: scene ids must differ, {', '.join(doubled)} stands twice.")
    return scenes


def find_scene(scenes: Iterable[Scene], name: str) -> Scene:
    """The scene with this id.

    Raises:
        InputError: with the nearest ids that there are.
    """
    by_id = {scene.id: scene for scene in scenes}
    if name not in by_id:
        near = get_close_matches(name, by_id) or list(by_id)[:3] or ["none"]
        raise InputError(f"there is no scene {name!r} in {FILE}; there is {', '.join(near)}.")
    return by_id[name]


def write_catalogue(folder: Path, scenes: Iterable[Scene]) -> None:
    """Write ``folder``/scenes.json, sorted by scene id. Files must lie inside ``folder``."""
    items = [_to_item(scene, folder) for scene in sorted(scenes, key=lambda scene: scene.id)]
    write_json(folder / FILE, {"type": "FeatureCollection", "features": items})


def footprint(scene: Scene) -> dict[str, Any]:
    """The outline of a scene in WGS 84: a GeoJSON Polygon, or a MultiPolygon of the two parts that
    the antimeridian cuts it into.
    """
    return outline(scene.crs, scene.affine, scene.size)


def _to_item(scene: Scene, folder: Path) -> dict[str, Any]:
    geometry = footprint(scene)
    crs = CRS.from_user_input(scene.crs)
    code = crs.to_epsg()
    roles = {
        "image": (scene.image, "image/tiff; application=geotiff", ["data"]),
        "labels": (scene.labels, "application/geo+json", ["labels"]),
        "labelled_area": (scene.labelled_area, "application/geo+json", ["labels"]),
        "land_cover": (scene.land_cover, "image/tiff; application=geotiff", ["land-cover"]),
        "clouds": (scene.clouds, "image/tiff; application=geotiff", ["cloud", "snow-ice"]),
    }
    projection = {"proj:code": f"EPSG:{code}"} if code else {"proj:wkt2": crs.to_wkt()}
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": ["https://stac-extensions.github.io/projection/v2.0.0/schema.json"],
        "id": scene.id,
        "geometry": geometry,
        "bbox": bounding_box(geometry),
        "properties": {
            "datetime": scene.acquired,
            **projection,
            "proj:shape": list(scene.size),
            "proj:transform": list(scene.transform),
            "crosslook:sensor": scene.sensor,
            "crosslook:split": scene.split,
            **({"crosslook:domain": scene.domain} if scene.domain else {}),
            "crosslook:radiometry": scene.radiometry.as_dict(),
            "crosslook:notes": dict(scene.notes),
        },
        "links": [],
        "assets": {
            name: {"href": _relative(path, folder), "type": media, "roles": role}
            for name, (path, media, role) in roles.items()
            if path is not None
        },
    }


def _relative(path: Path, folder: Path) -> str:
    return "./" + path.resolve().relative_to(folder.resolve()).as_posix()


def _from_item(item: Mapping[str, Any], folder: Path, source: Path) -> Scene:
    name = item.get("id", "?") if isinstance(item, Mapping) else "?"
    if problem := scene_problem(item):
        raise InputError(f"{source}: scene {str(name)[:150]!r} {problem}.")
    try:
        properties, assets = item["properties"], item["assets"]
        radiometry = Radiometry(**properties["crosslook:radiometry"])
        split, sensor = properties["crosslook:split"], properties["crosslook:sensor"]
        crs = properties.get("proj:code") or properties["proj:wkt2"]
        height, width = properties["proj:shape"]
        image = assets["image"]["href"]
    except (KeyError, TypeError, ValueError) as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(f"{source}: scene {name!r} {reason}.") from None
    if split not in SPLITS:
        raise InputError(f"{source}: scene {name!r}: split {split!r} is not one of {SPLITS}.")
    if sensor not in get_args(Sensor):
        raise InputError(f"{source}: scene {name!r}: sensor {sensor!r} is neither optical nor sar.")
    try:
        domain = require_domain_name(str(properties.get("crosslook:domain", "")))
    except InputError as error:
        raise InputError(f"{source}: scene {name!r}: {error}") from None

    def inside(asset: str) -> Path | None:
        return folder / assets[asset]["href"] if asset in assets else None

    return Scene(
        id=name,
        sensor=sensor,
        split=split,
        radiometry=radiometry,
        crs=crs,
        transform=tuple(properties["proj:transform"][:6]),
        size=(height, width),
        image=folder / image,
        labels=inside("labels"),
        labelled_area=inside("labelled_area"),
        land_cover=inside("land_cover"),
        clouds=inside("clouds"),
        acquired=properties["datetime"],
        notes=properties.get("crosslook:notes", {}),
        domain=domain,
    )
