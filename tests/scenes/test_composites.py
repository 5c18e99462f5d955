from dataclasses import replace

import numpy as np
import pytest

from crosslook.errors import InputError, RadiometryError
from crosslook.scenes.composites import (
    bands_read,
    composite,
    contract,
    db_to_power,
    power_to_db,
    ratio,
    settings_of,
    shared_contract,
    stretch,
)
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.stretches import OpticalComposite, SarComposite

DB = Radiometry("sigma0_db", ("VV", "VH"))
POWER = Radiometry("sigma0_power", ("VV", "VH"))
S2 = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)
GREY = Radiometry("grey8", ("VV",))


def pixel(*values, dtype=np.float32):
    return np.array(values, dtype).reshape(-1, 1, 1)


def made(stored, radiometry, settings):
    return composite(stored, radiometry, settings)[:, 0, 0].tolist()


@pytest.mark.parametrize(
    ("dtype", "radiometry", "settings"),
    [
        ("uint16", S2, OpticalComposite()),
        ("uint16", replace(S2, offset=-0.1, nodata=None), OpticalComposite(reflectance=(0, 0.4))),
        ("int16", replace(S2, nodata=-7), OpticalComposite()),
        ("uint8", replace(GREY, bands=S2.bands, nodata=9), OpticalComposite()),
        ("int16", Radiometry("sigma0_db", ("VH",), 0.01, 0.0, -32768), SarComposite()),
        ("uint16", Radiometry("gamma0_power", ("VV",), 1e-4, 0.0, 0), SarComposite()),
        ("int16", Radiometry("sigma0_db", ("VV", "VH"), 0.01, 0.0, -32768), SarComposite()),
    ],
)
def test_numbers_of_16_bits_give_what_the_same_numbers_give_in_32(dtype, radiometry, settings):
    ends = np.iinfo(dtype)
    shape = (len(radiometry.bands), 90, 400)
    stored = np.random.default_rng(0).integers(ends.min, ends.max, shape, dtype, endpoint=True)
    stored[:, 0, ::2] = radiometry.nodata or 0
    stored[0, 1, ::2] = radiometry.nodata or 0

    found = composite(stored[:, :, ::2], radiometry, settings)

    assert np.array_equal(
        found, composite(stored.astype(np.int32)[:, :, ::2], radiometry, settings)
    )
    assert found.flags.owndata and found.dtype == np.uint8


def test_a_stretch_goes_from_1_to_255_and_is_clipped():
    assert stretch(np.float32([-1, 0, 0.15, 0.3, 9]), (0.0, 0.3)).tolist() == [1, 1, 128, 255, 255]


def test_true_colour_is_reflectance_0_to_0_3_in_the_order_red_green_blue():
    assert made(pixel(3000, 1500, 1, dtype=np.uint16), S2, OpticalComposite()) == [255, 128, 1]


def test_bands_are_found_by_name_not_by_place():
    upside_down = Radiometry("reflectance", ("B02", "B03", "B04"), 1e-4)
    assert bands_read(upside_down, OpticalComposite()) == ("B04", "B03", "B02")
    assert upside_down.index(bands_read(upside_down, OpticalComposite())) == [2, 1, 0]


def test_a_pixel_without_data_in_one_band_is_0_in_all():
    assert made(pixel(3000, 0, 100, dtype=np.uint16), S2, OpticalComposite()) == [0, 0, 0]
    assert made(pixel(np.nan, -12), DB, SarComposite()) == [0, 0, 0]


def test_sar_is_vh_vv_and_amplitude_ratio():
    # VH -15.5 dB is half of -26..-5; VV -9.5 dB; the ratio is 10^(-6 / 20) = 0.501.
    vv = 1 + round((20 - 9.5) / 20 * 254)
    blue = 1 + round(10 ** (-6 / 20) * 254)

    assert made(pixel(-9.5, -15.5), DB, SarComposite()) == [128, vv, blue]


@pytest.mark.parametrize(
    ("definition", "value"),
    [("amplitude", 0.5012), ("power", 0.2512), ("db", -6.0), ("absdb", 1.6)],
)
def test_the_four_ratios_of_minus_16_to_minus_10_db(definition, value):
    assert ratio(np.float32([-16]), np.float32([-10]), definition)[0] == pytest.approx(
        value, abs=1e-4
    )


def test_the_amplitude_ratio_is_the_root_of_the_power_ratio():
    vh, vv = np.float32([-21.3, -17]), np.float32([-12.1, -30])

    assert ratio(vh, vv, "amplitude") == pytest.approx(np.sqrt(ratio(vh, vv, "power")), rel=1e-5)


def test_the_ratio_of_decibels_stays_finite_where_vv_is_0_db():
    assert np.isfinite(ratio(np.float32([-10, 0]), np.float32([0, 0]), "absdb")).all()


