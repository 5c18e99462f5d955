import numpy as np
import pytest

from crosslook.detectors.augment import augment, jitter, turn
from crosslook.detectors.example import Example
from crosslook.detectors.settings import AugmentSettings

ONE = np.ones(1, np.float32)


def example(height=12, width=16):
    """One bright box on a dark ground, and an ignored one."""
    pixels = np.full((3, height, width), 10, np.uint8)
    pixels[:, 2:5, 6:12] = 200
    pixels[:, 0, 0] = 0
    boxes = np.array([[6, 2, 12, 5]], np.float32)
    return Example(pixels, boxes, np.array([1]), np.array([[0, 8, 4, 12]], np.float32), ONE)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("flip", [False, True])
def test_boxes_turn_with_the_pixels(quarters, flip):
    turned = turn(example(), quarters, flip)

    ys, xs = np.nonzero(turned.pixels[0] == 200)
    assert turned.boxes.tolist() == [[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]]


@pytest.mark.parametrize("quarters", range(4))
def test_ignored_regions_turn_with_the_pixels(quarters):
    marked = example()
    marked.pixels[:, 8:12, 0:4] = 100

    turned = turn(marked, quarters, flip=True)

    ys, xs = np.nonzero(turned.pixels[0] == 100)
    assert turned.ignore.tolist() == [[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]]


def test_patches_without_boxes_can_be_turned():
    none = np.zeros((0, 4), np.float32)

    assert turn(
        Example(example().pixels, none, np.zeros(0, int), none, ONE[:0]), 1, True
    ).boxes.shape == (
        0,
        4,
    )


def test_a_gain_adds_as_much_to_dark_as_to_bright_and_nothing_to_the_ratio():
    pixels = example().pixels

    moved = jitter(pixels, np.random.default_rng(0), AugmentSettings(looks=0, gain_db=2.0), 2)

    change = moved.astype(int) - pixels
    assert change[0, 1, 1] == change[0, 3, 8] != 0
    assert change[1, 1, 1] == change[0, 1, 1]
    assert not change[2].any()


def test_speckle_of_n_looks_has_the_spread_in_decibel_that_theory_gives():
    # Standard deviation of 10 log10 of a gamma of N looks: 4.343 sqrt(trigamma(N)); N = 30: 0.8 dB.
    pixels = np.full((3, 64, 64), 128, np.uint8)

    moved = jitter(
        pixels, np.random.default_rng(0), AugmentSettings(looks=30, gain_db=0, span_db=25.4), None
    )

    assert (moved.astype(float) / 10).std() == pytest.approx(0.80, abs=0.02)


def test_no_data_stays_no_data_and_data_stays_data():
    pixels = example().pixels
    pixels[:, 1, :] = 1
    pixels[:, 3, :] = 255

    moved = jitter(pixels, np.random.default_rng(0), AugmentSettings(looks=1.0, gain_db=9.0), None)

    assert np.array_equal(moved == 0, pixels == 0)


def test_the_same_numbers_change_a_patch_in_the_same_way():
    a, b = (augment(example(), np.random.default_rng(4), AugmentSettings(), 2) for _ in "ab")

    assert np.array_equal(a.pixels, b.pixels)
    assert np.array_equal(a.boxes, b.boxes)
