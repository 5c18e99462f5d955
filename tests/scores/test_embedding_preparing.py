import math

import pytest
import torch

from crosslook.errors import InputError
from crosslook.scenes.composites import contract, stretch
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.stretches import SarComposite
from crosslook.scores.embedding_preparing import preparation, resized, to_db

DUAL = {
    "composite_bands": ["VH", "VV", "VH/VV"],
    "unit": "sigma0_db",
    "stretch": [[-26.0, -5.0], [-20.0, 0.0], [0.0, 1.0]],
}


def levels(*bands):
    """One patch of one pixel per band, 32 x 32."""
    return torch.tensor(bands, dtype=torch.uint8).reshape(1, -1, 1, 1).expand(-1, -1, 32, 32)


def at(values):
    """The bands of the first pixel."""
    return values[0, :, 0, 0].tolist()


def test_the_fid_sees_bytes_around_zero_at_299_px():
    prepared = preparation("inception_fid", 0)

    seen = prepared(levels(0, 128, 255), {})

    assert prepared.tag == "bicubic299"
    assert seen.shape[2:] == (299, 299)
    assert at(seen) == pytest.approx([-1.0, 0.0, 127 / 128], abs=1e-5)


def test_imagenet_normalises_red_green_blue():
    seen = preparation("resnet50_imagenet", 0)(levels(255, 0, 51), {})

    expected = [(1 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225]
    assert at(seen) == pytest.approx(expected, rel=1e-5)


def test_the_sentinel_1_network_sees_vv_before_vh_in_db():
    seen = preparation("resnet50_ssl4eo_s1", 0)(levels(128, 255, 1), DUAL)

    vv, vh = 0.0, (-26 - 5) / 2  # the ends of VV, the middle of VH
    assert at(seen) == pytest.approx([(vv + 12.59) / 5.26, (vh + 20.26) / 5.91], rel=1e-5)


def test_db_is_what_went_into_the_stretch():
    db = torch.linspace(-25.9, -5.1, 50)
    band = torch.from_numpy(stretch(db.numpy(), (-26.0, -5.0)))

    back = to_db(band.reshape(1, 1, 1, -1).expand(-1, 3, -1, -1).float(), DUAL)

    assert (back[0, 1, 0] - db).abs().max() <= 21 / 254 / 2 + 1e-4


def test_no_data_counts_as_the_weakest_backscatter():
    assert at(to_db(levels(0, 0, 0).float(), DUAL)) == [-20.0, -26.0]


def test_the_contract_of_a_dual_composite_will_do():
    made = contract(Radiometry("sigma0_db", ("VV", "VH")), SarComposite())

    preparation("resnet50_ssl4eo_s1", 0).require("resnet50_ssl4eo_s1", (3, 8, 8), made)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "without a radiometry contract"),
        (DUAL | {"composite_bands": ["VV"] * 3}, "these patches hold VV, VV, VV in sigma0_db"),
        (DUAL | {"composite_bands": ["HV", "HH", "HV/HH"]}, "hold HV, HH, HV/HH"),
        (DUAL | {"unit": "grey8"}, "in grey8"),
    ],
)
def test_patches_without_vv_and_vh_in_db_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        preparation("resnet50_ssl4eo_s1", 0).require("resnet50_ssl4eo_s1", (3, 8, 8), wrong)


def test_a_resize_is_antialiased():
    stripes = torch.zeros(1, 1, 64, 64)
    stripes[..., ::2] = 255

    smaller = resized(stripes, 32)

    assert smaller[..., 4:-4].sub(127.5).abs().max() < 2  # a plain bicubic would see one stripe


def test_a_resize_stays_within_the_bytes():
    edge = torch.zeros(1, 1, 32, 32)
    edge[..., 16:] = 255

    larger = resized(edge, 64)

    assert (float(larger.min()), float(larger.max())) == (0, 255)


def test_the_same_size_is_left_as_it_is():
    patch = torch.rand(1, 3, 32, 32)

    assert resized(patch, 32) is patch
    assert resized(patch, 0) is patch
    assert math.prod(resized(patch[:, :, :16], 32).shape[2:]) == 32 * 32
