import json

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from rasterio import Affine
from shapely.geometry import shape

from crosslook.cli import main
from crosslook.patches.annotations import read_features, to_map, to_pixels

CRS = "EPSG:32631"
PLACE = Affine(10, 0, 500_000, 0, -10, 4_000_000)
BOX = [10, 20, 30, 40]


@pytest.fixture
def here(tmp_path, monkeypatch, geotiff):
    monkeypatch.chdir(tmp_path)
    geotiff(tmp_path / "quay.tif", np.zeros((1, 300, 400), np.uint8))
    coco = {
        "images": [{"id": 1, "file_name": "quay.png", "height": 300, "width": 400}],
        "categories": [{"id": 0, "name": "port"}],
        "annotations": [{"id": 4, "image_id": 1, "category_id": 0, "bbox": BOX, "iscrowd": 1}],
    }
    (tmp_path / "coco.json").write_text(json.dumps(coco))
    return tmp_path


def labels(*arguments):
    return CliRunner().invoke(main, ["labels", *map(str, arguments)])


def refused(result, message):
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1
    assert message in result.output


def test_coco_becomes_geojson_and_comes_back(here):
    there = labels("coco.json", "--scene", "quay.tif", "--output", "out/l.geojson")
    back = labels("out/l.geojson", "--scene", "quay.tif", "--output", "back.json")

    assert there.output == "out/l.geojson: 1 labels in WGS 84\n"
    assert back.output == "back.json: 1 labels in 1 images\n"
    (feature,) = json.loads((here / "out/l.geojson").read_text())["features"]
    x1, y1, x2, y2 = to_pixels(shape(feature["geometry"]), CRS, PLACE).bounds
    assert (x1, y1, x2 - x1, y2 - y1) == pytest.approx(BOX, abs=0.01)
    coco = json.loads((here / "back.json").read_text())
    assert coco["annotations"][0]["bbox"] == pytest.approx(BOX, abs=0.01)
    assert coco["annotations"][0]["iscrowd"] == 1
    assert coco["categories"] == [{"id": 1, "name": "port"}]
    assert coco["images"][0]["file_name"] == "quay.tif"
    assert coco["images"][0]["geo"]["crs"] == CRS


def test_what_it_writes_is_what_the_project_reads(here):
    labels("coco.json", "--scene", "quay.tif", "--output", "l.geojson")

    (feature,) = read_features(here / "l.geojson")

    assert (feature.name, feature.scene, feature.id) == ("port", "quay", "4")
    assert feature.properties["ignore"] is True


def test_points_get_boxes_and_a_class(here, polygons):
    centre = to_map(shapely.box(*BOX), CRS, PLACE).centroid
    polygons(here / "p.json", [centre], kind="ship")

    result = labels(
        *("p.json", "--scene", "quay.tif", "--output", "o.json"),
        *("--box-size-m", "100", "--class-property", "kind"),
    )

    assert result.exit_code == 0, result.output
    coco = json.loads((here / "o.json").read_text())
    assert coco["categories"] == [{"id": 1, "name": "ship"}]
    assert coco["annotations"][0]["bbox"] == pytest.approx([15, 25, 10, 10], abs=0.02)


def test_labels_elsewhere_are_counted(here, polygons):
    polygons(here / "p.json", [shapely.box(1, 1, 1.01, 1.01)])

    result = labels("p.json", "--scene", "quay.tif", "--output", "o.json", "--class-name", "port")

    assert result.output.splitlines() == [
        "o.json: 0 labels in 1 images",
        "1 labels lie in none of them and were left out",
    ]


def test_what_cannot_be_done_is_said_in_one_line(here):
    refused(labels("coco.json", "--output", "o.txt"), "end it in .geojson, or in .json for COCO")
    refused(labels("coco.json", "--output", "o.json"), "give the images with --scene")
    refused(labels("coco.json", "--output", "o.geojson"), "not among the scenes (none)")
    assert not (here / "o.json").exists()
