import errno
import json
import os

import numpy as np
import pytest
import rasterio
import shapely
from click.testing import CliRunner
from sentinel2_products import Kind, reflectances, write_product, write_zip

from crosslook.cli import main
from crosslook.patches.annotations import read_labelled_area, read_places, to_map
from crosslook.scenes.catalogue import read_catalogue
from crosslook.scenes.cloud_raster import read_cloud_map

CRS = "EPSG:32631"
OPTICAL = ["--bands", "B04,B03,B02", "--unit", "reflectance-x10000"]
SAR = ["--bands", "VV,VH", "--unit", "db"]
RNG = np.random.default_rng(0)
REFLECTANCES = RNG.integers(100, 3000, (3, 40, 300)).astype(np.uint16)
BACKSCATTER = RNG.uniform(-25, -5, (2, 40, 300)).astype(np.float32)


def ingest(*arguments):
    result = CliRunner().invoke(main, ["ingest", *map(str, arguments)])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def on_map(*box, origin=(500_000, 4_000_000)):
    affine = rasterio.Affine(10, 0, origin[0], 0, -10, origin[1])
    return to_map(shapely.box(*box), CRS, affine)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(result, message):
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1
    assert message in result.output


def test_an_optical_scene_is_copied_and_listed(here, geotiff):
    geotiff(here / "own/harbour.tif", REFLECTANCES)

    result = ingest("optical", "own/harbour.tif", *OPTICAL)

    assert result.output == "harbour: unlabelled, 40 x 300 px, 0 labels\n"
    (scene,) = read_catalogue(here / "data")
    assert (scene.sensor, scene.split, scene.crs) == ("optical", "unlabelled", CRS)
    assert (scene.radiometry.unit, scene.radiometry.scale) == ("reflectance", 1e-4)
    assert scene.notes == {"source": "harbour.tif"}
    with rasterio.open(scene.image) as copy:
        assert np.array_equal(copy.read(), REFLECTANCES)
        assert copy.descriptions == ("B04", "B03", "B02")
        assert copy.profile["tiled"] and copy.profile["compress"] == "deflate"
        assert copy.transform == rasterio.Affine(10, 0, 500_000, 0, -10, 4_000_000)


def test_scenes_get_a_domain_and_judge_translations_without_labels(here, geotiff):
    geotiff(here / "a.tif", REFLECTANCES)
    geotiff(here / "b.tif", REFLECTANCES)

    ingest("optical", "a.tif", *OPTICAL, "--domain", "winter")
    ingest("optical", "b.tif", *OPTICAL, "--domain", "winter", "--split", "dev")

    a, b = read_catalogue(here / "data")
    assert (a.domain, a.split, b.domain, b.split) == ("winter", "unlabelled", "winter", "dev")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--domain", "a/b"], "domain 'a/b' must be a letter, then"),
        (["--domain", "snow", "--split", "test"], "--split test judges detectors"),
        (["--domain", "snow", "--labels", "x.json"], "leave out --labels and --areas"),
    ],
)
def test_a_domain_that_cannot_be_is_refused(here, geotiff, options, message):
    geotiff(here / "a.tif", REFLECTANCES)

    refused(ingest("optical", "a.tif", *OPTICAL, *options), message)


def test_a_geotiff_of_true_colour_tells_bright_from_dark_and_no_cloud(here, geotiff):
    pixels = REFLECTANCES.copy() // 4
    pixels[:, :, :150] = 5000
    geotiff(here / "harbour.tif", pixels)

    ingest("optical", "harbour.tif", *OPTICAL)

    (scene,) = read_catalogue(here / "data")
    assert scene.clouds.resolve() == here / "data/clouds/harbour.tif"
    shares = read_cloud_map(scene).shares((0, 0, 300, 40))
    assert shares == {"cloud": None, "shadow": None, "snow": None, "bright": 0.5}


@pytest.fixture
def product(here):
    """A Sentinel-2 product with snow in its upper left quarter."""
    seen = reflectances(48)
    for name, value in {"B08": 0.3, "B10": 0.002, "B11": 0.15}.items():
        seen[name][:] = value
    for name in ("B02", "B03", "B04", "B08"):
        seen[name][:24, :24] = 0.8
    seen["B11"][:24, :24] = 0.1
    seen["B04"][40:, :] = np.nan
    return write_product(here / "own", seen, Kind(size=48)), seen


