import json

import numpy as np
import pytest
from label_files import harbour

from crosslook.errors import InputError
from crosslook.patches.images import gather, of_scene, open_images


def test_a_geotiff_is_an_image_named_after_its_file(tmp_path, geotiff):
    geotiff(tmp_path / "quay.tif", np.zeros((1, 30, 40), np.uint8))

    (image,) = open_images([tmp_path / "quay.tif"]).all

    assert (image.name, image.crs, image.size) == ("quay", "EPSG:32631", (30, 40))
    assert tuple(image.affine)[:6] == (10, 0, 500_000, 0, -10, 4_000_000)


def test_a_patch_set_gives_its_patches_with_their_scene(tmp_path):
    patch = {
        "name": "quay_r00010_c00020",
        "scene": "quay",
        "window": [20, 10, 64, 32],
        "crs": "EPSG:32631",
        "transform": [10, 0, 500_200, 0, -10, 3_999_900],
    }
    (tmp_path / "patches.jsonl").write_text(json.dumps(patch) + "\n")
    (tmp_path / "contract.json").write_text("{}")

    (image,) = open_images([tmp_path]).all

    assert (image.name, image.scene, image.size) == ("quay_r00010_c00020", "quay", (32, 64))


def test_a_scene_is_also_found_by_the_file_it_came_from(make_scene):
    images = gather([of_scene(make_scene("s1_quay"), "quay")])

    assert images.find("some/quay.png", "label 0") is images.find("s1_quay.tif", "label 0")


def test_two_images_of_one_name_are_refused():
    with pytest.raises(InputError, match="two images have the name 'harbour'"):
        gather([harbour(), harbour()])


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds neither patches.jsonl nor scenes.json"):
        open_images([tmp_path])


def test_a_raster_without_a_place_is_refused(tmp_path, geotiff):
    geotiff(tmp_path / "quay.tif", np.zeros((1, 30, 40), np.uint8), crs=None)

    with pytest.raises(InputError, match="has no place on the map"):
        open_images([tmp_path / "quay.tif"])
