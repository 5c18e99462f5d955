import numpy as np
import pytest

from crosslook.classifier.configurations import configuration_named
from crosslook.classifier.forest import band_statistics, grow_forest
from crosslook.errors import InputError

FOREST = configuration_named("forest_s2", ("s1", "s2"))


def test_the_statistics_of_a_band_by_hand():
    pixels = np.zeros((2, 2, 1, 11), np.float32)
    pixels[1, 0, 0] = range(11)

    found = band_statistics(pixels, np.array([1]))

    # bands one after the other: means, deviations, deciles 1, 5 and 9
    assert found.tolist() == [pytest.approx([5, 0, np.sqrt(10), 0, 1, 0, 5, 0, 9, 0])]


def test_shares_that_the_bands_show_are_learnt(planted, tmp_path):
    teach, held = planted(200, 0), planted(40, 1)

    answer = grow_forest(FOREST, 0, 0, teach, tmp_path)

    said = answer("s2", held.sensors["s2"]).probabilities
    assert said.sum(axis=1) == pytest.approx(1, abs=1e-5)
    prior = np.abs(teach.shares.mean(axis=0) - held.shares).mean()
    assert np.abs(said - held.shares).mean() < prior / 2


def test_more_samples_than_there_are_is_an_error(planted, tmp_path):
    with pytest.raises(InputError, match="forest_s2: samples=9, but there are 4 patches"):
        grow_forest(FOREST, 9, 0, planted(4, 0), tmp_path)
