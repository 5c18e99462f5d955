import json

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio import Affine

from crosslook.errors import InputError
from crosslook.patches.annotations import Feature, to_map, to_pixels
from crosslook.patches.drawings import Reading
from crosslook.patches.images import Image, gather
from crosslook.patches.label_export import as_coco, as_geojson, with_class
from crosslook.patches.labels import read_labels

SIZE = (1200, 1500)
GRIDS = {
    "north up": ("EPSG:32631", Affine(10, 0, 500_000, 0, -10, 4_400_000)),
    "turned": ("EPSG:32719", Affine(9.6, 2.8, 400_000, 2.8, -9.6, 6_000_000)),
    "southern hemisphere": ("EPSG:32756", Affine(10, 0, 330_000, 0, -10, 6_260_000)),
    "antimeridian": ("EPSG:32760", Affine(10, 0, 813_000, 0, -10, 8_110_000)),
    "antimeridian from the east": ("EPSG:32701", Affine(10, 0, 180_000, 0, -10, 8_110_000)),
    "antimeridian, turned": ("EPSG:32660", Affine(8, 6, 700_000, 6, -8, 7_400_000)),
    "beyond the edge of its zone": ("EPSG:32633", Affine(10, 0, 60_000, 0, -10, 7_900_000)),
    "web Mercator": ("EPSG:3857", Affine(10, 0, -8_412_191, 0, -10, 1_170_508)),
    "degrees": ("EPSG:4326", Affine(1e-4, 0, 11.0, 0, -1e-4, 54.0)),
}


def image(grid, name="a"):
    crs, affine = GRIDS[grid]
    return Image(name, name, crs, tuple(affine)[:6], SIZE, f"{name}.tif")


def through(path, content, images):
    """What a reader makes of a file with this content."""
    path.write_text(json.dumps(content))
    return read_labels(path, images, Reading())


def there_and_back(folder, coco, images):
    features = through(folder / "coco.json", coco, images)
    again = through(folder / "labels.geojson", as_geojson(features), images)
    return as_coco(again, images)[0]


def coco_of(images, rows, names=("port",)):
    return {
        "images": [
            {"id": i, "file_name": one.file_name, "height": one.size[0], "width": one.size[1]}
            for i, one in enumerate(images.all, start=1)
        ],
        "categories": [{"id": i, "name": name} for i, name in enumerate(names, start=1)],
        "annotations": rows,
    }


def boxes():
    sides = st.tuples(st.floats(0, 1300), st.floats(0, 1000), st.floats(1, 200), st.floats(1, 200))
    return st.lists(sides.map(list), min_size=1, max_size=3)


@pytest.mark.parametrize("grid", GRIDS)
@settings(max_examples=15, deadline=None)
@given(boxes=boxes(), crowd=st.booleans())
def test_coco_comes_back_from_geojson_to_0_01_px(tmp_path_factory, grid, boxes, crowd):
    images = gather([image(grid)])
    rows = [
        {"id": i, "image_id": 1, "category_id": 1, "bbox": box, "iscrowd": int(crowd)}
        for i, box in enumerate(boxes, start=1)
    ]

    back = there_and_back(tmp_path_factory.mktemp("coco"), coco_of(images, rows), images)

    assert len(back["annotations"]) == len(rows)
    for row, found in zip(rows, back["annotations"], strict=True):
        assert found["bbox"] == pytest.approx(row["bbox"], abs=0.01)
        assert found["iscrowd"] == row["iscrowd"]
        assert (found["visible"], found["truncated"]) == (1.0, False)


@pytest.mark.parametrize("grid", GRIDS)
@settings(max_examples=15, deadline=None)
@given(
    centre=st.tuples(st.floats(250, 1250), st.floats(250, 950)),
    radii=st.lists(st.floats(20, 240), min_size=3, max_size=9),
    hole=st.booleans(),
)
def test_geojson_comes_back_from_coco_to_0_01_px(tmp_path_factory, grid, centre, radii, hole):
    images, folder = gather([image(grid)]), tmp_path_factory.mktemp("geojson")
    one = images.all[0]
    angles = 2 * np.pi * np.arange(len(radii)) / len(radii)
    star = np.stack([np.cos(angles), np.sin(angles)], 1) * np.array(radii)[:, None] + centre
    pixels = shapely.Polygon(star)
    if hole and pixels.contains(shapely.Point(centre).buffer(2)):
        pixels = pixels.difference(shapely.Point(centre).buffer(1.5))
    drawn = Feature("7", "port", None, to_map(pixels, one.crs, one.affine), {"class": "port"})

    coco, elsewhere = as_coco([drawn], images)
    (back,) = through(folder / "coco.json", coco, images)

    assert elsewhere == 0
    assert back.name == "port"
    assert back.properties["place"] == "7"
    again = to_pixels(back.outline, one.crs, one.affine)
    assert again.boundary.hausdorff_distance(pixels.boundary) < 0.01
    assert again.area == pytest.approx(pixels.area, rel=1e-4)


