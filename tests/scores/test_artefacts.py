import numpy as np
import pytest

from crosslook.scores.artefacts import checkerboard_index, l1_map, power_spectrum

Y, X = np.mgrid[:64, :64]


def noise(seed=0):
    return np.random.default_rng(seed).normal(size=(64, 64))


def smooth(seed=0):
    """An image whose power falls with frequency, as that of ground does."""
    frequency = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64))
    return np.fft.ifft2(np.fft.fft2(noise(seed)) / (frequency + 1 / 64)).real


def test_the_map_is_the_mean_change_of_each_pixel():
    source = np.array([[[[1.0, 2.0]]], [[[1.0, 2.0]]]])
    fake = np.array([[[[4.0, 2.0]]], [[[0.0, 2.5]]]])

    assert l1_map(source, fake) == pytest.approx(np.array([[[2.0, 0.25]]]))


def test_pixels_without_data_do_not_count():
    source = np.array([[[[1.0, np.nan]]], [[[np.nan, np.nan]]]])

    found = l1_map(source, np.zeros((2, 1, 1, 2)))

    assert found[0, 0, 0] == 1
    assert np.isnan(found[0, 0, 1])


def test_a_cosine_has_its_power_at_its_frequency():
    found = power_spectrum(np.cos(2 * np.pi * 8 * X / 64))

    # the window halves the amplitude in each axis: (1/2 * 1/2 * 1/2 * 64^2)^2
    assert found[32, 32 + 8] == pytest.approx((64 * 64 / 8) ** 2)
    assert found[32, 32 - 8] == found.max()
    assert found[32, 32 + 16] == pytest.approx(0, abs=1e-12)


def test_spectra_are_averaged():
    one, other = noise(0), noise(1)
    both = (power_spectrum(one) + power_spectrum(other)) / 2

    assert power_spectrum(np.stack([one, other])) == pytest.approx(both)


@pytest.mark.parametrize("make", [noise, smooth])
def test_an_image_without_a_grid_has_an_index_near_one(make):
    images = np.stack([make(seed) for seed in range(20)])
    assert checkerboard_index(power_spectrum(images)) == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize(
    "grid",
    [(-1.0) ** (X + Y), (-1.0) ** X, (-1.0) ** Y, (X % 4 == 0) * 1.0, (X % 4 == 0) * (Y % 4 == 0)],
    ids=["checkerboard", "columns", "rows", "every 4th column", "every 4th point"],
)
def test_a_planted_grid_raises_the_index(grid):
    clean, gridded = smooth() / smooth().std(), smooth() / smooth().std() + grid

    assert checkerboard_index(power_spectrum(gridded)) > 3 * checkerboard_index(
        power_spectrum(clean)
    )


def test_a_stronger_grid_has_a_higher_index():
    indices = [
        checkerboard_index(power_spectrum(noise() + strength * (-1.0) ** (X + Y)))
        for strength in (0, 0.1, 0.3, 1)
    ]
    assert indices == sorted(indices)


def test_a_pattern_of_another_period_is_no_grid():
    wave = noise() + 3 * np.cos(2 * np.pi * 8 * X / 64)
    assert checkerboard_index(power_spectrum(wave)) < 1.5


def test_neither_scale_nor_offset_matters():
    one = checkerboard_index(power_spectrum(noise()))
    assert checkerboard_index(power_spectrum(7 * noise() - 20)) == pytest.approx(one)


def test_a_constant_image_has_an_index_of_one():
    assert checkerboard_index(power_spectrum(np.full((64, 64), 3.0))) == 1


def test_sides_must_be_divisible_by_four():
    with pytest.raises(ValueError, match=r"divisible by 4 and at least 32, got \(66, 64\)"):
        checkerboard_index(power_spectrum(np.zeros((66, 64))))


def test_shapes_must_agree():
    with pytest.raises(ValueError, match=r"got \(1, 3, 4, 4\) and \(1, 1, 4, 4\)"):
        l1_map(np.zeros((1, 3, 4, 4)), np.zeros((1, 1, 4, 4)))


def test_nodata_in_a_spectrum_is_refused():
    with pytest.raises(ValueError, match="fill nodata"):
        power_spectrum(np.full((64, 64), np.nan))
