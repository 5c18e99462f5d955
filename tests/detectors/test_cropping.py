import numpy as np
import pytest

from crosslook.detectors.cropping import resample, zoom
from crosslook.detectors.example import Example
from crosslook.detectors.settings import AugmentSettings

NONE = np.zeros((0, 4), np.float32)


def example(*boxes, ignore=(), visible=None, size=96):
    """A grey patch with bright boxes."""
    pixels = np.full((3, size, size), 50, np.uint8)
    for x1, y1, x2, y2 in boxes:
        pixels[:, y1:y2, x1:x2] = 200
    corners, regions = (np.array(b, np.float32).reshape(-1, 4) for b in (boxes, ignore))
    shares = np.ones(len(boxes), np.float32) if visible is None else np.float32(visible)
    return Example(pixels, corners, np.arange(1, len(boxes) + 1), regions, shares)


def crops(one, n=40, **settings):
    wanted = AugmentSettings(**({"scale": (1.0, 1.0), "crop_px": 32} | settings))
    return [zoom(one, np.random.default_rng(seed), wanted) for seed in range(n)]


def test_between_two_pixels_lies_their_mean():
    row = np.array([[[10, 20, 40, 80]]] * 3, np.uint8)

    assert resample(row, 0.5, 0, 1.0, (1, 3))[0].tolist() == [[15, 30, 60]]


def test_twice_the_size_shows_each_pixel_twice_as_large():
    row = np.array([[[100, 200]]] * 3, np.uint8)

    assert resample(row, 0, 0, 2.0, (1, 4))[0].tolist() == [[100, 125, 175, 200]]


def test_no_data_is_never_mixed_into_signal():
    row = np.array([[[100, 0, 0, 60]]] * 3, np.uint8)

    moved = resample(row, 0.4, 0, 1.0, (1, 4))

    assert moved[0].tolist() == [[100, 0, 0, 60]]
    assert set(np.unique(resample(row, 0.0, 0, 1.7, (1, 7)))) == {0, 60, 100}


def test_beyond_the_patch_is_no_data():
    full = np.full((2, 4, 4), 9, np.uint8)

    out = resample(full, -2, 0, 1.0, (4, 8))

    assert out.shape == (2, 4, 8)
    assert out[0, 0].tolist() == [0, 0, 9, 9, 9, 9, 0, 0]


@pytest.mark.parametrize("scale", [(1.0, 1.0), (0.6, 0.6), (1.6, 1.6)])
def test_boxes_move_with_the_pixels(scale):
    for cut in crops(example((30, 40, 46, 52)), scale=scale, crop_px=48):
        ys, xs = np.nonzero(cut.pixels[0] > 125)
        bounds = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
        assert cut.boxes[0].tolist() == pytest.approx(bounds, abs=0.51)
        assert cut.pixels.shape == (3, 48, 48)


def test_a_crop_never_loses_every_object():
    for cut in crops(example((0, 0, 12, 12), (70, 70, 90, 94))):
        assert len(cut.boxes) >= 1


def test_an_object_larger_than_the_crop_is_made_smaller_until_it_fits():
    for cut in crops(example((10, 20, 74, 40))):
        x1, y1, x2, y2 = cut.boxes[0].tolist()
        assert (x2 - x1, y2 - y1) == pytest.approx((32, 10), abs=0.01)


def test_what_a_crop_leaves_of_an_object_is_learnt_or_ignored_by_its_visible_share():
    # The first is always whole; of the second, 20 px wide, a crop of 32 px shows any part.
    shares = {"learnt": [], "ignored": []}
    for cut in crops(example((40, 40, 60, 60), (64, 40, 84, 60)), n=200):
        for boxes, name in ((cut.boxes, "learnt"), (cut.ignore, "ignored")):
            area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) / 400
            shares[name] += [share for share in area.tolist() if share < 0.999]

    assert min(shares["learnt"]) >= 0.3 > max(shares["ignored"])


def test_what_the_patch_had_cut_already_counts():
    one = example((40, 40, 60, 60), (64, 40, 84, 60), visible=[1.0, 0.35])

    for cut in crops(one, n=100):
        assert all(0.3 <= v < 0.351 for v in cut.visible[cut.labels == 2])


def test_an_object_that_lies_in_the_crop_whole_stays_one_however_little_the_patch_shows():
    assert all(len(cut.boxes) == 1 for cut in crops(example((8, 8, 20, 20), visible=[0.1])))


def test_ignored_regions_are_cut_and_those_outside_are_dropped():
    one = example(ignore=[(0, 0, 96, 96), (0, 0, 24, 24)])

    cuts = crops(one)

    assert all(cut.ignore[0].tolist() == [0, 0, 32, 32] for cut in cuts)
    assert {len(cut.ignore) for cut in cuts} == {1, 2}


def test_a_smaller_scale_shows_the_whole_patch_in_no_data():
    for cut in crops(example(), scale=(0.5, 0.5), crop_px=0):
        assert (cut.pixels > 0).sum() == pytest.approx(3 * 48 * 48, rel=0.05)


def test_settings_that_ask_for_nothing_draw_nothing():
    rng, one = np.random.default_rng(0), example((0, 0, 9, 9))

    assert zoom(one, rng, AugmentSettings(scale=(1.0, 1.0))) is one
    assert rng.random() == np.random.default_rng(0).random()


def test_a_scale_that_falls_is_refused():
    with pytest.raises(ValueError, match=r"scale=\[1\.2, 0\.8\] must rise from 0\.5 at least"):
        AugmentSettings(scale=(1.2, 0.8))


def test_a_tiny_crop_is_refused():
    with pytest.raises(ValueError, match="crop_px=8 must be 0 or >= 32"):
        AugmentSettings(crop_px=8)
