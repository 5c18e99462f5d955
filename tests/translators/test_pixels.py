import numpy as np
import pytest
import torch

from crosslook.translators.pixels import to_network, to_pixels

LEVELS = np.arange(1, 256, dtype=np.uint8).reshape(1, 1, 255)


def test_data_fills_the_range():
    values = to_network(LEVELS)

    assert (values.min().item(), values.max().item()) == (-1.0, 1.0)


def test_every_level_comes_back():
    assert np.array_equal(to_pixels(to_network(LEVELS)), LEVELS)


def test_no_data_looks_like_the_darkest_data():
    assert to_network(np.zeros((1, 1, 1), np.uint8)).item() == -1.0


def test_values_beyond_the_range_are_cut_off():
    assert to_pixels(torch.tensor([-3.0, 3.0])).tolist() == [1, 255]


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(FloatingPointError, match="not finite"):
        to_pixels(torch.tensor([0.0, float("nan")]))
