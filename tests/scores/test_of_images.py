import numpy as np
import pytest
from contracts import OPTICAL, SAR

from crosslook.scores.of_images import change, grid_index, l1_scores, spectrum


def flat(*levels):
    return np.tile(np.array(levels, np.uint8)[None, :, None, None], (2, 1, 4, 4))


def test_equal_contracts_are_compared_in_physical_units():
    found = change(flat(1, 1, 1), OPTICAL, flat(255, 128, 1), OPTICAL)

    assert found.units == ("reflectance",) * 3
    assert l1_scores(found) == pytest.approx({"B04": 0.3, "B03": 0.15, "B02": 0.0})


def test_two_sensors_are_compared_in_shares_of_their_stretches_and_the_words_say_so():
    found = change(flat(1, 1, 1), OPTICAL, flat(255, 128, 1), SAR)

    assert found.units == ("share of the stretch",) * 3
    assert l1_scores(found) == pytest.approx({"VH": 1.0, "VV": 0.5, "VH/VV": 0.0})
    assert "no unit in common" in found.words
    assert "VH -26..-5 sigma0_db" in found.words


def test_a_single_polarisation_that_stands_three_times_counts_once():
    single = SAR | {"composite_bands": ["VV"] * 3, "stretch": [[-20.0, 0.0]] * 3, "ratio": None}

    assert list(l1_scores(change(flat(1, 1, 1), single, flat(2, 2, 2), single))) == ["VV"]


def test_a_planted_grid_raises_the_index():
    rng = np.random.default_rng(0)
    noise = rng.integers(60, 120, (4, 3, 34, 34)).astype(np.uint8)
    grid = noise.copy()
    grid[:, :, ::2, ::2] += 60

    assert grid_index(spectrum(noise)) == pytest.approx(1, abs=0.5)
    assert grid_index(spectrum(grid)) > 5


def test_patches_below_32_px_have_no_spectrum_and_no_index():
    assert spectrum(np.ones((1, 3, 30, 40), np.uint8)) is None
    assert grid_index(None) is None