def test_a_sentinel_2_product_goes_in_with_its_meaning_and_its_clouds(here, product):
    safe, seen = product

    result = ingest("optical", safe)

    assert result.output == f"{safe.stem}: unlabelled, 48 x 48 px, 0 labels\n"
    (scene,) = read_catalogue(here / "data")
    assert (scene.id, scene.crs, scene.acquired[:10]) == (safe.stem, "EPSG:32751", "2023-08-04")
    with rasterio.open(scene.image) as copy:
        values, valid = scene.radiometry.to_physical(copy.read())
    assert np.abs(values[0] - seen["B04"])[valid].max() < 0.51e-4
    assert (valid == ~np.isnan(seen["B04"])).all()
    shares = read_cloud_map(scene).shares((0, 0, 48, 40))
    assert (shares["snow"], shares["cloud"], shares["bright"]) == (0.3, 0, None)
    assert scene.notes["product"] == safe.stem
    assert scene.notes["offsets"] == {"B04": -1000, "B03": -1000, "B02": -1000}


def test_a_zip_is_the_same_scene_and_its_true_colour_can_be_taken(here, product):
    path = write_zip(product[0])

    assert ingest("optical", path, "--unit", "8bit").exit_code == 0

    (scene,) = read_catalogue(here / "data")
    assert (scene.id, scene.radiometry.unit) == (path.stem, "grey8")
    assert read_cloud_map(scene).shares((0, 0, 48, 40))["snow"] == 0.3


def test_a_damaged_part_of_a_product_is_named_and_nothing_is_taken(here, product):
    safe, _ = product
    image = next(safe.rglob("*_B11.jp2"))  # needed for the clouds alone
    image.write_bytes(b"nothing")

    refused(ingest("optical", safe), "_B11.jp2 is no JPEG 2000")
    assert not [path for path in (here / "data").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--unit", "reflectance"], "says itself what its numbers mean"),
        (["--bands", "B04,B03,B10", "--nodata", "0"], "says itself"),
        (["--bands", "B04,B03,B99"], "L1C products have no band B99"),
        (["--bands", "B04=4,B03=3,B02=2"], "knows its bands by name"),
    ],
)
def test_options_that_contradict_a_product_are_refused(here, product, options, message):
    refused(ingest("optical", product[0], *options), message)


def test_an_extra_that_is_not_installed_is_said_before_anything_is_read(here, product, monkeypatch):
    monkeypatch.setattr("crosslook.scenes.cloud_probability.find_spec", lambda name: None)

    refused(ingest("optical", product[0], "--clouds", "s2cloudless"), "pip install 'crosslook[cl")


def test_a_geotiff_needs_bands_and_unit(here, geotiff):
    geotiff(here / "a.tif", REFLECTANCES)

    refused(ingest("optical", "a.tif"), "is a GeoTIFF: say with --bands and --unit")


def test_bands_can_be_picked_by_number(here, geotiff):
    geotiff(here / "s2.tif", np.concatenate([REFLECTANCES, REFLECTANCES[:1] + 9]))

    ingest("optical", "s2.tif", "--bands", "B04=4,B03=1,B02=2", "--unit", "reflectance-x10000")

    (scene,) = read_catalogue(here / "data")
    with rasterio.open(scene.image) as copy:
        assert np.array_equal(copy.read(1), REFLECTANCES[0] + 9)
        assert np.array_equal(copy.read(2), REFLECTANCES[0])


def test_labels_go_to_the_scene_that_they_name_or_else_lie_in(here, geotiff, polygons):
    geotiff(here / "a.tif", REFLECTANCES)
    geotiff(here / "b.tif", REFLECTANCES, origin=(520_000, 4_000_000))
    polygons(here / "a.geojson", [on_map(5, 5, 20, 20)], scene="a", **{"class": "port"})
    polygons(here / "b.geojson", [on_map(2005, 5, 2020, 20)], **{"class": "port"})
    polygons(here / "c.geojson", [on_map(5, 5, 9, 9)], scene="c", **{"class": "port"})
    files = [json.loads((here / f"{n}.geojson").read_text())["features"] for n in "abc"]
    merged = {"type": "FeatureCollection", "features": [f for own in files for f in own]}
    (here / "all.geojson").write_text(json.dumps(merged))

    result = ingest(
        "optical", "a.tif", "b.tif", *OPTICAL, "--labels", "all.geojson", "--id-prefix", "opt_"
    )

    for name in ("opt_a", "opt_b"):
        assert f"{name}: train, 40 x 300 px, 1 labels\n" in result.output
    assert "1 labels lie in other scenes and were left out" in result.output
    for scene in read_catalogue(here / "data"):
        (place,) = read_places(scene)
        assert place.outline.bounds == pytest.approx((5, 5, 20, 20), abs=0.01)


