import sqlite3
import struct

import pytest
import shapely
from label_files import blob, change, collection, feature, geopackage, header, pixels, read, write
from rasterio.crs import CRS

from crosslook.errors import InputError
from crosslook.patches import labels_geopackage

SQUARE = shapely.box(500_100, 4_399_500, 500_300, 4_399_800)  # pixels 10..30, 20..50


def refused(path, message, **reading):
    with pytest.raises(InputError, match=message) as error:
        read(path, **reading)
    assert "\n" not in str(error.value)


def test_a_layer_is_read_in_its_own_crs(tmp_path):
    path = geopackage(tmp_path / "ports.gpkg", [("port", blob(SQUARE))])

    (one,) = read(path)

    assert pixels(one).bounds == pytest.approx((10, 20, 30, 50), abs=0.01)
    assert (one.id, one.name) == ("ports.1", "port")
    assert one.properties == {"fid": 1, "class": "port", "depth": 1.5, "source": "ports.gpkg"}


def test_a_geopackage_is_known_by_its_content(tmp_path):
    path = geopackage(tmp_path / "ports.json", [("port", blob(SQUARE))])

    assert len(read(path)) == 1


def test_it_says_the_same_as_the_geojson_of_the_same_layer(tmp_path):
    hole = SQUARE.difference(shapely.box(500_150, 4_399_550, 500_200, 4_399_600))
    other = shapely.MultiPolygon([hole, shapely.box(501_000, 4_399_000, 501_100, 4_399_100)])
    gpkg = geopackage(tmp_path / "a.gpkg", [("port", blob(other))])
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32631"}}
    text = write(tmp_path / "a.geojson", collection(feature(other, **{"class": "port"}), crs=crs))

    assert read(gpkg)[0].outline.equals(read(text)[0].outline)


def test_a_crs_without_a_code_is_read_from_its_wkt(tmp_path):
    wkt = CRS.from_epsg(32631).to_wkt()
    path = geopackage(
        tmp_path / "a.gpkg", [("port", blob(SQUARE, 100_000))], 100_000, "NONE", 1, wkt
    )

    assert pixels(read(path)[0]).bounds == pytest.approx((10, 20, 30, 50), abs=0.01)


@pytest.mark.parametrize("definition", ["http://127.0.0.1/crs", "/etc/passwd", "PROJCS[", "x" * 99])
def test_a_crs_that_is_no_wkt_is_refused(tmp_path, definition):
    path = geopackage(tmp_path / "a.gpkg", [("port", blob(SQUARE, 9))], 9, "NONE", 1, definition)

    refused(path, "its CRS")


