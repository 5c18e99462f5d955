from dataclasses import replace

import numpy as np
import pytest

from crosslook.checks.rasters import histogram, raster_problems
from crosslook.scenes.radiometry import Radiometry

DB = (-60.0, 35.0)
VV = Radiometry("sigma0_db", ("VV",))


def values(number, dtype=np.float32):
    return np.full((1, 32, 32), number, dtype)


def test_a_good_scene_has_no_problem(make_scene):
    assert raster_problems(make_scene("a"), DB) == []


def test_a_missing_file(make_scene):
    scene = make_scene("a")
    scene.image.unlink()

    (problem,) = raster_problems(scene, DB)

    assert problem.startswith("a: ") and problem.endswith("a.tif is missing.")


def test_a_truncated_file(make_scene):
    scene = make_scene("a")
    scene.image.write_bytes(scene.image.read_bytes()[:-100])

    (problem,) = raster_problems(scene, DB)

    assert "breaks off: a block ends at byte" in problem


def test_no_crs(make_scene, geotiff):
    scene = make_scene("a")
    geotiff(scene.image, np.full((2, 64, 64), -9, np.float32), crs=None)

    assert raster_problems(scene, DB) == ["a: no CRS, so its labels and pixels cannot meet."]


def test_a_wrong_band_count(make_scene):
    scene = replace(make_scene("a"), radiometry=VV)

    assert raster_problems(scene, DB) == ["a: 2 bands in the file, but 1 are named (VV)."]


def test_nothing_but_nan(make_scene):
    scene = make_scene("a", VV, pixels=values(np.nan))

    assert raster_problems(scene, DB) == ["a: holds nothing but NaN."]


def test_nothing_but_no_data(make_scene):
    scene = make_scene("a", Radiometry("sigma0_db", ("VV",), nodata=-99), pixels=values(-99))

    assert raster_problems(scene, DB) == ["a: holds nothing but no-data (-99)."]


@pytest.mark.parametrize(
    ("radiometry", "pixels", "message"),
    [
        (VV, values(250), "100% of its backscatter lies outside -60..35 dB"),
        (VV, values(0.2), "hardly any backscatter lies below 0 dB: is it linear power?"),
        (Radiometry("sigma0_power", ("VV",)), values(-12), "is it in dB?"),
        (Radiometry("reflectance", ("B04",)), values(1200), "half of its reflectances exceed 2"),
        (
            Radiometry("grey8", ("VV",)),
            values(1200, np.uint16),
            "is said to be 8-bit but holds uint16",
        ),
    ],
)
def test_numbers_that_cannot_be_in_their_unit(make_scene, radiometry, pixels, message):
    (problem,) = raster_problems(make_scene("a", radiometry, pixels=pixels), DB)

    assert message in problem


def test_a_histogram_counts_physical_values(make_scene):
    stored = np.concatenate([values(1000, np.uint16), values(5000, np.uint16)], axis=1)
    scene = make_scene("a", Radiometry("reflectance", ("B04",), 1e-4), pixels=stored)

    found = histogram([scene])

    assert (found["unit"], found["low"], found["high"]) == ("reflectance", 0.0, 1.0)
    assert found["bands"]["B04"]["mean"] == pytest.approx(0.3)
    assert found["bands"]["B04"]["counts"] == [0, 1024, 0, 0, 0, 0, 0, 0, 1024] + [0] * 7
