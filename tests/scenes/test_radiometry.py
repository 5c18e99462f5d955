import numpy as np
import pytest

from crosslook.scenes.radiometry import Radiometry


def test_physical_is_stored_times_scale_plus_offset():
    reflectance = Radiometry("reflectance", ("B04",), 1e-4, -0.1, 0)

    values, valid = reflectance.to_physical(np.array([[[0, 1000, 4000]]], np.uint16))

    assert values[0, 0] == pytest.approx([0, 0, 0.3], abs=1e-6)
    assert valid.tolist() == [[False, True, True]]


def test_a_pixel_is_valid_only_when_all_bands_are():
    both = Radiometry("sigma0_db", ("VV", "VH"))
    stored = np.array([[[-9, np.nan, -9]], [[-15, -15, np.inf]]], np.float32)

    values, valid = both.to_physical(stored)

    assert valid.tolist() == [[True, False, False]]
    assert values[:, 0, 1:].tolist() == [[0, 0], [0, 0]]


def test_a_missing_band_is_named():
    with pytest.raises(ValueError, match="no band 'VH'; the scene has VV"):
        Radiometry("sigma0_db", ("VV",)).index(["VH"])


def test_bands_are_named_once():
    with pytest.raises(ValueError, match="must be named, each name once"):
        Radiometry("sigma0_db", ("VV", "VV"))


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="unit 'dn' is not one of reflectance, sigma0_db"):
        Radiometry("dn", ("VV",))
