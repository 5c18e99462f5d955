"""GeoJSON in any CRS -> drawings."""

from pathlib import Path
from typing import Any

from crosslook.errors import InputError
from crosslook.patches.annotations import WGS84, declared_crs, feature_items, geojson_outline
from crosslook.patches.drawings import Drawing, Reading
from crosslook.patches.label_crs import crs_by_name
from crosslook.patches.label_values import class_name


def read_geojson(path: Path, collection: Any, reading: Reading) -> list[Drawing]:
    """Every feature of a FeatureCollection.

    GeoJSON is in WGS 84 unless it declares another CRS, as QGIS writes it, or ``reading`` gives
    one.

    Raises:
        InputError: if it is no FeatureCollection, a feature has no geometry, or the CRS that is
            declared is unknown or not the one that is given.
    """
    items = feature_items(path, collection)
    declared = declared_crs(collection)
    crs = crs_by_name(f"{path}: its CRS", declared) if declared is not None else None
    given = crs_by_name("--labels-crs", reading.crs) if reading.crs is not None else None
    if crs is not None and given is not None and crs != given:
        raise InputError(f"{path} declares {crs}, --labels-crs says {given}: leave it out.")
    drawings = []
    for i, item in enumerate(items):
        where = f"{path}: label {i}"
        outline, properties = geojson_outline(where, item)
        own_id = item.get("id")
        if own_id is not None and (isinstance(own_id, bool) or not isinstance(own_id, str | int)):
            raise InputError(f"{where} has an id that is neither a text nor a whole number.")
        name = class_name(properties.get(reading.class_property), where)
        drawings.append(
            Drawing(
                str(i) if own_id is None else str(own_id),
                name,
                outline,
                properties,
                crs or given or WGS84,
            )
        )
    return drawings
