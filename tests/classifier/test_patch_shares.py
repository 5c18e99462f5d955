import numpy as np
import pytest

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patch_shares import class_shares, prepare
from crosslook.errors import InputError

DB = {
    "bands": ["VV", "VH"],
    "clip": [[-25.0, 0.0]] * 2,
    "mean": [-12.0, -18.0],
    "std": [4.0, 3.0],
}


def patch(value, valid=None):
    pixels = np.full((2, 4, 4), value, np.float32)
    return prepare(pixels, np.ones((4, 4), bool) if valid is None else valid, DB)


def test_values_are_clipped_and_standardised():
    assert patch(-40.0).values[:, 0, 0].tolist() == [(-25 + 12) / 4, pytest.approx((-25 + 18) / 3)]


def test_pixels_without_data_are_the_mean():
    valid = np.arange(16).reshape(4, 4) >= 4
    pixels = np.full((2, 4, 4), -8.0, np.float32)
    pixels[:, :1] = np.nan

    found = prepare(pixels, valid, DB)

    assert found.valid == 0.75
    assert found.values[:, 0].tolist() == [[0.0] * 4] * 2
    assert found.values[0, 1, 0] == 1.0
    assert np.isnan(pixels[0, 0, 0])


@pytest.mark.parametrize(("value", "outside"), [(-8.0, 0), (0.5, 1), (-30.0, 0), (-9999.0, 1)])
def test_outside_is_above_the_clip_or_far_below_it(value, outside):
    assert patch(value).outside == outside


def test_calm_water_below_the_clip_has_shares(tiny):
    (shares,) = class_shares(
        [patch(-30.0)], LandCoverNetwork({"s1": 2}, 3, tiny), "s1", DB, "it", "Look."
    )

    assert shares.sum() == pytest.approx(1, abs=1e-6)


def test_patches_with_too_little_data_have_none(tiny):
    network = LandCoverNetwork({"s1": 2}, 3, tiny)
    empty = patch(0.5, np.zeros((4, 4), bool))

    found = class_shares([empty, patch(-8.0)], network, "s1", DB, "it", "Look.")

    assert found[0] is None
    assert found[1] is not None
    assert class_shares([empty], network, "s1", DB, "it", "Look.") == [None]


def test_numbers_of_another_unit_are_refused_with_what_to_do(tiny):
    with pytest.raises(InputError) as error:
        class_shares([patch(0.5)], LandCoverNetwork({"s1": 2}, 3, tiny), "s1", DB, "it", "Look.")

    assert str(error.value) == (
        "it: 100 % of the values lie outside of what s1 is clipped to ([-25.0, 0.0]): is it this "
        "sensor, in this unit (backscatter in dB, reflectance)? Look."
    )
