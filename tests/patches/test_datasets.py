import numpy as np
import pytest

from crosslook.errors import InputError
from crosslook.patches.datasets import UnpairedPatches, read_array, sample_batch
from crosslook.patches.patch_set import Patch, write_patch_set

CONTRACT = {"composite_bands": ["B04", "B03", "B02"]}
ARRAY = np.random.default_rng(0).integers(1, 256, (5, 3, 20, 24), dtype=np.uint8)


def patch(name):
    return Patch(name, "s", (0, 0, 8, 8), "EPSG:32631", (10.0, 0.0, 5e5, 0.0, -10.0, 4e6))


def test_a_batch_depends_on_seed_and_step_alone():
    first = sample_batch(ARRAY, 7, 41, 4, 16)

    sample_batch(ARRAY, 7, 3, 4, 16)
    assert np.array_equal(first, sample_batch(ARRAY, 7, 41, 4, 16))
    assert not np.array_equal(first, sample_batch(ARRAY, 7, 42, 4, 16))
    assert not np.array_equal(first, sample_batch(ARRAY, 8, 41, 4, 16))


def test_crops_are_uint8_of_the_wanted_shape():
    batch = sample_batch(ARRAY, 0, 0, 6, 11)

    assert batch.shape == (6, 3, 11, 11)
    assert batch.dtype == np.uint8


def test_about_half_of_the_crops_are_mirrored_and_none_is_upside_down():
    ramp = np.broadcast_to(np.arange(1, 17, dtype=np.uint8), (1, 3, 16, 16)).copy()
    ramp += 16 * np.arange(0, 16, dtype=np.uint8)[:, None] // 2

    batch = sample_batch(ramp, 0, 0, 200, 16)
    mirrored = batch[:, 0, 0, 0] > batch[:, 0, 0, -1]

    assert 70 < mirrored.sum() < 130
    assert (batch[:, 0, 0, 5] < batch[:, 0, -1, 5]).all()


def test_source_and_target_are_drawn_independently():
    drawn = UnpairedPatches(ARRAY, ARRAY, batch=8, crop=8, seed=0)

    source, target = drawn.at(3)

    assert not np.array_equal(source, target)
    assert np.array_equal(source, drawn.at(3)[0])


def test_constant_crops_are_drawn_anew():
    mostly_flat = np.full((4, 3, 16, 16), 9, np.uint8)
    mostly_flat[2] = ARRAY[0, :, :16, :16]

    batch = sample_batch(mostly_flat, 0, 0, 20, 8)

    assert (batch.reshape(20, -1).min(axis=1) != batch.reshape(20, -1).max(axis=1)).all()


def test_an_array_of_constant_patches_is_refused():
    with pytest.raises(InputError, match="drawn from 3 patches were all of one colour"):
        sample_batch(np.full((3, 3, 16, 16), 9, np.uint8), 0, 0, 1, 8)


def test_a_crop_larger_than_the_patches_is_refused():
    with pytest.raises(ValueError, match=r"crop=21 must lie in 1..20"):
        sample_batch(ARRAY, 0, 0, 1, 21)


def test_a_patch_set_becomes_one_array(tmp_path):
    pixels = [ARRAY[i, :, :8, :8] for i in range(3)]
    made = write_patch_set(
        tmp_path / "set", ((patch(f"p{i}"), one) for i, one in enumerate(pixels)), CONTRACT
    )

    assert np.array_equal(read_array(made), np.stack(pixels))


def test_an_empty_set_says_where_to_look(tmp_path):
    made = write_patch_set(tmp_path / "set", [], CONTRACT)

    with pytest.raises(InputError, match=r"holds no patch: look into results/tile.json"):
        read_array(made)


def test_patches_of_two_sizes_are_refused(tmp_path):
    two = [(patch("a"), ARRAY[0, :, :8, :8]), (patch("b"), ARRAY[0, :, :9, :9])]
    made = write_patch_set(tmp_path / "set", two, CONTRACT)

    with pytest.raises(InputError, match=r"patch b is \(9, 9\) px, the first is \(8, 8\)"):
        read_array(made)
