import numpy as np
import pytest

from crosslook.scores.drift import histogram_distance, saturated_share, variance_across

RNG = np.random.default_rng(0)


def flat(*levels, shape=(2, 4, 5)):
    return np.stack([np.full(shape, level, np.uint8) for level in levels])


def noise(count=3, shape=(2, 8, 8)):
    return RNG.integers(1, 256, (count, *shape), dtype=np.uint8)


def test_variance_across_images_has_a_closed_form():
    # 1 and 255 are 0 and 1 of the stretch: variance of {0, 1} with N - 1 is 1/2, of {0, 0, 1} 1/3.
    assert variance_across(flat(1, 255)) == pytest.approx(0.5)
    assert variance_across(flat(1, 1, 255)) == pytest.approx(1 / 3)


def test_one_image_for_every_input_has_no_variance_whatever_is_on_it():
    assert variance_across(np.repeat(noise(1), 5, axis=0)) == 0


def test_variance_is_that_of_numpy_and_knows_no_order_of_images_or_bands():
    images = noise(6)
    shares = (images.astype(float) - 1) / 254

    assert variance_across(images) == pytest.approx(shares.var(axis=0, ddof=1).mean())
    assert variance_across(images[::-1, ::-1]) == pytest.approx(variance_across(images))


def test_pixels_without_data_in_all_but_one_image_do_not_count():
    images = flat(1, 255, 0)
    images[1, :, 0] = 0  # the first row has data in one image alone

    assert variance_across(images) == pytest.approx(0.5)
    assert np.isnan(variance_across(flat(0, 255)))


def test_one_image_has_no_variance_across():
    with pytest.raises(ValueError, match=r"expected two or more images .*, got \(1, 2, 4, 5\)"):
        variance_across(flat(1))


def test_saturated_values_are_those_at_both_ends_of_the_stretch():
    image = np.array([[[[1, 255, 128, 0], [2, 254, 128, 0]]]], np.uint8)

    assert saturated_share(image) == pytest.approx(2 / 6)
    assert np.isnan(saturated_share(flat(0)))


def test_values_that_move_by_some_levels_lie_so_far_apart():
    images = RNG.integers(1, 200, (3, 2, 8, 8), dtype=np.uint8)

    assert histogram_distance(images, images + np.uint8(20)) == pytest.approx([20 / 254] * 2)
    assert histogram_distance(flat(1), flat(255)) == pytest.approx([1, 1])


def test_each_band_has_its_own_distance():
    images = flat(100, shape=(2, 4, 4))
    other = images.copy()
    other[:, 1] += 127

    assert histogram_distance(images, other) == pytest.approx([0, 0.5])


def test_distance_is_of_values_not_of_places_numbers_or_no_data():
    images = noise()
    shuffled = RNG.permuted(images.reshape(3, 2, 64), axis=2).reshape(3, 2, 8, 8)
    more = np.concatenate([shuffled, shuffled, np.zeros_like(images)])

    assert histogram_distance(images, more) == pytest.approx([0, 0], abs=1e-12)


def test_distance_is_that_of_scipy():
    from scipy.stats import wasserstein_distance

    a, b = noise(2), noise(5) // 2 + 1

    expected = [
        wasserstein_distance(a[:, i].ravel().astype(float), b[:, i].ravel()) / 254 for i in (0, 1)
    ]
    assert histogram_distance(a, b) == pytest.approx(expected)


def test_a_band_without_data_has_no_distance():
    other = flat(100)
    other[:, 0] = 0

    first, second = histogram_distance(flat(100), other)
    assert np.isnan(first) and second == 0


def test_other_bands_are_refused():
    with pytest.raises(ValueError, match="of equal bands"):
        histogram_distance(flat(1), flat(1, shape=(3, 4, 5)))
