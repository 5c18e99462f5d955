import csv
import json

import numpy as np
import pytest
import rasterio
import torch

from crosslook.classifier.checkpoint import Card
from crosslook.classifier.classifying import Stored, classify_image
from crosslook.classifier.exporting import as_csv, as_geojson, mean_shares, write_map
from crosslook.classifier.network import LandCoverNetwork
from crosslook.errors import InputError, RadiometryError

CLASSES = ("forest", "water")


class Brightness(LandCoverNetwork):
    """Answers water where the first band is below its mean."""

    def embed(self, sensor, pixels):
        return pixels[:, :1].mean(dim=(2, 3))

    def classify(self, embeddings):
        return torch.cat([embeddings, -embeddings], dim=1)


@pytest.fixture
def model(tiny):
    radiometry = {
        "s1": {
            "bands": ["VV", "VH"],
            "clip": [[-25.0, 0.0]] * 2,
            "mean": [-12.0, -18.0],
            "std": [4.0, 4.0],
            "scale": 1.0,
            "offset": 0.0,
        },
        "s2": {
            "bands": ["B02", "B03", "B04"],
            "clip": [None] * 3,
            "mean": [0.1] * 3,
            "std": [0.05] * 3,
            "scale": 1e-4,
            "offset": 0.0,
        },
    }
    card = Card("c", radiometry, CLASSES, tiny, 8, 1, 1, 0)
    return Brightness(card.bands, 2, tiny), card


@pytest.fixture
def scene(tmp_path, geotiff):
    """16 x 24 px of VV and VH in dB: land in the west, water in the east."""

    def write(pixels=None, name="scene.tif", **profile):
        if pixels is None:
            pixels = np.full((2, 16, 24), -8.0, np.float32)
            pixels[:, :, 16:] = -20.0
        geotiff(tmp_path / name, pixels, **profile)
        return tmp_path / name

    return write


def test_windows_are_classified_where_they_lie(model, scene):
    found = classify_image(scene(), *model, "s1")

    assert found.windows[:3] == ((0, 0, 8, 8), (8, 0, 8, 8), (16, 0, 8, 8))
    assert [CLASSES[i] for i in found.shares.argmax(axis=1)] == ["forest", "forest", "water"] * 2
    # (-8 + 12) / 4 = 1: the logits are 1 and -1
    assert found.shares[0, 0] == pytest.approx(1 / (1 + np.exp(-2.0)), abs=1e-6)


def test_values_are_clipped_as_in_the_training(model, scene):
    pixels = np.full((2, 8, 8), -40.0, np.float32)
    pixels[:, :4] = -10.0

    found = classify_image(scene(pixels), *model, "s1")

    mean = ((-25 + 12) / 4 + (-10 + 12) / 4) / 2
    assert found.shares[0, 0] == pytest.approx(1 / (1 + np.exp(-2 * mean)), abs=1e-5)


def test_scale_and_offset_are_those_of_the_training_unless_told_otherwise(model, scene):
    path = scene(np.full((3, 8, 8), 2500, np.uint16))

    usual = classify_image(path, *model, "s2").shares[0, 0]
    newer = classify_image(path, *model, "s2", stored=Stored(offset=-0.1)).shares[0, 0]

    assert usual == pytest.approx(1 / (1 + np.exp(-2 * 3.0)), abs=1e-6)
    assert newer == pytest.approx(1 / (1 + np.exp(-2 * 1.0)), abs=1e-6)


def test_a_scale_that_stands_in_the_file_holds_before_that_of_the_training(model, scene):
    path = scene(np.full((2, 8, 8), -800, np.int16))
    with rasterio.open(path, "r+") as file:
        file.scales = (0.01, 0.01)

    said = classify_image(path, *model, "s1").shares[0, 0]
    told = classify_image(path, *model, "s1", stored=Stored(scale=0.005)).shares[0, 0]

    assert said == pytest.approx(1 / (1 + np.exp(-2 * 1.0)), abs=1e-5)  # (-8 + 12) / 4
    assert told == pytest.approx(1 / (1 + np.exp(-2 * 2.0)), abs=1e-5)  # (-4 + 12) / 4


def test_bands_are_found_by_name(model, scene):
    pixels = np.stack([np.full((8, 8), -24.0), np.full((8, 8), -8.0)]).astype(np.float32)
    path = scene(pixels)
    with rasterio.open(path, "r+") as file:
        file.descriptions = ("VH", "VV")

    assert classify_image(path, *model, "s1").shares[0].argmax() == 0
    with pytest.raises(InputError, match="no band 'B02'; it has VH, VV"):
        classify_image(path, *model, "s2")


def test_unnamed_bands_of_another_number_are_refused(model, scene):
    with pytest.raises(InputError, match="3 bands without names; the model takes 2: VV, VH"):
        classify_image(scene(np.ones((3, 8, 8), np.float32)), *model, "s1")


