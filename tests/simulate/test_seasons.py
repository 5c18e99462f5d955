import json
from dataclasses import replace

import numpy as np
import pytest
import rasterio

from crosslook.scenes.cloud_raster import read_cloud_map
from crosslook.scenes.windows import grid
from crosslook.simulate.dataset import scene_list, write_data
from crosslook.simulate.infrared import true_cover
from crosslook.simulate.seasons import in_winter
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

NONE = SimulateParams(
    optical_scenes=0,
    sar_unlabelled_scenes=0,
    swath_edges=0,
    sar_train_scenes=0,
    sar_dev_scenes=0,
    sar_test_scenes=0,
)
SMALL = replace(NONE, optical_scenes=1, optical_size=256, season_size=320)
SEASONS = replace(SMALL, season_scenes=2, season_dev_scenes=1)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "data"
    return folder, {scene.id: scene for scene in write_data(folder, 3, SEASONS)}


def test_scenes_of_both_seasons_have_a_domain_and_no_labels(data):
    scenes = [scene for scene in data[1].values() if scene.domain]

    assert [(scene.id, scene.split, scene.domain, scene.labels) for scene in scenes] == [
        ("seasons_01", "unlabelled", "seasons", None),
        ("seasons_02", "unlabelled", "seasons", None),
        ("seasons_dev_01", "dev", "seasons", None),
    ]


def test_seasons_come_last_and_leave_every_other_file_as_it_is(data, tmp_path):
    folder, _ = data
    write_data(tmp_path / "without", 3, SMALL)
    alone = [path for path in (tmp_path / "without").rglob("*.*") if path.name != "scenes.json"]

    assert scene_list(SEASONS)[: len(scene_list(SMALL))] == scene_list(SMALL)
    assert len(alone) == 3
    for path in alone:
        assert path.read_bytes() == (folder / path.relative_to(tmp_path / "without")).read_bytes()
    items = [
        json.loads((one / "scenes.json").read_text())["features"]
        for one in (tmp_path / "without", folder)
    ]
    assert items[0] == [item for item in items[1] if not item["id"].startswith("seasons")]


def test_the_snow_shares_of_patches_tell_winter_from_summer(data):
    def shares(name):
        scene = data[1][name]
        seen = read_cloud_map(scene)
        return [seen.shares(window)["snow"] for window in grid(scene.size, 64, 64)]

    assert max(shares("seasons_01")) < 0.02
    assert max(shares("seasons_dev_01")) < 0.02
    assert max(shares("seasons_02")) > 0.7


def test_the_classes_find_the_snow_that_is_there(data):
    scene = data[1]["seasons_02"]
    params = in_winter(SEASONS)
    world = make_world((3, scene.notes["place"]), 320, params)
    with rasterio.open(scene.clouds) as file:
        found = file.read(1) == 4
    true = true_cover(world, params).snow > 0.5

    assert true.mean() > 0.2
    assert (found & true).sum() > 0.9 * true.sum()
    assert (found & (true_cover(world, params).snow > 0.05)).sum() > 0.97 * found.sum()


def test_the_pixels_are_those_of_three_visible_bands(data):
    with rasterio.open(data[1]["seasons_02"].image) as file:
        pixels = file.read()

    assert (pixels.shape, pixels.dtype) == ((3, 320, 320), np.uint16)


def test_snow_above_is_a_quantile():
    with pytest.raises(ValueError, match=r"season_snow_above=1.5 is a quantile"):
        SimulateParams(season_snow_above=1.5)