def test_labelled_areas_and_a_class_name_come_along(here, geotiff, polygons):
    geotiff(here / "s.tif", BACKSCATTER)
    polygons(here / "l.geojson", [on_map(5, 5, 20, 20)])
    polygons(here / "area.geojson", [on_map(0, 0, 100, 40)])

    ingest(
        "sar",
        "s.tif",
        *SAR,
        "--labels",
        "l.geojson",
        "--areas",
        "area.geojson",
        "--split",
        "dev",
        "--class-name",
        "vessel",
    )

    (scene,) = read_catalogue(here / "data")
    assert [place.name for place in read_places(scene)] == ["vessel"]
    assert read_labelled_area(scene).bounds == pytest.approx((0, 0, 100, 40), abs=0.01)


def test_scenes_add_up(here, geotiff):
    geotiff(here / "a.tif", REFLECTANCES)
    geotiff(here / "b.tif", BACKSCATTER)

    ingest("optical", "a.tif", *OPTICAL)
    ingest("sar", "b.tif", *SAR)

    assert [scene.id for scene in read_catalogue(here / "data")] == ["a", "b"]


def test_a_declared_scale_is_taken_over(here, geotiff):
    geotiff(here / "a.tif", REFLECTANCES)
    with rasterio.open(here / "a.tif", "r+") as file:
        file.scales, file.offsets = [1e-4] * 3, [-0.1] * 3

    ingest("optical", "a.tif", "--bands", "B04,B03,B02", "--unit", "reflectance")

    (scene,) = read_catalogue(here / "data")
    assert (scene.radiometry.scale, scene.radiometry.offset) == (1e-4, -0.1)


@pytest.mark.parametrize(
    ("sensor", "pixels", "bands", "unit", "message"),
    [
        ("sar", np.full((2, 40, 40), 90, np.float32), "VV,VH", "db", "100% of its backscatter"),
        ("sar", np.full((2, 40, 40), 0.1, np.float32), "VV,VH", "db", "is it linear power?"),
        ("sar", np.full((2, 40, 40), -9, np.float32), "VV,VH", "linear", "is it in dB?"),
        (
            "optical",
            np.full((3, 40, 40), 0.2, np.float32),
            "B04,B03,B02",
            "reflectance-x10000",
            "holds float32 up to 0.2, so it is not x 10000: use --unit reflectance.",
        ),
        (
            "optical",
            REFLECTANCES,
            "B04,B03,B02",
            "reflectance",
            "holds uint16 without a scale, so it is no reflectance 0..1",
        ),
        (
            "optical",
            REFLECTANCES,
            "B04,B03,B02",
            "8bit",
            "uint16, but --unit 8bit means uint8",
        ),
        (
            "sar",
            np.full((2, 40, 40), 90, np.uint8),
            "VV,VH",
            "db",
            "holds uint8, but --unit is db: use --unit 8bit.",
        ),
        ("sar", BACKSCATTER, "VV", "db", "has 2 bands, --bands names 1: name all of them in the"),
        ("sar", BACKSCATTER, "VV=3", "db", "has 2 bands, --bands asks for number 3"),
        ("sar", BACKSCATTER, "VV,HH", "db", "a SAR composite needs VV and VH"),
        ("sar", np.full((2, 40, 40), np.nan, np.float32), "VV,VH", "db", "nothing but NaN"),
    ],
)
def test_contradictions_are_refused(here, geotiff, sensor, pixels, bands, unit, message):
    geotiff(here / "a.tif", pixels)

    result = ingest(sensor, "a.tif", "--bands", bands, "--unit", unit)

    refused(result, message)
    assert not (here / "data").exists()


def test_a_scene_of_no_data_alone_is_refused(here, geotiff):
    geotiff(here / "a.tif", np.zeros((3, 40, 40), np.uint16), nodata=0)

    refused(ingest("optical", "a.tif", *OPTICAL), "holds nothing but no-data (0.0)")


