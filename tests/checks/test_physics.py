from dataclasses import replace

import numpy as np
import pytest
from rasterio.transform import Affine

from crosslook.checks.check_params import CheckDataParams
from crosslook.checks.physics import (
    clear_pixels,
    cloud_problems,
    offset_problems,
    polarisation_problems,
)
from crosslook.checks.rasters import raster_problems
from crosslook.scenes.cloud_raster import write_classes
from crosslook.scenes.radiometry import Radiometry
from crosslook.simulate.dataset import write_data
from crosslook.simulate.settings import SimulateParams

RGB = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)
DUAL = Radiometry("sigma0_db", ("VV", "VH"))
DARK = CheckDataParams().dark_reflectance
DB = CheckDataParams().plausible_db
ALL = np.ones((40, 40), np.bool_)


def ground(shift=0.0):
    """Half water, half land; water of B04 at 0.03, of B02 at 0.08."""
    values = np.empty((3, 40, 40), np.float32)
    values[:, :20] = np.float32([0.03, 0.05, 0.08])[:, None, None]
    values[:, 20:] = np.float32([0.2, 0.18, 0.15])[:, None, None]
    return values + np.float32(shift)


def backscatter(co_db, cross_db):
    rng = np.random.default_rng(0)
    means = np.float32([co_db, cross_db])[:, None, None]
    return (means + rng.normal(0, 2, (2, 64, 64))).astype(np.float32)


def test_water_and_land_have_no_problem_of_offset():
    assert offset_problems(ground(), ALL, RGB, DARK) == []


def test_an_offset_taken_off_twice_is_told_with_the_darkest_band():
    (problem,) = offset_problems(ground(-0.1), ALL, replace(RGB, offset=-0.1), DARK)

    assert problem == (
        "the darkest hundredth of B04 lies at reflectance -0.070, expected -0.03 or more: was an "
        "offset of -0.1 applied twice? Ingest it again, without the offset that its numbers have "
        "already (offset -0.1 is declared)."
    )


def test_an_offset_never_taken_off_is_told():
    (problem,) = offset_problems(ground(0.1), ALL, RGB, DARK)

    assert problem.startswith(
        "the darkest hundredth of B04 lies at reflectance 0.130, in no band below 0.09: is the "
        "offset of -0.1 missing?"
    )


def test_bright_ground_passes_where_the_user_says_so():
    assert offset_problems(ground(0.1), ALL, RGB, (-0.03, 0.2)) == []


@pytest.mark.parametrize(
    ("values", "clear", "radiometry"),
    [
        (ground(0.1), ALL & False, RGB),  # nothing but cloud
        (ground(0.1), ALL, replace(RGB, unit="grey8")),
    ],
)
def test_what_cannot_be_judged_has_no_problem_of_offset(values, clear, radiometry):
    assert offset_problems(values, clear, radiometry, DARK) == []


def test_a_snow_field_is_no_missing_offset(make_scene):
    pixels = np.full((3, 64, 64), 6000, np.uint16)
    snowy = make_scene("alp", RGB, pixels=pixels)
    path = snowy.image.with_name("classes.tif")
    write_classes(path, np.full((64, 64), 4, np.uint8), ["snow"], snowy.crs, snowy.affine)

    assert len(raster_problems(snowy, DB, DARK)) == 1
    assert raster_problems(replace(snowy, clouds=path), DB, DARK) == []


def test_clear_pixels_are_found_on_a_coarser_grid_of_classes(make_scene):
    scene = make_scene("a", RGB, size=(64, 64))
    path = scene.image.with_name("classes.tif")
    classes = np.ones((32, 32), np.uint8)
    classes[:, :8] = 2  # cloud: the first quarter
    write_classes(path, classes, ["cloud"], scene.crs, scene.affine @ Affine.scale(2))

    clear = clear_pixels(replace(scene, clouds=path), np.ones((16, 16), np.bool_))

    assert not clear[:, :4].any()
    assert clear[:, 4:].all()


def test_cross_polarisation_brighter_than_co_polarisation_is_told():
    values = backscatter(-18, -11)

    (problem,) = polarisation_problems(values, values[0] < 99, DUAL)

    assert problem == (
        "VH is brighter than VV in 99% of its pixels: are the two swapped? Ingest it again with "
        "--bands in the order of the file."
    )


@pytest.mark.parametrize("bands", [("VV", "VH"), ("HH", "HV")])
def test_land_and_water_as_they_are_have_no_problem_of_polarisation(bands):
    values = backscatter(-11, -18)

    assert polarisation_problems(values, values[0] < 99, Radiometry("sigma0_db", bands)) == []


def test_pixels_without_data_do_not_count_as_swapped():
    values = backscatter(-11, -18)
    values[:, :50] = values[::-1, :50]
    valid = np.ones((64, 64), np.bool_)

    assert len(polarisation_problems(values, valid, DUAL)) == 1
    valid[:50] = False
    assert polarisation_problems(values, valid, DUAL) == []


def test_one_polarisation_cannot_be_swapped():
    values = backscatter(-18, -11)[:1]

    one = Radiometry("sigma0_db", ("VH",))
    assert polarisation_problems(values, values[0] < 99, one) == []


def test_swapped_bands_are_found_by_the_check_of_a_scene(make_scene):
    scene = make_scene("a", DUAL, pixels=backscatter(-18, -11))

    (problem,) = raster_problems(scene, DB, DARK)

    assert problem.startswith("a: VH is brighter than VV in ")


def test_a_damaged_raster_of_clouds_is_told(make_scene):
    scene = make_scene("a", RGB)
    path = scene.image.with_name("classes.tif")
    path.write_bytes(b"II*\0")

    (problem,) = cloud_problems(replace(scene, clouds=path))

    assert "classes.tif is not a readable GeoTIFF" in problem


def test_the_simulated_world_has_neither(tmp_path):
    tiny = SimulateParams(
        optical_scenes=1,
        optical_size=256,
        sar_unlabelled_scenes=1,
        sar_unlabelled_size=256,
        sar_train_scenes=0,
        sar_dev_scenes=0,
        sar_test_scenes=0,
    )
    scenes = write_data(tmp_path / "data", 0, tiny)

    assert [p for scene in scenes for p in raster_problems(scene, DB, DARK)] == []
