import numpy as np
import pytest
import torch

from crosslook.translators.grey_speckle import GreySpeckle
from crosslook.translators.histogram import HistogramMatch, match_levels
from crosslook.translators.identity import Identity
from crosslook.translators.pixels import to_network
from crosslook.translators.settings import (
    GreySpeckleSettings,
    HistogramSettings,
    NoneSettings,
    RealSarSettings,
)
from crosslook.translators.translating import translate_pixels

RNG = np.random.default_rng(0)


def pixels(low=1, high=256, size=(3, 13, 10)):
    return RNG.integers(low, high, size=size, dtype=np.uint8)


def test_none_leaves_every_pixel_as_it_is():
    patch = pixels(low=0)
    patch[:, (patch == 0).any(axis=0)] = 0

    assert np.array_equal(translate_pixels(Identity(3, 3, NoneSettings()), patch), patch)


def test_none_is_fed_optical_and_real_sar_is_fed_sar():
    assert (NoneSettings.source, RealSarSettings.source) == ("optical", "sar")


def test_none_needs_equal_band_counts():
    with pytest.raises(ValueError, match="3 bands cannot stand for ones with 2"):
        Identity(3, 2, NoneSettings())


def test_baselines_have_nothing_to_learn():
    for baseline in (
        Identity(3, 3, NoneSettings()),
        GreySpeckle(3, 3, GreySpeckleSettings()),
        HistogramMatch(3, 3, HistogramSettings()),
    ):
        assert baseline.updates() == []
        assert list(baseline.parameters()) == []


def grey(looks, level=65, size=96):
    patch = np.full((3, size, size), level, np.uint8)
    fake = GreySpeckle(3, 3, GreySpeckleSettings(looks=looks)).translate(to_network(patch)[None])
    return (fake[0] + 1) / 2


@pytest.mark.parametrize("looks", [4.0, 16.0])
def test_speckle_has_mean_one_and_the_variance_of_its_looks(looks):
    values = grey(looks)[0] / (64 / 254)

    assert values.mean().item() == pytest.approx(1.0, abs=0.02)
    assert (1 / values.var()).item() == pytest.approx(looks, rel=0.1)


def test_grey_speckle_is_the_same_in_all_bands():
    fake = grey(4.0)

    assert torch.equal(fake[0], fake[1])
    assert torch.equal(fake[0], fake[2])


def test_green_is_brighter_than_blue():
    blue, green = np.ones((2, 3, 32, 32), np.uint8)
    blue[2], green[1] = 200, 200
    speckle = GreySpeckle(3, 3, GreySpeckleSettings())

    assert translate_pixels(speckle, green).mean() > translate_pixels(speckle, blue).mean()


def test_a_patch_keeps_its_speckle_and_another_patch_has_another():
    speckle = GreySpeckle(3, 3, GreySpeckleSettings())
    patch, other = pixels(), pixels()

    assert np.array_equal(translate_pixels(speckle, patch), translate_pixels(speckle, patch))
    assert not np.array_equal(translate_pixels(speckle, patch), translate_pixels(speckle, other))


def test_another_seed_gives_other_speckle():
    patch = pixels()
    fakes = [
        translate_pixels(GreySpeckle(3, 3, GreySpeckleSettings(seed=seed)), patch)
        for seed in (0, 1)
    ]

    assert not np.array_equal(*fakes)


def counts(values):
    return np.bincount(values, minlength=256)


def test_equal_histograms_map_each_level_to_itself():
    histogram = counts(RNG.integers(1, 256, size=5000))
    there = np.flatnonzero(histogram)

    assert np.array_equal(match_levels(histogram, histogram)[there], there)


def test_a_shift_is_found_by_hand():
    source, target = counts(np.array([10, 20, 20, 30])), counts(np.array([110, 120, 120, 130]))

    assert match_levels(source, target)[[10, 20, 30]].tolist() == [110, 120, 130]


def test_no_data_does_not_count():
    source, target = counts(np.array([0] * 90 + [10])), counts(np.array([7]))

    mapped = match_levels(source, target)

    assert (mapped[0], mapped[10]) == (0, 7)


def test_a_set_of_no_data_alone_is_refused():
    with pytest.raises(ValueError, match="needs data pixels"):
        match_levels(counts(np.zeros(5, int)), counts(np.ones(5, int)))


def test_matched_patches_have_the_histogram_of_the_target():
    source, target = pixels(1, 60, (8, 3, 16, 16)), pixels(100, 256, (8, 3, 16, 16))
    match = HistogramMatch(3, 3, HistogramSettings())

    match.fit(source, target)
    fakes = np.stack([translate_pixels(match, patch) for patch in source])

    for band in range(3):
        for share in (0.1, 0.5, 0.9):
            found, wanted = (np.quantile(a[:, band], share) for a in (fakes, target))
            assert found == pytest.approx(wanted, abs=5)