def test_what_crosses_the_antimeridian_is_in_two_parts_in_the_file():
    one = image("antimeridian")
    whole = to_map(shapely.box(0, 0, SIZE[1], SIZE[0]), one.crs, one.affine)

    west, east = sorted(part.bounds[0] for part in whole.geoms)

    assert west == pytest.approx(-180, abs=1e-9)
    assert east > 179.9
    assert whole.is_valid


def test_a_place_cut_by_the_border_has_the_bounds_of_its_clipped_polygon():
    one = image("north up")
    slanted = shapely.Polygon([(-100, 0), (0, -100), (100, 100), (50, 150)])
    drawn = Feature("0", "port", None, to_map(slanted, one.crs, one.affine), {"class": "port"})
    seen = slanted.intersection(shapely.box(0, 0, SIZE[1], SIZE[0]))

    (row,) = as_coco([drawn], gather([one]))[0]["annotations"]

    x, y, width, height = row["bbox"]
    assert (x, y, x + width, y + height) == pytest.approx(seen.bounds, abs=0.01)
    assert row["visible"] == pytest.approx(seen.area / slanted.area, abs=1e-4)
    assert (row["truncated"], row["iscrowd"]) == (True, 0)


@pytest.mark.parametrize(("left", "ignored"), [(-69, 0), (-71, 1)])
def test_below_thirty_percent_a_place_is_to_be_ignored(left, ignored):
    one = image("north up")
    outline = to_map(shapely.box(left, 10, left + 100, 60), one.crs, one.affine)

    coco, _ = as_coco([Feature("0", "port", None, outline)], gather([one]))

    assert coco["annotations"][0]["iscrowd"] == ignored


def test_shares_of_a_place_that_was_cut_before_are_multiplied():
    one = image("north up")
    outline = to_map(shapely.box(-50, 10, 50, 60), one.crs, one.affine)
    before = Feature("0", "port", None, outline, {"visible": 0.5, "truncated": True})

    (row,) = as_coco([before], gather([one]))[0]["annotations"]

    assert row["visible"] == pytest.approx(0.25, abs=1e-4)
    assert row["iscrowd"] == 1


def test_a_label_goes_to_its_patch_alone_or_to_every_image_around_it():
    shift = Affine.translation(100, 0)
    first = image("north up")
    second = Image("b", "b", first.crs, tuple(first.affine @ shift)[:6], SIZE, "b.tif")
    images = gather([first, second])
    outline = to_map(shapely.box(200, 10, 300, 60), first.crs, first.affine)
    plain, named = (
        Feature("0", "x", None, outline),
        Feature("1", "x", None, outline, {"patch": "b"}),
    )

    rows = as_coco([plain, named], images)[0]["annotations"]

    assert [(row["place"], row["image_id"]) for row in rows] == [("0", 1), ("0", 2), ("1", 2)]


def test_images_without_labels_stay_and_labels_elsewhere_are_counted():
    one = image("north up")
    outline = to_map(shapely.box(5000, 10, 5100, 60), one.crs, one.affine)

    coco, elsewhere = as_coco([Feature("0", "port", None, outline)], gather([one]))

    assert (len(coco["images"]), coco["annotations"], elsewhere) == (1, [], 1)
    assert coco["categories"] == [{"id": 1, "name": "port"}]


def test_a_label_without_a_class_needs_one():
    drawn = Feature("3", None, None, shapely.box(3, 39.7, 3.001, 39.701))

    assert with_class([drawn], "port")[0].properties == {"class": "port"}
    with pytest.raises(InputError, match="label 3 has no class: give --class-name"):
        as_coco([drawn], gather([image("north up")]))
