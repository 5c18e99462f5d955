import pystac
import pytest
import shapely
from rasterio.transform import Affine

from crosslook.scenes.catalogue import read_catalogue, write_catalogue
from crosslook.scenes.footprints import bounding_box, outline


def around(longitude, latitude=10.0, degrees=1.0):
    """One degree of longitude from ``longitude`` on, half a degree of latitude, in EPSG:4326."""
    place = Affine(0.01, 0, longitude, 0, -0.01, latitude)
    return outline("EPSG:4326", place, (50, int(degrees * 100)))


@pytest.mark.parametrize("west", [179.75, -180.25])
def test_a_scene_across_180_degrees_is_cut_in_two_parts_that_meet_there(west):
    found = around(west)

    assert found["type"] == "MultiPolygon"
    here, there = (shapely.Polygon(part[0]) for part in found["coordinates"])
    assert here.bounds == (179.75, 9.5, 180, 10)
    assert there.bounds == (-180, 9.5, -179.25, 10)
    assert here.exterior.is_ccw and there.exterior.is_ccw
    assert bounding_box(found) == [179.75, 9.5, -179.25, 10]


def test_a_scene_beside_180_degrees_is_one_polygon():
    assert around(179.0)["type"] == "Polygon"
    assert bounding_box(around(179.0)) == [179, 9.5, 180, 10]
    assert bounding_box(around(180.5)) == [-179.5, 9.5, -178.5, 10]


@pytest.mark.parametrize(
    ("crs", "corner"),
    [
        ("EPSG:32660", (820_000, 1_000_000)),  # UTM 60 N, beyond its edge
        ("EPSG:32701", (170_000, 8_100_000)),  # UTM 1 S, before its edge
        ("EPSG:3857", (20_030_000, -1_900_000)),
        ("EPSG:3031", (-15_000, -500_000)),  # polar stereographic
    ],
)
def test_projected_scenes_across_it_keep_their_extent(crs, corner):
    found = outline(crs, Affine(10, 0, corner[0], 0, -10, corner[1]), (3000, 3000))

    assert found["type"] == "MultiPolygon"
    west, south, east, north = bounding_box(found)
    assert west > 0 > east
    assert 0 < east + 360 - west < 5 and 0 < north - south < 1
    assert all(shapely.Polygon(part[0]).is_valid for part in found["coordinates"])


def test_a_scene_around_a_pole_is_one_polygon_around_the_world():
    found = outline("EPSG:3413", Affine(10, 0, -15_000, 0, -10, 15_000), (3000, 3000))

    assert found["type"] == "Polygon"
    assert bounding_box(found)[::2] == [-180, 180]


def test_the_catalogue_of_such_a_scene_is_stac_and_comes_back(tmp_path, make_scene):
    scene = make_scene("fiji", crs="EPSG:32660", origin=(829_000, 1_000_000), size=(64, 256))

    write_catalogue(tmp_path / "data", [scene])

    (item,) = pystac.ItemCollection.from_file(str(tmp_path / "data/scenes.json"))
    assert item.geometry["type"] == "MultiPolygon"
    assert item.bbox[0] > 179 and item.bbox[2] < -179
    assert read_catalogue(tmp_path / "data") == [scene]
