import json

import numpy as np
import pytest
import shapely
from rasterio import Affine

from crosslook.errors import InputError
from crosslook.patches.annotations import (
    coco_to_geojson,
    geojson_to_boxes,
    read_features,
    read_labelled_area,
    read_places,
    to_map,
    to_pixels,
)
from crosslook.patches.patch_set import Patch

SQUARE = shapely.box(3.0, 40.0, 3.01, 40.01)
PLACES = [
    ("EPSG:32631", Affine(10, 0, 500_000, 0, -10, 4_400_000)),
    ("EPSG:32633", Affine(10, 0, 120_000, 0, -10, 7_600_000)),  # 68 degrees north, zone's edge
    ("EPSG:3857", Affine(10, 0, -8_412_191, 0, -10, 1_170_508)),
    ("EPSG:32719", Affine(9.6, 2.8, 400_000, 2.8, -9.6, 6_000_000)),  # turned
]


def collection(path, *features, **more):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)} | more))
    return path


def feature(outline, **properties):
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": shapely.geometry.mapping(outline),
    }


def test_the_corner_of_the_first_pixel_is_0_0():
    crs, affine = PLACES[0]
    corner = shapely.Point(3.0, 39.7496)  # on the central meridian: x is 500 000 m

    assert to_pixels(corner.buffer(1e-9), crs, affine).centroid.x == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(("crs", "affine"), PLACES)
def test_a_box_comes_back_from_the_map_to_a_hundredth_of_a_pixel(crs, affine):
    for box in ((0.25, 3.5, 9.75, 20.0), (100.0, 40.0, 900.5, 1000.25)):
        there = to_map(shapely.box(*box), crs, affine)

        assert to_pixels(there, crs, affine).bounds == pytest.approx(box, abs=0.01)


def test_a_long_straight_edge_on_the_map_is_bent_in_pixels():
    crs, affine = PLACES[1]
    outline = to_pixels(shapely.box(9.0, 68.0, 9.4, 68.2), crs, affine)
    corners = to_pixels(shapely.MultiPoint([(9.0, 68.0), (9.4, 68.0)]), crs, affine)
    chord = shapely.LineString(corners.geoms)

    assert chord.hausdorff_distance(outline.boundary.intersection(chord.buffer(20))) > 5


def test_coco_and_geojson_are_inverse(tmp_path):
    crs, affine = PLACES[1]
    patch = Patch("a_r00010_c00020", "a", (20, 10, 192, 192), crs, tuple(affine)[:6])
    rows = [
        {"image_id": 1, "category_id": 2, "bbox": [3.25, 4.5, 60.0, 31.75], "iscrowd": 0},
        {"image_id": 1, "category_id": 1, "bbox": [100, 100, 92, 92], "iscrowd": 1, "score": 0.5},
    ]
    coco = {
        "annotations": rows,
        "categories": [{"id": 1, "name": "port"}, {"id": 2, "name": "ship"}],
    }

    made = json.loads(json.dumps(coco_to_geojson(coco, [patch])))
    back = geojson_to_boxes(made, [patch])

    assert [(name, kind) for name, kind, _ in back] == [(patch.name, "ship"), (patch.name, "port")]
    for row, (_, _, bbox) in zip(rows, back, strict=True):
        assert bbox == pytest.approx(row["bbox"], abs=0.01)
    assert made["features"][1]["properties"]["score"] == 0.5
    assert made["features"][1]["properties"]["ignore"] is True


def test_places_of_other_scenes_are_left_out(make_scene, polygons):
    scene = make_scene("a", boxes=[(10, 10, 20, 20)])
    other = make_scene("b", boxes=[(10, 10, 20, 20)])
    shared = json.loads(scene.labels.read_text())
    shared["features"] += json.loads(other.labels.read_text())["features"]
    scene.labels.write_text(json.dumps(shared))

    assert [place.id for place in read_places(scene)] == ["a/0"]


def test_a_place_is_in_the_pixels_of_its_scene(make_scene):
    scene = make_scene("a", boxes=[(10, 12.5, 20, 30)])

    (place,) = read_places(scene)

    assert place.name == "port"
    assert place.outline.bounds == pytest.approx((10, 12.5, 20, 30), abs=0.01)


def test_without_a_labelled_area_the_whole_scene_is_labelled(make_scene):
    assert read_labelled_area(make_scene("a", size=(40, 30))).bounds == (0, 0, 30, 40)
    part = read_labelled_area(make_scene("b", size=(40, 30), area=(5, 5, 50, 20)))
    assert part.bounds == pytest.approx((5, 5, 30, 20), abs=0.01)


def test_an_invalid_polygon_is_explained(tmp_path, make_scene):
    scene = make_scene("a", boxes=[(10, 10, 20, 20)])
    lon, lat = to_map(shapely.box(10, 10, 20, 20), scene.crs, scene.affine).centroid.coords[0]
    bow = shapely.Polygon(
        [(lon, lat), (lon + 1e-3, lat + 1e-3), (lon + 1e-3, lat), (lon, lat + 1e-3)]
    )
    collection(scene.labels, feature(bow, **{"class": "port"}))

    with pytest.raises(InputError, match="label 0 is not a valid polygon: Self-intersection"):
        read_places(scene)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ('{"type": "Feature"}', "is not a GeoJSON FeatureCollection"),
        (
            '{"type": "FeatureCollection", "features": [{"geometry": null}]}',
            "label 0 has no readable",
        ),
    ],
)
def test_what_is_no_geojson_is_refused(tmp_path, content, message):
    (tmp_path / "l.geojson").write_text(content)

    with pytest.raises(InputError, match=message):
        read_features(tmp_path / "l.geojson")


def test_a_point_is_no_label(tmp_path):
    path = collection(tmp_path / "l.geojson", feature(shapely.Point(3, 40)))

    with pytest.raises(InputError, match="label 0 is a Point; draw it as a polygon"):
        read_features(path)


def test_metres_are_not_taken_for_degrees(tmp_path):
    path = collection(tmp_path / "l.geojson", feature(shapely.box(500_000, 1, 500_100, 2)))

    with pytest.raises(InputError, match="lies at 500000, 1, which is no longitude and latitude"):
        read_features(path)


def test_another_declared_crs_is_refused(tmp_path):
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32631"}}
    path = collection(tmp_path / "l.geojson", feature(SQUARE), crs=crs)

    with pytest.raises(InputError, match="is in urn:ogc:def:crs:EPSG::32631"):
        read_features(path)


def test_points_on_the_box_edges_stay_on_them():
    crs, affine = PLACES[1]
    box = shapely.box(0, 0, 1000, 1000)

    back = to_pixels(to_map(box, crs, affine), crs, affine)

    assert back.area == pytest.approx(1e6, rel=1e-6)
    assert np.isfinite(shapely.get_coordinates(back)).all()
