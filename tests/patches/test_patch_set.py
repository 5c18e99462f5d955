import json

import numpy as np
import pytest
import rasterio

from crosslook.errors import DiskError, InputError, RadiometryError
from crosslook.patches.patch_set import (
    Patch,
    read_patch_set,
    read_pixels,
    require_contract,
    write_patch_set,
)

CONTRACT = {"sensor": "sar", "composite_bands": ["VH", "VV", "VH/VV"], "ratio": "amplitude"}
PIXELS = np.random.default_rng(0).integers(0, 256, (3, 8, 10), dtype=np.uint8)
PATCH = Patch(
    "s_r00004_c00002", "s", (2, 4, 10, 8), "EPSG:32631", (10.0, 0.0, 5e5, 0.0, -10.0, 4e6)
)
COCO = {"images": [{"id": 1}], "annotations": [{"id": 1, "image_id": 1}], "categories": []}


@pytest.fixture
def made(tmp_path):
    return write_patch_set(tmp_path / "set", [(PATCH, PIXELS)], CONTRACT, COCO)


def test_a_set_comes_back_as_it_was_written(made):
    assert made.patches == (PATCH,)
    assert made.contract == CONTRACT
    assert np.array_equal(made.pixels(0), PIXELS)
    assert made.boxes(0) == COCO["annotations"]


def test_a_patch_found_alone_can_still_be_read(made):
    with rasterio.open(made.folder / "images" / f"{PATCH.name}.tif") as file:
        assert json.loads(file.tags()["CROSSLOOK_CONTRACT"]) == CONTRACT
        assert file.tags()["CROSSLOOK_SCENE"] == "s"
        assert file.descriptions == ("VH", "VV", "VH/VV")
        assert (file.crs, file.nodata) == ("EPSG:32631", 0)
        assert file.transform == PATCH.affine


def test_no_statistics_file_is_left_beside_the_patches(made):
    assert [p.name for p in (made.folder / "images").iterdir()] == [f"{PATCH.name}.tif"]


def test_the_same_patches_give_the_same_bytes(made, tmp_path):
    again = write_patch_set(tmp_path / "again", [(PATCH, PIXELS)], CONTRACT, COCO)

    for path in made.folder.rglob("*.*"):
        assert path.read_bytes() == (again.folder / path.relative_to(made.folder)).read_bytes()


def test_a_set_that_fails_half_way_leaves_the_old_one(made):
    def patches():
        yield PATCH, PIXELS
        raise InputError("the scene breaks off")

    with pytest.raises(InputError, match="the scene breaks off"):
        write_patch_set(made.folder, patches(), CONTRACT)

    assert read_patch_set(made.folder).coco == COCO
    assert [path.name for path in made.folder.parent.iterdir()] == ["set"]


def test_a_full_disk_leaves_the_old_set(made, monkeypatch):
    import errno
    import os

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="the disk is full"):
        write_patch_set(made.folder, [], CONTRACT)
    assert len(read_patch_set(made.folder)) == 1


def test_an_unlabelled_set_has_no_boxes(tmp_path):
    bare = write_patch_set(tmp_path / "set", [(PATCH, PIXELS)], CONTRACT)

    with pytest.raises(InputError, match=r"has no coco.json: this set is not labelled"):
        bare.boxes(0)


def test_a_folder_without_contract_is_no_patch_set(tmp_path):
    with pytest.raises(InputError, match=r"is no patch set: .*contract.json is missing"):
        read_patch_set(tmp_path)


def test_a_damaged_line_is_told(made):
    (made.folder / "patches.jsonl").write_text("{\n")

    with pytest.raises(InputError, match="is no patch set"):
        read_patch_set(made.folder)


def test_a_damaged_patch_is_told(made):
    path = made.folder / "images" / f"{PATCH.name}.tif"
    path.write_bytes(path.read_bytes()[:100])

    with pytest.raises(InputError, match="not a readable patch"):
        made.pixels(0)


def test_a_raster_of_another_kind_is_no_patch(tmp_path, geotiff):
    geotiff(tmp_path / "a.tif", np.zeros((2, 4, 4), np.float32))

    with pytest.raises(InputError, match="2 bands of float32; a patch has 3 of uint8"):
        read_pixels(tmp_path / "a.tif")


def test_a_set_of_two_bands_comes_back(tmp_path):
    two = CONTRACT | {"composite_bands": ["VH", "VV"], "ratio": None}

    made = write_patch_set(tmp_path / "set", [(PATCH, PIXELS[:2])], two)

    assert np.array_equal(made.pixels(0), PIXELS[:2])


def test_another_contract_is_refused_with_the_first_difference():
    require_contract(CONTRACT, dict(CONTRACT), "a", "b")

    with pytest.raises(RadiometryError, match="a has ratio = 'db', but b needs 'amplitude'"):
        require_contract(CONTRACT | {"ratio": "db"}, CONTRACT, "a", "b")
