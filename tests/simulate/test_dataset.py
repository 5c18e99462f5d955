import hashlib
import json
from dataclasses import replace

import numpy as np
import pystac
import pytest
import rasterio
from rasterio.transform import rowcol
from rasterio.warp import transform_geom
from shapely.geometry import Polygon, shape

from crosslook.scenes.catalogue import footprint
from crosslook.simulate.dataset import scene_list, write_data
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

SMALL = SimulateParams(
    optical_scenes=1,
    optical_size=320,
    sar_unlabelled_scenes=1,
    sar_unlabelled_size=288,
    sar_train_scenes=1,
    sar_train_size=288,
    sar_dev_scenes=1,
    sar_dev_size=288,
    sar_test_scenes=2,
    sar_test_size=288,
    twin_scenes=1,
    twin_size=288,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "data"
    lines = []
    scenes = write_data(folder, 5, SMALL, lines.append)
    return folder, {scene.id: scene for scene in scenes}, lines


def features(scene):
    return json.loads(scene.labels.read_text())["features"]


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_runs_are_the_same_bytes(data, tmp_path):
    write_data(tmp_path / "again", 5, SMALL)

    assert digests(tmp_path / "again") == digests(data[0])


def test_another_seed_makes_other_pixels_of_the_same_scenes(data, tmp_path):
    scenes = write_data(tmp_path / "other", 6, SMALL)

    assert {scene.id for scene in scenes} == set(data[1])
    assert not set(digests(tmp_path / "other").values()) & set(digests(data[0]).values())


def test_the_default_world_has_the_scenes_the_pipeline_needs():
    wanted = scene_list(SimulateParams())

    def count(sensor, split):
        return sum(scene.sensor == sensor and scene.split == split for scene in wanted)

    assert count("optical", "train") >= 3
    assert count("sar", "unlabelled") >= 2
    assert (count("sar", "train"), count("sar", "dev"), count("sar", "test")) == (1, 8, 12)
    assert len({scene.place for scene in wanted}) == len(wanted)


def test_pystac_opens_the_catalogue(data):
    folder, scenes, _ = data

    items = pystac.ItemCollection.from_file(str(folder / "scenes.json"))

    assert {item.id for item in items} == set(scenes)


def test_places_never_overlap_except_twins(data):
    _, scenes, _ = data
    outlines = {name: shape(footprint(scene)) for name, scene in scenes.items()}

    for a in outlines:
        for b in outlines:
            twins = a.startswith("twin") and b.startswith("twin")
            assert a == b or twins or not outlines[a].intersects(outlines[b])


def test_twins_show_one_place_pixel_on_pixel(data):
    _, scenes, _ = data
    optical, sar = scenes["twin_01_optical"], scenes["twin_01_sar"]

    assert (optical.crs, optical.transform, optical.size) == (sar.crs, sar.transform, sar.size)
    assert optical.land_cover.read_bytes() == sar.land_cover.read_bytes()


def test_every_labelled_scene_has_a_port(data):
    _, scenes, _ = data

    labelled = [scene for scene in scenes.values() if scene.labels]

    assert {scene.split for scene in labelled} == {"train", "dev", "test"}
    assert all(features(scene) for scene in labelled)


def test_labels_name_their_class_and_scene(data):
    for scene in data[1].values():
        for feature in features(scene) if scene.labels else []:
            assert feature["properties"] == {"class": "port", "scene": scene.id}


def test_labels_lie_inside_their_scenes(data):
    for scene in data[1].values():
        for feature in features(scene) if scene.labels else []:
            there = transform_geom("EPSG:4326", scene.crs, feature["geometry"])
            for x, y in there["coordinates"][0]:
                row, column = rowcol(scene.affine, x, y, op=float)
                assert 0 <= column <= scene.size[1] and 0 <= row <= scene.size[0]


def test_labels_are_where_the_ports_were_built(data):
    scene = data[1]["sar_dev_01"]
    place = next(one.place for one in scene_list(SMALL) if one.id == scene.id)
    port = make_world((5, place), 288, SMALL).ports[0]

    there = transform_geom("EPSG:4326", scene.crs, features(scene)[0]["geometry"])

    east, north = np.array(there["coordinates"][0]).T
    rows, columns = rowcol(scene.affine, east, north, op=np.asarray)
    found = Polygon(np.stack([columns, rows], axis=1))
    assert found.symmetric_difference(Polygon(port.polygon)).area < 1


def test_sar_is_stored_as_hundredths_of_a_db(data):
    scene = data[1]["sar_test_01"]

    with rasterio.open(scene.image) as raster:
        stored, tags = raster.read(), raster.tags()
        assert (raster.dtypes, raster.nodata) == (("int16", "int16"), -32768)
        assert (raster.descriptions, raster.units) == (("VV", "VH"), ("dB", "dB"))
        assert (raster.scales, raster.offsets) == ((0.01, 0.01), (0.0, 0.0))
        assert raster.block_shapes == [(256, 256)] * 2
        assert tags["UNIT"] == "sigma0_db"
    values, valid = scene.radiometry.to_physical(stored)
    assert valid.all() and values.min() >= -40 and values.max() < 45


def test_optical_is_stored_as_reflectance_times_10000(data):
    scene = data[1]["optical_train_01"]

    with rasterio.open(scene.image) as raster:
        stored = raster.read()
        assert (set(raster.dtypes), raster.nodata) == ({"uint16"}, 0)
        assert raster.descriptions == ("B04", "B03", "B02")
        assert raster.scales == (1e-4,) * 3
    values, valid = scene.radiometry.to_physical(stored)
    assert valid.all() and values.min() > 0 and values.max() < 1.2


def test_the_swath_edge_is_no_data_in_both_bands(data):
    scene = data[1]["sar_unlabelled_01"]

    with rasterio.open(scene.image) as raster:
        stored = raster.read()

    assert np.array_equal(stored[0] == -32768, stored[1] == -32768)
    assert 0.01 < (stored[0] == -32768).mean() < 0.1


def test_land_cover_lies_on_its_scene(data):
    scene = data[1]["sar_test_01"]

    with rasterio.open(scene.land_cover) as raster:
        assert (raster.dtypes, raster.transform) == (("uint8",), scene.affine)
        assert set(np.unique(raster.read())) <= set(range(1, 18))


def test_labels_can_be_complete_in_a_part_of_the_optical_scenes(tmp_path):
    part = SimulateParams(
        optical_scenes=1,
        optical_size=640,
        labelled_share=0.5,
        sar_unlabelled_scenes=0,
        swath_edges=0,
        sar_train_scenes=0,
        sar_dev_scenes=0,
        sar_test_scenes=0,
    )

    (scene,) = write_data(tmp_path / "data", 5, part)

    (area,) = json.loads(scene.labelled_area.read_text())["features"]
    outline = shape(area["geometry"])
    assert outline.area == pytest.approx(shape(footprint(scene)).area / 2, rel=0.01)
    assert all(outline.buffer(1e-6).contains(shape(f["geometry"])) for f in features(scene))


def test_one_line_is_told_per_scene(data):
    _, scenes, lines = data

    assert [line.split(":")[0] for line in lines] == [one.id for one in scene_list(SMALL)]
    assert len(lines) == len(scenes)


def test_nothing_is_left_beside_the_folder(data):
    folder = data[0]

    assert [path.name for path in folder.parent.iterdir()] == ["data"]
    assert not list(folder.rglob("*.aux.xml"))


def test_land_cover_scenes_change_no_byte_of_the_others(data, tmp_path):
    write_data(tmp_path / "more", 5, replace(SMALL, land_cover_scenes=1))

    more = digests(tmp_path / "more")
    patches = {path for path in more if path.startswith("sen12ms/ROIs2017_winter/")}
    assert len(patches) == 3 * 25
    assert {path: one for path, one in more.items() if path not in patches} == digests(data[0])