def test_a_raster_without_crs_is_refused(here, geotiff):
    geotiff(here / "a.tif", REFLECTANCES, crs=None)

    refused(ingest("optical", "a.tif", *OPTICAL), "a.tif has no CRS: warp it to a map projection")


def test_a_truncated_raster_is_refused(here, geotiff):
    geotiff(here / "a.tif", REFLECTANCES)
    (here / "a.tif").write_bytes((here / "a.tif").read_bytes()[:-50])

    refused(ingest("optical", "a.tif", *OPTICAL), "a.tif breaks off: a block ends at byte")


def test_only_geotiff_is_opened(here):
    (here / "a.vrt").write_text("<VRTDataset rasterXSize='1' rasterYSize='1'></VRTDataset>")

    refused(ingest("optical", "a.vrt", *OPTICAL), "a.vrt is not a readable GeoTIFF")


def test_an_optical_scene_is_not_in_db(here, geotiff):
    geotiff(here / "a.tif", REFLECTANCES)

    refused(
        ingest("optical", "a.tif", "--bands", "B04,B03,B02", "--unit", "db"),
        "--unit db is none of optical scenes: reflectance-x10000, reflectance, 8bit.",
    )


def test_bands_are_numbered_all_or_not_at_all(here, geotiff):
    geotiff(here / "a.tif", REFLECTANCES)

    refused(
        ingest("optical", "a.tif", "--bands", "B04=1,B03,B02", "--unit", "8bit"),
        "number every band or none",
    )


def test_a_label_outside_the_scene_that_it_names_is_refused(here, geotiff, polygons):
    geotiff(here / "a.tif", REFLECTANCES)
    polygons(here / "l.geojson", [on_map(900, 5, 920, 20)], scene="a", **{"class": "port"})

    refused(
        ingest("optical", "a.tif", *OPTICAL, "--labels", "l.geojson"),
        "label 0 names scene 'a' but lies outside it",
    )


def test_labels_that_lie_in_no_scene_are_refused(here, geotiff, polygons):
    geotiff(here / "a.tif", REFLECTANCES)
    polygons(here / "l.geojson", [on_map(900, 5, 920, 20)], **{"class": "port"})

    refused(
        ingest("optical", "a.tif", *OPTICAL, "--labels", "l.geojson"),
        "no label of l.geojson lies in a: ingest that scene without --labels",
    )


def test_an_invalid_polygon_is_refused(here, geotiff, polygons):
    geotiff(here / "a.tif", REFLECTANCES)
    x, y = on_map(10, 10, 20, 20).centroid.coords[0]
    bow = shapely.Polygon([(x, y), (x + 1e-4, y + 1e-4), (x + 1e-4, y), (x, y + 1e-4)])
    polygons(here / "l.geojson", [bow], **{"class": "port"})

    refused(
        ingest("optical", "a.tif", *OPTICAL, "--labels", "l.geojson"),
        "label 0 is not a valid polygon: Self-intersection",
    )


def test_a_label_without_a_class_is_refused(here, geotiff, polygons):
    geotiff(here / "a.tif", REFLECTANCES)
    polygons(here / "l.geojson", [on_map(5, 5, 20, 20)])

    refused(
        ingest("optical", "a.tif", *OPTICAL, "--labels", "l.geojson"),
        "label 0 has no property 'class': give --class-name",
    )


def test_judged_splits_need_labels(here, geotiff):
    geotiff(here / "a.tif", BACKSCATTER)

    refused(ingest("sar", "a.tif", *SAR, "--split", "test"), "give its labels with --labels")


def test_a_scene_is_not_ingested_twice(here, geotiff):
    geotiff(here / "a.tif", BACKSCATTER)
    ingest("sar", "a.tif", *SAR)

    refused(ingest("sar", "a.tif", *SAR), "scene 'a' is already in data/scenes.json")


def test_one_bad_file_leaves_everything_as_it_was(here, geotiff):
    geotiff(here / "a.tif", BACKSCATTER)
    ingest("sar", "a.tif", *SAR)
    before = {p: p.read_bytes() for p in (here / "data").rglob("*") if p.is_file()}
    geotiff(here / "b.tif", BACKSCATTER)
    (here / "c.tif").write_bytes((here / "b.tif").read_bytes()[:-50])

    refused(ingest("sar", "b.tif", "c.tif", *SAR), "c.tif breaks off")

    assert before == {p: p.read_bytes() for p in (here / "data").rglob("*") if p.is_file()}


