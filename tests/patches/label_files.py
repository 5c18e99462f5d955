"""Label files and the images they belong to, made in the test that needs them."""

import json
import sqlite3
import struct
from contextlib import closing

import shapely
from rasterio import Affine

from crosslook.patches.annotations import to_pixels
from crosslook.patches.drawings import Reading
from crosslook.patches.images import Image, gather
from crosslook.patches.labels import read_labels

CRS = "EPSG:32631"
PLACE = Affine(10, 0, 500_000, 0, -10, 4_400_000)
SIZE = (300, 400)  # height, width


def harbour(name="harbour", scene=None, **changes):
    values = {
        "name": name,
        "scene": scene or name,
        "crs": CRS,
        "transform": tuple(PLACE)[:6],
        "size": SIZE,
        "file_name": f"{name}.tif",
    }
    return Image(**(values | changes))


def read(path, images=None, **reading):
    return read_labels(path, gather(images or [harbour()]), Reading(**reading))


def pixels(feature, crs=CRS, affine=PLACE):
    return to_pixels(feature.outline, crs, affine)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def feature(outline, **properties):
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": shapely.geometry.mapping(outline),
    }


def collection(*features, **more):
    return {"type": "FeatureCollection", "features": list(features)} | more


def coco(*rows, **changes):
    values = {
        "images": [{"id": 5, "file_name": "harbour.tif", "height": 300, "width": 400}],
        "categories": [{"id": 3, "name": "port"}, {"id": 0, "name": "ship"}],
        "annotations": list(rows),
    }
    return values | changes


def row(bbox=(10, 20, 30, 40), **changes):
    box = list(bbox) if isinstance(bbox, tuple) else bbox
    return {"id": 1, "image_id": 5, "category_id": 3, "bbox": box} | changes


def header(srs=32631, flags=1):
    return b"GP\0" + bytes([flags]) + struct.pack("<i", srs)


def blob(outline, srs=32631):
    return header(srs) + shapely.to_wkb(outline, byte_order=1, flavor="iso")


def geopackage(
    path, rows, srs=32631, organization="EPSG", code=32631, definition="undefined", layer="ports"
):
    """A GeoPackage with one layer, as QGIS lays it out; ``rows`` are (class, blob)."""
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(
            """
            PRAGMA application_id = 1196444487;
            CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY,
                organization TEXT, organization_coordsys_id INTEGER, definition TEXT);
            CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT,
                srs_id INTEGER);
            CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT,
                geometry_type_name TEXT, srs_id INTEGER, z TINYINT, m TINYINT);
            """
        )
        base.execute(
            "INSERT INTO gpkg_spatial_ref_sys VALUES ('x', ?, ?, ?, ?)",
            (srs, organization, code, definition),
        )
        base.execute("INSERT INTO gpkg_contents VALUES (?, 'features', ?)", (layer, srs))
        base.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POLYGON', ?, 0, 0)",
            (layer, srs),
        )
        base.execute(
            f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY, geom BLOB, class TEXT, depth REAL)'
        )
        for i, (name, geometry) in enumerate(rows, start=1):
            base.execute(f'INSERT INTO "{layer}" VALUES (?, ?, ?, 1.5)', (i, geometry, name))
    return path


def change(path, *statements):
    with closing(sqlite3.connect(path)) as base, base:
        for statement in statements:
            base.execute(statement)
    return path
