"""GeoPackage -> drawings: one layer of points or polygons, read without running what is inside.

The file is opened read-only and as it lies there. Only plain tables are read, no views, virtual
tables or computed columns, and SQLite stops after ``SECONDS``. Triggers, which QGIS layers have,
never run when rows are read.
"""

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import shapely
from shapely.geometry.base import BaseGeometry

from crosslook.errors import InputError
from crosslook.patches.drawings import Drawing, Reading
from crosslook.patches.label_crs import crs_by_name, crs_by_wkt
from crosslook.patches.label_values import class_name, scalars, short
from crosslook.patches.wkb import geopackage_outline

SECONDS = 30.0
BLOB_BYTES = 16 * 2**20
ALL_BYTES = 96 * 2**20  # of the values of a layer
ROWS = 200_000
STEPS = 10_000  # of SQLite between two looks at the clock
ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
PLAIN = re.compile(r"\s*CREATE\s+TABLE\b", re.IGNORECASE)


def read_geopackage(path: Path, reading: Reading) -> list[Drawing]:
    """The features of the layer that ``reading`` names, or of the only one.

    Raises:
        InputError: if it is damaged or no GeoPackage, the layer is missing or no plain table of
            points or polygons, or its CRS is unknown.
    """
    journal = path.with_name(path.name + "-wal")
    if journal.exists() and journal.stat().st_size:
        raise InputError(f"{path} is open elsewhere, see {journal.name}: close it there first.")
    try:
        with closing(_open(path)) as base:
            layer = _layer(path, base, reading.layer)
            column, srs = _geometry_column(path, base, layer)
            crs = _crs(path, base, srs, reading.crs)
            return list(_drawings(path, base, layer, column, crs, srs, reading))
    except sqlite3.Error as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path} is no readable GeoPackage ({reason}).") from None


def _open(path: Path) -> sqlite3.Connection:
    """A connection that can only read tables."""
    base = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1", uri=True)
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, BLOB_BYTES)
    base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    base.text_factory = lambda data: data.decode("utf-8", "replace")
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
        base.execute(f"PRAGMA {pragma}")
    until = time.monotonic() + SECONDS
    base.set_progress_handler(lambda: int(time.monotonic() > until), STEPS)
    base.set_authorizer(_authorise)
    return base


def _authorise(action: int, name: str | None, *_: str | None) -> int:
    listing = action == sqlite3.SQLITE_PRAGMA and name == "table_xinfo"
    return sqlite3.SQLITE_OK if listing or action in ALLOWED else sqlite3.SQLITE_DENY


def _layer(path: Path, base: sqlite3.Connection, wanted: str | None) -> str:
    rows = _rows(path, base, "gpkg_contents", ("table_name", "data_type"))
    layers = sorted(str(name) for name, kind in rows if kind == "features")
    there = ", ".join(layers)[:200] or "none"
    if wanted is None and len(layers) != 1:
        raise InputError(f"{path} has the layers {there}: pick one with --layer.")
    if wanted is not None and wanted not in layers:
        raise InputError(f"{path} has no layer {wanted!r}; it has {there}.")
    return wanted or layers[0]


def _geometry_column(path: Path, base: sqlite3.Connection, layer: str) -> tuple[str, int]:
    columns = ("table_name", "column_name", "srs_id")
    for name, column, srs in _rows(path, base, "gpkg_geometry_columns", columns):
        if name == layer and isinstance(column, str) and isinstance(srs, int):
            return column, srs
    raise InputError(f"{path}: layer {layer} has no geometry column: export it again.")


def _crs(path: Path, base: sqlite3.Connection, srs: int, given: str | None) -> str:
    own = crs_by_name("--labels-crs", given) if given is not None else None
    columns = ("srs_id", "organization", "organization_coordsys_id", "definition")
    for number, organization, code, text in _rows(path, base, "gpkg_spatial_ref_sys", columns):
        if number == srs and srs > 0:
            where = f"{path}: its CRS"
            by_code = str(organization).upper() == "EPSG"
            found = crs_by_name(where, f"EPSG:{code}") if by_code else crs_by_wkt(where, str(text))
            if own is not None and own != found:
                raise InputError(
                    f"{path} is in {found[:40]}, --labels-crs says {own}: leave it out."
                )
            return found
    if own is None:
        raise InputError(f"{path} has no CRS (srs_id {srs}): give it with --labels-crs.")
    return own


def _drawings(
    path: Path,
    base: sqlite3.Connection,
    layer: str,
    column: str,
    crs: str,
    srs: int,
    reading: Reading,
) -> Iterator[Drawing]:
    columns = _columns(path, base, layer)
    if column not in columns:
        raise InputError(f"{path}: layer {layer} has no column {column!r}: export it again.")
    left = ALL_BYTES
    for i, row in enumerate(_rows(path, base, layer, columns)):
        where = f"{path}: layer {layer}, row {i + 1}"
        values = dict(zip(columns, row, strict=True))
        blob = values.pop(column)
        if blob is None:
            raise InputError(f"{where} has no geometry: delete it, or draw it.")
        if not isinstance(blob, bytes):
            raise InputError(f"{where} has no geometry but {short(blob)}.")
        left -= sum(len(value) for value in row if isinstance(value, bytes | str))
        if left < 0:
            raise InputError(f"{path}: layer {layer} has over {ALL_BYTES} bytes: split it.")
        outline = _outline(where, blob, srs)
        name = class_name(values.get(reading.class_property), where)
        yield Drawing(f"{layer}.{i + 1}", name, outline, scalars(values), crs)


def _outline(where: str, blob: bytes, srs: int) -> BaseGeometry:
    try:
        own, outline = geopackage_outline(blob)
    except (ValueError, shapely.GEOSException) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{where} has no readable geometry: {reason}.") from None
    if outline is None:
        raise InputError(f"{where} has an empty geometry: delete it, or draw it.")
    if own != srs:
        raise InputError(f"{where} has srs_id {own}, its layer has {srs}: export it again.")
    return outline


def _columns(path: Path, base: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """The columns of a plain table."""
    schema = base.execute("SELECT type, name, sql FROM sqlite_master")
    plain = [
        kind == "table" and PLAIN.match(str(sql))
        for kind, name, sql in schema
        if str(name).lower() == table.lower() and kind in ("table", "view")
    ]
    if not plain:
        raise InputError(f"{path} is no GeoPackage: it has no table {short(table)}.")
    if not plain[0]:
        raise InputError(
            f"{path}: {short(table)} is no plain table but a view or a virtual table, which is not "
            "read: save it as a layer of its own."
        )
    columns = base.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall()
    if any(column[6] for column in columns):
        raise InputError(f"{path}: {short(table)} has computed columns: save it as a layer anew.")
    return tuple(str(column[1]) for column in columns)


def _rows(
    path: Path, base: sqlite3.Connection, table: str, columns: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    there = _columns(path, base, table)
    if lost := [column for column in columns if column not in there]:
        raise InputError(f"{path} is no GeoPackage: {table} has no column {lost[0]}.")
    names = ", ".join(_quoted(column) for column in columns)
    for i, row in enumerate(base.execute(f"SELECT {names} FROM {_quoted(table)}")):
        if i >= ROWS:
            raise InputError(f"{path}: {short(table)} has over {ROWS} rows.")
        yield row


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
