import numpy as np
import pytest

from crosslook.simulate.fields import (
    distance,
    enlarge,
    hash01,
    smooth,
    spectral_noise,
    without_specks,
)


def test_spectral_noise_has_mean_0_and_deviation_1():
    field = spectral_noise(np.random.default_rng(0), 300, beta=3.0, outer_px=40)

    assert field.dtype == np.float32
    assert (float(field.mean()), float(field.std())) == pytest.approx((0, 1), abs=0.1)


def test_a_steeper_spectrum_is_smoother():
    def roughness(beta):
        field = spectral_noise(np.random.default_rng(0), 200, beta=beta, outer_px=100)
        return float(np.diff(field).std())

    assert roughness(3.8) < roughness(2.8) < roughness(1.8)


def test_spectral_noise_does_not_repeat_at_the_edges():
    field = spectral_noise(np.random.default_rng(0), 200, beta=3.6, outer_px=100)

    step = np.abs(np.diff(field, axis=1)).mean()
    assert np.abs(field[:, 0] - field[:, -1]).mean() > 5 * step


def test_enlarging_keeps_a_ramp_a_ramp():
    ramp = np.tile(np.arange(8, dtype=np.float32), (8, 1))

    row = enlarge(ramp, 16, 2)[5]

    assert row[2:13] == pytest.approx(0.5 * np.arange(2, 13) - 0.25)


def test_smoothing_spreads_a_point_as_1_2_1():
    point = np.zeros((5, 5), np.float32)
    point[2, 2] = 16

    assert smooth(point)[1:4, 1:4].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_distance_counts_pixels_from_the_edge():
    sea = np.zeros((20, 20), bool)
    sea[:, 10:] = True

    found = distance(sea)

    assert found[5, 2] == 0
    assert found[5, 16] == pytest.approx(7, abs=1.5)


def test_distance_is_the_size_where_there_is_no_edge():
    assert distance(np.ones((6, 6), bool)).tolist() == [[6.0] * 6] * 6


def test_small_pieces_vanish_and_large_ones_stay():
    mask = np.zeros((9, 9), bool)
    mask[0, 0] = True
    mask[3:6, 3:6] = True

    kept = without_specks(mask, 4)

    assert (kept.sum(), bool(kept[0, 0])) == (9, False)


def test_hashes_are_spread_evenly_and_depend_on_the_salt():
    keys = np.arange(10_000, dtype=np.uint32)

    values = hash01(keys)

    assert np.histogram(values, bins=10, range=(0, 1))[0] == pytest.approx(1000, rel=0.15)
    assert abs(np.corrcoef(values, hash01(keys, salt=1))[0, 1]) < 0.05