def test_windows_without_data_are_left_out_and_single_pixels_are_the_mean(model, scene):
    pixels = np.full((2, 16, 24), -8.0, np.float32)
    pixels[:, :8, :8] = np.nan
    pixels[:, :4, 8:16] = np.nan

    found = classify_image(scene(pixels), *model, "s1")

    assert found.left_out == 1
    assert found.windows[0] == (8, 0, 8, 8)
    assert found.valid[0] == 0.5
    assert found.shares[0, 0] == pytest.approx(1 / (1 + np.exp(-1.0)), abs=1e-6)


def test_an_image_without_any_data_is_an_error(model, scene):
    with pytest.raises(InputError, match="no window of 8 px has half"):
        classify_image(scene(np.full((2, 8, 8), np.nan, np.float32)), *model, "s1")


def test_numbers_of_another_unit_are_refused(model, scene):
    linear = np.full((2, 8, 8), 0.05, np.float32)
    with pytest.raises(InputError, match="100 % of the values lie outside of what s1"):
        classify_image(scene(linear), *model, "s1")

    with pytest.raises(InputError, match="deviations from the mean"):
        classify_image(
            scene(np.full((3, 8, 8), 2500, np.uint16)), *model, "s2", stored=Stored(scale=1.0)
        )


def test_a_small_image_and_an_unknown_sensor_are_errors(model, scene):
    with pytest.raises(InputError, match="4 x 8 px; the model was trained on patches of 8 x 8"):
        classify_image(scene(np.ones((2, 4, 8), np.float32)), *model, "s1")
    with pytest.raises(RadiometryError, match="is of sensor 's3'; the model knows s1, s2"):
        classify_image(scene(), *model, "s3")


def test_a_csv_has_a_line_per_window(model, scene):
    found = classify_image(scene(), *model, "s1")

    rows = list(csv.DictReader(as_csv([found], CLASSES).splitlines()))

    assert len(rows) == 6
    assert (rows[2]["image"], rows[2]["x"], rows[2]["class"]) == ("scene", "16", "water")
    assert float(rows[2]["forest"]) + float(rows[2]["water"]) == pytest.approx(1, abs=1e-5)


def test_geojson_has_the_windows_in_wgs_84(model, scene):
    found = classify_image(scene(), *model, "s1")

    collection = json.loads(json.dumps(as_geojson([found], CLASSES)))

    assert [one["properties"]["class"] for one in collection["features"][:3]] == [
        "forest",
        "forest",
        "water",
    ]
    longitude, latitude = collection["features"][0]["geometry"]["coordinates"][0][0]
    assert 2 < longitude < 4
    assert 36 < latitude < 37


def test_an_image_without_a_crs_has_a_csv_only(model, scene, tmp_path):
    found = classify_image(scene(crs=None), *model, "s1")

    assert as_csv([found], CLASSES).startswith("image,x,y")
    with pytest.raises(InputError, match="scene has no CRS"):
        as_geojson([found], CLASSES)
    with pytest.raises(InputError, match="scene has no CRS"):
        write_map(tmp_path / "map.tif", found, CLASSES, 8, {})


def test_cells_have_the_mean_of_the_windows_that_show_their_centre(model, scene):
    found = classify_image(scene(), *model, "s1", stride_px=4)

    shares = mean_shares(found, 4)

    assert shares.shape == (2, 4, 6)
    np.testing.assert_allclose(shares.sum(axis=0), 1, atol=1e-6)
    assert shares[0, 0, 0] == pytest.approx(found.shares[0, 0])
    # Windows at columns 8, 12 and 16 show no, half and only water; the fourth cell is in the
    # windows of columns 8 and 12.
    first, second = found.shares[2, 0], found.shares[3, 0]
    assert shares[0, 0, 3] == pytest.approx((first + second) / 2, abs=1e-6)


def test_the_last_cell_may_be_cut_off_by_the_border(model, scene):
    pixels = np.full((2, 8, 10), -8.0, np.float32)

    assert (mean_shares(classify_image(scene(pixels), *model, "s1"), 8)[0] > 0.5).tolist() == [
        [True, True]
    ]


def test_the_map_is_a_cloud_optimised_geotiff_with_its_classes(model, scene, tmp_path):
    pixels = np.full((2, 16, 24), -8.0, np.float32)
    pixels[:, :, 16:] = -20.0
    pixels[:, :8, :8] = np.nan
    found = classify_image(scene(pixels), *model, "s1")

    write_map(tmp_path / "map.tif", found, CLASSES, 8, {"CROSSLOOK_SENSOR": "s1"})

    with rasterio.open(tmp_path / "map.tif") as file:
        assert file.read(1).tolist() == [[0, 1, 2], [1, 1, 2]]
        assert file.read(2)[1, 0] == 88
        assert file.transform.a == 80
        assert (file.transform.c, file.transform.f) == (500_000, 4_000_000)
        assert file.nodata == 0
        tags = file.tags()
        assert (tags["CROSSLOOK_CLASS_2"], tags["CROSSLOOK_SENSOR"]) == ("water", "s1")
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
