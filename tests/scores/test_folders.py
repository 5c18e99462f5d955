import numpy as np
import pytest
from PIL import Image

from crosslook.errors import InputError, RadiometryError
from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.scores.folders import image_count, open_folder, require_comparable

CONTRACT = {"composite_bands": ["VH", "VV", "VH/VV"], "unit": "sigma0_db", "sensor": "sar"}


def pictures(folder, count, size=(32, 32), seed=0):
    folder.mkdir()
    rng = np.random.default_rng(seed)
    for i in range(count):
        pixels = rng.integers(0, 256, (*size, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{i:03}.png")
    return folder


def patch_set(folder, count, contract=CONTRACT):
    rng = np.random.default_rng(0)
    place = (10.0, 0.0, 5e5, 0.0, -10.0, 4e6)
    patches = [
        (
            Patch(f"p{i}", f"scene{i % 4}", (0, 0, 32, 32), "EPSG:32631", place),
            rng.integers(1, 256, (3, 32, 32), np.uint8),
        )
        for i in range(count)
    ]
    write_patch_set(folder, patches, contract)
    return folder


def test_images_come_in_order_of_their_names(tmp_path):
    folder = open_folder(pictures(tmp_path / "a", 3))

    assert folder.names == ("000.png", "001.png", "002.png")
    assert [len(batch) for batch in folder.batches(2, 0)] == [2, 1]
    assert np.array_equal(next(folder.batches(2, 0))[1], folder.read(1))


def test_other_files_and_hidden_ones_are_no_images(tmp_path):
    pictures(tmp_path / "a", 2)
    for name in ("notes.txt", "._000.png", "Thumbs.db"):
        (tmp_path / "a" / name).write_text("no image")

    assert open_folder(tmp_path / "a").names == ("000.png", "001.png")
    assert image_count(tmp_path / "a") == 2


def test_an_image_that_cannot_be_read_is_one_line_and_the_others_stay(tmp_path):
    pictures(tmp_path / "a", 4)
    (tmp_path / "a" / "001.png").write_bytes(b"damaged")
    seen = []

    folder = open_folder(tmp_path / "a", seen.append)

    assert folder.names == ("000.png", "002.png", "003.png")
    assert folder.read(1).shape == (3, 32, 32)
    assert len(folder.unreadable) == 1
    assert "001.png is neither PNG nor JPEG nor TIFF" in folder.unreadable[0]
    assert sum(seen) == 4


def test_a_patch_set_knows_its_scenes_and_its_contract(tmp_path):
    folder = open_folder(patch_set(tmp_path / "a", 5))

    assert folder.scenes == ("scene0", "scene1", "scene2", "scene3", "scene0")
    assert folder.contract == CONTRACT
    assert image_count(tmp_path / "a") == 5


def test_a_crop_is_the_middle(tmp_path):
    folder = open_folder(pictures(tmp_path / "a", 1, size=(40, 32)))

    (batch,) = folder.batches(2, 16)

    assert np.array_equal(batch[0], folder.read(0)[:, 12:28, 8:24])


def test_a_folder_without_images_says_what_to_give(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.gif").write_text("no")

    with pytest.raises(InputError, match=r"a holds no image: give the folder in which the \.png"):
        open_folder(tmp_path / "a")


def test_a_folder_of_damaged_images_shows_the_first(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").write_text("no")

    with pytest.raises(InputError, match=r"none of 1 images can be read: .*x\.png"):
        open_folder(tmp_path / "a")


def test_equal_folders_compare_all_their_images(tmp_path):
    real, fake = (open_folder(pictures(tmp_path / name, 12)) for name in "ab")

    assert require_comparable(real, fake, 0, False) == 12


def test_unequal_numbers_are_refused_with_both(tmp_path):
    real, fake = (open_folder(pictures(tmp_path / name, n)) for name, n in (("a", 15), ("b", 12)))

    with pytest.raises(InputError, match=r"a has 15 .*b 12: .* --allow-unequal to compare 12"):
        require_comparable(real, fake, 0, False)

    assert require_comparable(real, fake, 0, True) == 12


def test_unequal_sizes_are_refused_with_the_crop_that_would_do(tmp_path):
    real = open_folder(pictures(tmp_path / "a", 12, size=(64, 48)))
    fake = open_folder(pictures(tmp_path / "b", 12))

    with pytest.raises(InputError, match=r"a has 48 x 64 px, .*b 32 x 32 px.*--crop 32"):
        require_comparable(real, fake, 0, False)

    assert require_comparable(real, fake, 32, False) == 12


def test_a_crop_larger_than_an_image_is_refused(tmp_path):
    folder = open_folder(pictures(tmp_path / "a", 12))

    with pytest.raises(InputError, match="crop of 64 px: the smallest image has a side of 32 px"):
        require_comparable(folder, folder, 64, False)


def test_too_few_images_are_refused(tmp_path):
    folder = open_folder(pictures(tmp_path / "a", 11))

    with pytest.raises(InputError, match="11 images a side are too few"):
        require_comparable(folder, folder, 0, False)


def test_patch_sets_of_other_radiometry_are_refused(tmp_path):
    real = open_folder(patch_set(tmp_path / "a", 12))
    fake = open_folder(patch_set(tmp_path / "b", 12, CONTRACT | {"unit": "gamma0_db"}))

    with pytest.raises(RadiometryError, match="unit = 'gamma0_db'"):
        require_comparable(real, fake, 0, False)


def test_patches_of_two_bands_are_refused(tmp_path):
    patch_set(tmp_path / "a", 0, CONTRACT | {"composite_bands": ["VV", "VH"]})

    with pytest.raises(InputError, match="patches of 2 bands, expected composites of 3"):
        open_folder(tmp_path / "a")