def test_a_full_disk_leaves_everything_as_it_was(here, geotiff, monkeypatch):
    geotiff(here / "a.tif", BACKSCATTER)
    ingest("sar", "a.tif", *SAR)
    before = {p: p.read_bytes() for p in (here / "data").rglob("*") if p.is_file()}
    geotiff(here / "b.tif", BACKSCATTER)
    flush = os.fsync
    calls = []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:  # the image and its folder are done; now scenes.json
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", full)

    refused(ingest("sar", "b.tif", *SAR), "data/scenes.json: the disk is full")
    assert before == {p: p.read_bytes() for p in (here / "data").rglob("*") if p.is_file()}


def test_labels_in_pixels_go_to_the_scene_of_their_image(here, geotiff):
    geotiff(here / "quay.tif", REFLECTANCES)
    coco = {
        "images": [{"id": 1, "file_name": "quay.png", "height": 40, "width": 300}],
        "categories": [{"id": 0, "name": "port"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 0, "bbox": [10, 10, 20, 10]},
            {"id": 2, "image_id": 1, "category_id": 0, "bbox": [50, 10, 20, 10], "iscrowd": 1},
        ],
    }
    (here / "coco.json").write_text(json.dumps(coco))

    result = ingest("optical", "quay.tif", *OPTICAL, "--labels", "coco.json", "--id-prefix", "s2_")

    assert result.exit_code == 0, result.output
    (scene,) = read_catalogue(here / "data")
    first, second = read_places(scene)
    assert (scene.id, first.name) == ("s2_quay", "port")
    assert first.outline.bounds == pytest.approx((10, 10, 30, 20), abs=0.01)
    assert (first.ignore, second.ignore) == (False, True)


def test_labels_of_another_crs_and_points_go_in(here, geotiff, polygons):
    geotiff(here / "quay.tif", REFLECTANCES)
    polygons(here / "points.json", [shapely.Point(500_500, 3_999_800)], **{"class": "ship"})

    ingest(
        *("optical", "quay.tif", *OPTICAL, "--labels", "points.json"),
        *("--labels-crs", CRS, "--box-size-m", "100"),
    )

    (scene,) = read_catalogue(here / "data")
    (place,) = read_places(scene)
    assert place.outline.bounds == pytest.approx((45, 15, 55, 25), abs=0.02)


def test_an_offset_that_is_still_in_the_numbers_is_taken_off(here, geotiff):
    geotiff(here / "a.tif", REFLECTANCES + np.uint16(1000))
    geotiff(here / "b.tif", REFLECTANCES)

    ingest("optical", "a.tif", *OPTICAL, "--offset", "-1000")
    ingest("optical", "b.tif", *OPTICAL)

    a, b = read_catalogue(here / "data")
    assert a.radiometry.offset == pytest.approx(-0.1)
    values = []
    for scene in (a, b):
        with rasterio.open(scene.image) as file:
            values.append(scene.radiometry.to_physical(file.read())[0])
    np.testing.assert_allclose(*values, atol=1e-6)


@pytest.mark.parametrize(
    ("sensor", "options", "message"),
    [
        ("sar", ["--bands", "VV,VH", "--unit", "db"], "--offset -1000 is of optical scenes"),
        (
            "optical",
            ["--bands", "B04,B03,B02", "--unit", "8bit"],
            "is of --unit reflectance-x10000",
        ),
    ],
)
def test_an_offset_is_of_reflectances(here, sensor, options, message):
    refused(ingest(sensor, "a.tif", *options, "--offset", "-1000"), message)


def test_an_offset_is_in_stored_numbers(here):
    refused(
        ingest("optical", "a.tif", *OPTICAL, "--offset", "nan"), "--offset nan: expected -10000"
    )


def test_the_class_may_stand_in_another_property(here, geotiff, polygons):
    geotiff(here / "a.tif", REFLECTANCES)
    polygons(here / "l.json", [on_map(10, 10, 30, 20)], kind="port")
    labels = ["--labels", "l.json", "--class-property"]

    refused(ingest("optical", "a.tif", *OPTICAL, *labels, "type"), "label 0 has no property 'type'")
    ingest("optical", "a.tif", *OPTICAL, *labels, "kind")

    (scene,) = read_catalogue(here / "data")
    assert [place.name for place in read_places(scene)] == ["port"]
