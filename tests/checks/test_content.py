from dataclasses import replace

import numpy as np
import pytest

from crosslook.checks.content import block_digests, copy_problems
from crosslook.scenes.radiometry import Radiometry

RNG = np.random.default_rng(0)
ONE_DB = Radiometry("sigma0_db", ("VV",))


def speckle(height, width, bands=2):
    return RNG.uniform(-25, -5, (bands, height, width)).astype(np.float32)


def test_a_small_world_holds_no_pixels_twice(small_world):
    assert copy_problems(small_world) == []


@pytest.mark.parametrize(
    ("split", "other"),
    [("train", "dev"), ("unlabelled", "test"), ("train", "test"), ("dev", "test")],
)
def test_equal_pixels_at_another_place_are_told_across_splits(make_scene, split, other):
    pixels = speckle(128, 100)
    one = make_scene("one", split=split, pixels=pixels)
    two = make_scene("two", split=other, pixels=pixels, origin=(700_000, 5_000_000))

    assert copy_problems([one, two]) == [
        f"one ({split}) and two ({other}) hold the same pixels in 8 of 8 blocks: "
        "leave one of them out."
    ]


@pytest.mark.parametrize(("split", "other"), [("train", "unlabelled"), ("test", "test")])
def test_scenes_that_may_share_pixels_are_not_told(make_scene, split, other):
    pixels = speckle(64, 64)
    scenes = [
        make_scene("one", split=split, pixels=pixels),
        make_scene("two", split=other, pixels=pixels),
    ]

    assert copy_problems(scenes) == []


def test_one_band_of_a_scene_is_found(make_scene):
    pixels = speckle(64, 64)
    whole = make_scene("whole", split="train", pixels=pixels)
    band = make_scene("band", ONE_DB, "test", pixels=pixels[1:])

    assert (
        "whole (train) and band (test) hold the same pixels in 1 of 1"
        in copy_problems([whole, band])[0]
    )


def test_a_larger_scene_from_the_same_corner_is_found_though_both_are_sampled(make_scene):
    pixels = speckle(64, 64 * 1500, bands=1)
    large = make_scene("large", ONE_DB, "train", pixels=pixels)
    small = make_scene("small", ONE_DB, "test", pixels=pixels[:, :, : 64 * 8])

    assert len(block_digests(large)) == 750
    assert "in 4 of 8 blocks" in copy_problems([large, small])[0]


def test_the_same_numbers_stored_otherwise_are_the_same_pixels(make_scene):
    pixels = RNG.integers(0, 3000, (1, 64, 64))
    stored = [
        make_scene(f"as_{kind}", ONE_DB, pixels=pixels.astype(kind)) for kind in ("uint16", "f4")
    ]

    assert block_digests(stored[0]) == block_digests(stored[1])


def test_empty_and_saturated_ground_is_no_copy(make_scene):
    pixels = np.full((2, 128, 128), 255, np.float32)
    pixels[:, :70] = 0
    scenes = [make_scene(split, split=split, pixels=pixels) for split in ("train", "test")]

    assert copy_problems(scenes) == []


def test_a_file_that_cannot_be_read_is_left_to_other_checks(make_scene):
    scene = make_scene("one")
    gone = replace(scene, id="gone", split="test", image=scene.image.with_name("gone.tif"))

    assert copy_problems([scene, gone]) == []