def test_power_and_decibels_give_the_same_composite():
    rng = np.random.default_rng(0)
    db = rng.uniform(-35, 5, (2, 8, 8)).astype(np.float32)

    from_power = composite(db_to_power(db), POWER, SarComposite()).astype(int)

    assert np.abs(from_power - composite(db, DB, SarComposite())).max() <= 1


def test_zero_and_negative_power_count_as_the_floor():
    assert power_to_db(np.float32([0, -0.01, 1])).tolist() == [-40, -40, 0]
    assert made(pixel(0, 0), POWER, SarComposite()) == [1, 1, 255]


def test_vv_alone_stands_three_times_and_the_contract_says_so():
    alone = Radiometry("sigma0_db", ("VV",))
    said = contract(alone, SarComposite())

    assert made(pixel(-10), alone, SarComposite()) == [128, 128, 128]
    assert said["composite_bands"] == ["VV", "VV", "VV"]
    assert said["polarisations"] == 1
    assert said["ratio"] is None


def test_eight_bit_grey_passes_through_from_0_255_to_1_255():
    assert made(pixel(0, dtype=np.uint8), GREY, SarComposite()) == [1, 1, 1]
    assert made(pixel(255, dtype=np.uint8), GREY, SarComposite()) == [255, 255, 255]
    assert made(pixel(128, dtype=np.uint8), GREY, SarComposite()) == [128, 128, 128]


def test_eight_bit_grey_keeps_a_declared_no_data():
    declared = Radiometry("grey8", ("VV",), nodata=0)

    assert made(pixel(0, dtype=np.uint8), declared, SarComposite()) == [0, 0, 0]


def test_eight_bit_true_colour_passes_through():
    rgb = Radiometry("grey8", ("B04", "B03", "B02"))

    assert made(pixel(255, 0, 128, dtype=np.uint8), rgb, OpticalComposite()) == [255, 1, 128]


def test_the_contract_holds_all_that_the_pixels_depend_on():
    assert contract(DB, SarComposite(ratio="db")) == {
        "sensor": "sar",
        "unit": "sigma0_db",
        "composite_bands": ["VH", "VV", "VH/VV"],
        "stretch": [[-26.0, -5.0], [-20.0, 0.0], [-15.0, 0.0]],
        "ratio": "db",
        "floor_db": -40.0,
        "polarisations": 2,
    }


@pytest.mark.parametrize(
    ("radiometry", "settings"),
    [
        (DB, SarComposite((-25, 0), (-32.5, -5), "power", (0, 0.49), -45)),
        (POWER, SarComposite()),
        (Radiometry("sigma0_db", ("VV",)), SarComposite((-25, 1))),
        (Radiometry("sigma0_db", ("VH",)), SarComposite(vh_db=(-30, -1))),
        (GREY, SarComposite()),
        (S2, OpticalComposite(reflectance=(0.0, 0.4))),
    ],
)
def test_settings_come_back_from_the_contract(radiometry, settings):
    said = contract(radiometry, settings)

    assert contract(radiometry, settings_of(said)) == said


def test_hh_and_hv_make_a_composite_of_their_own():
    power = Radiometry("gamma0_power", ("HV", "HH"))

    said = contract(power, SarComposite())

    assert bands_read(power, SarComposite()) == ("HH", "HV")
    assert (said["composite_bands"], said["unit"]) == (["HV", "HH", "HV/HH"], "gamma0_db")
    assert contract(power, settings_of(said)) == said


def test_a_missing_band_is_named():
    with pytest.raises(RadiometryError, match="has B04, B03, so B02 is missing"):
        contract(Radiometry("reflectance", ("B04", "B03")), OpticalComposite())


def test_dual_polarisation_grey_has_no_composite():
    with pytest.raises(RadiometryError, match="VV and VH in physical units, or one band"):
        contract(Radiometry("grey8", ("VV", "VH")), SarComposite())


def test_a_clip_must_rise():
    with pytest.raises(ValueError, match=r"vv_db: the low end 0.0 must lie below"):
        SarComposite(vv_db=(0.0, -20.0))


def test_scenes_with_one_and_two_polarisations_do_not_mix(make_scene):
    scenes = [make_scene("both"), make_scene("single", Radiometry("sigma0_db", ("VV",)))]

    with pytest.raises(RadiometryError, match="'both' and 'single' cannot share patches"):
        shared_contract(scenes, SarComposite())


def test_reflectance_and_8_bit_mix_only_when_allowed(make_scene):
    scenes = [make_scene("grey", Radiometry("grey8", S2.bands)), make_scene("reflecting", S2)]

    with pytest.raises(RadiometryError, match=r"unit is 'reflectance' .*allow_mixed_optical"):
        shared_contract(scenes, OpticalComposite())
    allowed = shared_contract(scenes, OpticalComposite(), allow_mixed_optical=True)
    assert allowed["unit"] == "reflectance or grey8"
    assert allowed["stretch"] == [[0.0, 0.3]] * 3


def test_a_sensor_without_scenes_has_no_contract():
    with pytest.raises(InputError, match="there is no SAR scene"):
        shared_contract([], SarComposite())
