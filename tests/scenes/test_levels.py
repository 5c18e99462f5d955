import numpy as np
import pytest

from crosslook.scenes.composites import stretch
from crosslook.scenes.levels import band_units, physical, shares

DUAL = {
    "unit": "sigma0_db",
    "composite_bands": ["VH", "VV", "VH/VV"],
    "stretch": [[-26.0, -5.0], [-20.0, 0.0], [0.0, 1.0]],
    "ratio": "amplitude",
}


def test_the_ends_of_a_stretch_are_the_first_and_last_level():
    pixels = np.array([1, 128, 255], np.uint8).reshape(3, 1, 1)

    assert physical(pixels, DUAL).ravel() == pytest.approx([-26.0, -10.0, 1.0])


def test_stretching_and_back_is_right_to_half_a_level():
    values = np.linspace(-26, -5, 500, dtype=np.float32)
    pixels = np.broadcast_to(stretch(values, (-26.0, -5.0)), (3, 1, 500))

    found = physical(pixels, DUAL)[0, 0]

    assert np.abs(found - values).max() <= 21 / 254 / 2 + 1e-5


def test_no_data_is_nan():
    assert np.isnan(shares(np.zeros((3, 2, 2), np.uint8))).all()


def test_a_ratio_has_a_unit_of_its_own():
    assert band_units(DUAL) == ("sigma0_db", "sigma0_db", "ratio (amplitude)")
    single = DUAL | {"composite_bands": ["VV"] * 3, "ratio": None}
    assert band_units(single) == ("sigma0_db",) * 3


def test_pixels_with_other_bands_than_the_contract_are_refused():
    with pytest.raises(ValueError, match="stretches of 3 bands"):
        physical(np.ones((2, 4, 4), np.uint8), DUAL)
