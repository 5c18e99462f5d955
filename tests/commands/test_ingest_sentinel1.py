import json

import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner

from crosslook.cli import main
from crosslook.scenes.catalogue import read_catalogue
from crosslook.scenes.composites import bands_read
from crosslook.scenes.raster import open_scene
from crosslook.scenes.stretches import SarComposite

SIZE = (160, 240)


def ingest(*arguments):
    result = CliRunner().invoke(main, ["ingest", *map(str, arguments)])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def refused(result, message):
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1
    assert message in result.output


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(here, grd_products):
    """Write a product whose backscatter is -10 dB in VV or HH, -17 dB in VH or HV."""

    def make(zipped=False, **settings):
        track = grd_products.Track(size=SIZE, **settings.pop("track", {}))
        product = grd_products.GrdProduct(track=track, **settings)
        numbers = {
            band: product.numbers_of(np.full(SIZE, 10.0 ** (level / 10)), band)
            for band, level in zip(product.polarisations, (-10, -17), strict=False)
        }
        product = grd_products.GrdProduct(track=track, numbers=numbers, **settings)
        return grd_products.write_product(here / "own", product, zipped)

    return make


@pytest.mark.parametrize("zipped", [False, True])
def test_a_product_goes_in_and_comes_out_as_backscatter(write, here, zipped):
    path = write(zipped)

    result = ingest("sar", path)

    (scene,) = read_catalogue(here / "data")
    assert result.output == (
        f"{scene.id}: unlabelled, {scene.size[0]} x {scene.size[1]} px, 0 labels\n"
    )
    assert scene.id == path.stem
    assert (scene.crs, scene.radiometry.unit) == ("EPSG:32632", "sigma0_db")
    assert scene.radiometry.bands == ("VV", "VH")
    assert scene.acquired == "2021-04-01T05:26:23.794457Z"
    assert scene.notes["thermal_noise"] == "removed"
    with open_scene(scene) as dataset:
        values, valid = scene.radiometry.to_physical(dataset.read())
        assert dataset.descriptions == ("VV", "VH")
    assert np.abs(values[0, valid] + 10).max() < 0.1
    assert np.abs(values[1, valid] + 17).max() < 0.2
    assert 0.97 < valid.sum() / (SIZE[0] * SIZE[1]) < 1.01


@pytest.mark.parametrize(
    ("code", "bands"), [("DH", ("HH", "HV")), ("SV", ("VV",)), ("SH", ("HH",))]
)
def test_every_polarisation_makes_a_composite(write, here, code, bands):
    assert ingest("sar", write(code=code)).exit_code == 0

    (scene,) = read_catalogue(here / "data")
    assert bands_read(scene.radiometry, SarComposite()) == bands


def test_calibration_and_linear_power_can_be_asked_for(write, here):
    ingest("sar", write(), "--calibration", "gamma0", "--unit", "linear")

    (scene,) = read_catalogue(here / "data")
    assert scene.radiometry.unit == "gamma0_power"
    with rasterio.open(scene.image) as file:
        assert file.dtypes == ("float32", "float32")


def test_labels_go_to_a_product(write, here, polygons):
    product = write(track={"latitude": 45.0, "longitude": 9.0})
    polygons(here / "l.geojson", [shapely.box(8.999, 44.999, 9.001, 45.001)], **{"class": "port"})

    result = ingest("sar", product, "--labels", "l.geojson")

    assert ", 1 labels\n" in result.output


def test_across_the_antimeridian_the_footprint_is_whole(write, here):
    ingest("sar", write(track={"latitude": -17.0, "longitude": 179.999}))

    (scene,) = read_catalogue(here / "data")
    (item,) = json.loads((here / "data/scenes.json").read_text())["features"]
    west, south, east, north = item["bbox"]
    assert scene.crs == "EPSG:32760"
    assert 179.9 < west < 180 and -180 < east < -179.9
    assert -17.1 < south < north < -16.9
    assert item["geometry"]["type"] == "MultiPolygon"


def test_a_missing_part_is_named_and_nothing_is_changed(write, here):
    path = write()
    (part,) = path.glob("annotation/calibration/noise-*-vh-*")
    part.unlink()

    refused(ingest("sar", path), "the noise of VH is missing")
    assert not (here / "data").exists()


def test_an_image_that_breaks_off_leaves_nothing(write, here):
    path = write()
    (part,) = path.glob("measurement/*-vh-*")
    part.write_bytes(part.read_bytes()[:40_000])

    result = ingest("sar", path)

    assert result.exit_code == 1
    assert "-vh-" in result.output
    assert not list((here / "data").rglob("*.*"))


def test_what_a_product_says_itself_is_not_asked(write):
    path = write()

    refused(ingest("sar", path, "--unit", "8bit"), "says itself what its numbers mean")
    refused(ingest("sar", path, "--bands", "VV,VH"), "says itself what its numbers mean")
    refused(ingest("optical", path), "is a Sentinel-1 product: crosslook ingest sar")


def test_a_geotiff_may_hold_another_calibration(here, geotiff):
    geotiff(here / "rtc.tif", np.full((2, 40, 40), 0.05, np.float32))

    ingest("sar", "rtc.tif", "--bands", "VV,VH", "--unit", "linear", "--calibration", "gamma0")

    (scene,) = read_catalogue(here / "data")
    assert scene.radiometry.unit == "gamma0_power"


def test_optical_scenes_have_no_calibration(here):
    for arguments in (["optical"], ["sar", "--unit", "8bit"]):
        refused(ingest(*arguments, "x.tif", "--calibration", "beta0"), "of backscatter")