def test_an_undefined_crs_has_to_be_given(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", [("port", blob(SQUARE, -1))], -1, "NONE", -1)

    refused(path, r"has no CRS \(srs_id -1\): give it with --labels-crs")
    assert len(read(path, crs="EPSG:32631")) == 1


def test_of_several_layers_one_is_picked(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", [("port", blob(SQUARE))])
    change(path, "INSERT INTO gpkg_contents VALUES ('roads', 'features', 32631)")

    refused(path, "has the layers ports, roads: pick one with --layer")
    refused(path, "has no layer 'quays'; it has ports, roads", layer="quays")
    assert len(read(path, layer="ports")) == 1


def test_points_with_z_get_boxes_of_the_size_that_is_given(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", [("ship", blob(shapely.Point(500_500, 4_399_500, 7)))])

    (one,) = read(path, box_size_m=200)

    assert pixels(one).bounds == pytest.approx((40, 40, 60, 60), abs=0.02)


def test_both_byte_orders_are_read(tmp_path):
    big = header() + shapely.to_wkb(SQUARE, byte_order=0)
    path = geopackage(tmp_path / "a.gpkg", [("port", big)])

    assert pixels(read(path)[0]).bounds == pytest.approx((10, 20, 30, 50), abs=0.01)


def test_triggers_of_a_layer_do_not_run_and_do_not_matter(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", [("port", blob(SQUARE))])
    change(path, "CREATE TRIGGER t AFTER UPDATE ON ports BEGIN DELETE FROM ports; END")
    before = path.read_bytes()

    assert len(read(path)) == 1
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.gpkg"]


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["DROP TABLE ports", f"CREATE VIEW ports AS {ENDLESS}"], "'ports' is no plain table"),
        (
            ["DROP TABLE gpkg_contents", f"CREATE VIEW gpkg_contents AS {ENDLESS}"],
            "'gpkg_contents' is no plain table",
        ),
        (["DROP TABLE ports", "CREATE VIRTUAL TABLE ports USING fts5(geom)"], "is no plain table"),
        (["DROP TABLE gpkg_contents"], "has no table 'gpkg_contents'"),
        (["DROP TABLE ports"], "has no table 'ports'"),
        (["ALTER TABLE ports DROP COLUMN geom"], "layer ports has no column 'geom'"),
        (["DELETE FROM gpkg_geometry_columns"], "layer ports has no geometry column"),
        (["UPDATE ports SET geom = 'POINT (1 2)'"], "row 1 has no geometry but 'POINT"),
        (["UPDATE ports SET geom = NULL"], "row 1 has no geometry: delete it"),
        (
            ["ALTER TABLE ports ADD COLUMN x AS (hex(zeroblob(100000000)))"],
            "'ports' has computed columns",
        ),
    ],
)
def test_what_is_no_plain_layer_is_refused(tmp_path, statements, message):
    path = geopackage(tmp_path / "a.gpkg", [("port", blob(SQUARE))])

    refused(change(path, *statements), message)


@pytest.mark.parametrize(
    ("geometry", "message"),
    [
        (b"", "no GeoPackage header"),
        (b"\0" * 60, "no GeoPackage header"),
        (header(flags=0x21), "of an unknown kind"),
        (header(flags=0x0F), "of an unknown kind"),
        (header(flags=0x11), "an empty geometry"),
        (header(), "it breaks off: 5 more bytes expected, 0 there"),
        (header(4326) + shapely.to_wkb(SQUARE, byte_order=1), "srs_id 4326, its layer has 32631"),
        (header() + b"\x01" + struct.pack("<II", 3, 2**32 - 1), "it announces 4294967295 parts"),
        (header() + b"\x01" + struct.pack("<III", 3, 1, 2**31), "it announces 2147483648 parts"),
        (header() + b"\x01" + struct.pack("<III", 3, 1, 0), "a ring of 0 points, expected 4"),
        (header() + b"\x01" + struct.pack("<II", 6, 2**32 - 1), "it announces 4294967295 parts"),
        (header() + (b"\x01" + struct.pack("<II", 7, 1)) * 500_000, "WKB type 7, expected points"),
        (header() + (b"\x01" + struct.pack("<II", 6, 1)) * 500_000, "a member of WKB type 6"),
        (header() + b"\x01" + struct.pack("<I", 10), "WKB type 10, expected points or polygons"),
        (header() + b"\x09" + struct.pack("<I", 1), "byte order is 9"),
        (blob(SQUARE) + b"more", "4 bytes follow it"),
        (blob(SQUARE)[:-4], "it announces|breaks off"),
        (blob(shapely.LineString([(0, 0), (1, 1)])), "WKB type 2"),
    ],
)
def test_a_damaged_geometry_is_refused(tmp_path, geometry, message):
    refused(geopackage(tmp_path / "a.gpkg", [("port", geometry)]), message)


def test_coordinates_that_are_not_finite_are_refused(tmp_path):
    ring = [(0, 0), (float("nan"), 1), (1, 1), (0, 0)]
    bad = header() + b"\x01" + struct.pack("<III", 3, 1, 4) + struct.pack("<8d", *sum(ring, ()))

    refused(geopackage(tmp_path / "a.gpkg", [("port", bad)]), "row|label")


def test_what_is_no_database_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)

    refused(path, "is no readable GeoPackage")


def test_a_database_that_is_open_elsewhere_is_refused(tmp_path):
    path = geopackage(tmp_path / "a.gpkg", [("port", blob(SQUARE))])
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode = wal")
    writer.execute("DELETE FROM ports")
    writer.commit()

    refused(path, "is open elsewhere, see a.gpkg-wal: close it there first")
    writer.close()


def test_a_layer_of_too_many_rows_or_bytes_is_refused(tmp_path, monkeypatch):
    path = geopackage(tmp_path / "a.gpkg", [("port", blob(SQUARE))] * 3)

    monkeypatch.setattr(labels_geopackage, "ROWS", 2)
    refused(path, "'ports' has over 2 rows")
    monkeypatch.setattr(labels_geopackage, "ROWS", 3)
    monkeypatch.setattr(labels_geopackage, "ALL_BYTES", 200)
    refused(path, "layer ports has over 200 bytes")
