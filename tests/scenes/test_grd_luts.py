import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from crosslook.errors import InputError
from crosslook.scenes.grd_luts import AzimuthBlock, Lut, Noise, read_calibration, read_noise
from crosslook.scenes.grd_pixels import Calibrator
from crosslook.scenes.grd_product import open_grd

LINE, SAMPLE = np.arange(300.0)[:, None], np.arange(400.0)

AZIMUTH = "<noiseAzimuthVectorList>"


@pytest.fixture
def write(tmp_path, grd_products):
    def make(**settings):
        product = grd_products.GrdProduct(**settings)
        return product, grd_products.write_product(tmp_path, product)

    return make


def edit(root, pattern, old, new):
    (path,) = root.glob(f"annotation/calibration/{pattern}")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_backscatter_is_the_power_without_noise_over_the_squared_gain():
    table = Lut(np.array([0.0]), np.full((1, 3), 2.0, np.float32))
    noise = Noise(Lut(np.array([0.0]), np.full((1, 3), 36.0, np.float32)))

    power = Calibrator(table, noise).power(np.array([[10, 6, 0]], np.uint16), 0, 0)

    assert power.tolist() == [[16, 0, 0]]  # (100 - 36) / 4; nothing above the noise is 0


def test_the_largest_digital_number_does_not_overflow():
    table = Lut(np.array([0.0]), np.ones((1, 1), np.float32))

    power = Calibrator(table, None).power(np.array([[65535]], np.uint16), 0, 0)

    assert power[0, 0] == pytest.approx(65535.0**2)


def test_a_table_is_linear_between_its_lines_and_constant_beyond_them():
    table = Lut(np.array([10.0, 20.0, 30.0]), np.array([[0, 1], [10, 1], [30, 2]], np.float32))

    assert table.window(8, 0, 25, 1)[:, 0].tolist() == (
        [0, 0, *range(10), *range(10, 30, 2), 30, 30, 30]
    )
    assert table.window(25, 1, 1, 1).tolist() == [[1.5]]


def test_two_vectors_of_one_line_are_a_step():
    table = Lut(np.array([0.0, 5.0, 5.0, 9.0]), np.array([[1], [1], [3], [3]], np.float32))

    assert table.window(0, 0, 10, 1)[:, 0].tolist() == [1] * 5 + [3] * 5


def test_azimuth_noise_holds_in_its_rectangle_only():
    noise = Noise(
        Lut(np.array([0.0]), np.full((1, 6), 10.0, np.float32)),
        (AzimuthBlock(1, 2, 2, 4, np.array([2.0, 3.0], np.float32)),),
    )

    assert noise.window(0, 1, 4, 4).tolist() == [
        [10, 10, 10, 10],
        [10, 20, 20, 20],
        [10, 30, 30, 30],
        [10, 10, 10, 10],
    ]


@pytest.mark.parametrize(
    ("calibration", "tag"),
    [("sigma0", "sigmaNought"), ("beta0", "betaNought"), ("gamma0", "gamma")],
)
def test_each_calibration_reads_its_own_table(write, calibration, tag):
    product, path = write()
    grd = open_grd(path)

    for band in grd.bands:
        table = read_calibration(grd, band, calibration).window(0, 0, 300, 400)
        expected = product.gain(band.polarisation, LINE, SAMPLE, tag)
        np.testing.assert_allclose(table, expected, rtol=1e-6)


@pytest.mark.parametrize("ipf", ["003.31", "002.80", "002.36"])
def test_noise_is_read_of_every_generation_of_products(write, ipf):
    product, path = write(ipf=ipf)
    grd = open_grd(path)

    noise = read_noise(grd, grd.bands[1])

    assert bool(noise.azimuth) == (ipf == "003.31")
    expected = product.noise_power("VH", LINE, SAMPLE)
    np.testing.assert_allclose(noise.window(0, 0, 300, 400), expected, rtol=1e-5)


def test_noise_is_not_taken_off_twice(write):
    _, path = write(noise_removed=True)
    grd = open_grd(path)

    assert read_noise(grd, grd.bands[0]) is None


def test_noise_vectors_of_zeros_are_no_noise(write):
    _, path = write(ipf="002.36", noise=0.0)
    grd = open_grd(path)

    assert read_noise(grd, grd.bands[0]) is None


def test_a_noise_vector_that_ends_inside_the_image_goes_on_to_the_last_line(write):
    product, path = write(code="SV", ipf="002.80")
    (file,) = path.glob("annotation/calibration/noise-*")
    head, last = file.read_text().rsplit("<noiseVector>", 1)
    file.write_text(head + last[last.index("</noiseVector>") + len("</noiseVector>") :])
    grd = open_grd(path)

    noise = read_noise(grd, grd.bands[0]).window(0, 0, 300, 400)

    end = product.noise_power("VV", 224.0, SAMPLE)
    np.testing.assert_allclose(noise[224:], np.broadcast_to(end, (76, 400)), rtol=1e-5)


@pytest.mark.parametrize(
    ("pattern", "old", "new", "message"),
    [
        (
            "calibration-*",
            '<sigmaNought count="11">5',
            '<sigmaNought count="11">-5',
            "must be >= 0.001 everywhere",
        ),
        ("calibration-*", "sigmaNought", "other", "lacks <sigmaNought>"),
        (
            "calibration-*",
            '<sigmaNought count="11">',
            "<sigmaNought>1 ",
            "12 values of sigmaNought stand at",
        ),
        ("calibration-*", "calibrationVector>", "other>", "0 sigmaNought vectors"),
        ("noise-*", '">0 80', '">80 0', "must rise"),
        ("noise-*", "noiseRangeLut", "other", "lacks <noiseRangeLut>"),
        ("noise-*", "noiseAzimuthVector>", "other>", "has no noiseAzimuthVector"),
        ("noise-*", "noiseRangeVector>", "other>", "0 noiseLut vectors"),
        ("noise-*", "e+02", "e+999", "is not made of numbers"),
        ("noise-*", AZIMUTH, AZIMUTH + "<noiseAzimuthVector/>" * 1024, "at most 1024"),
        (
            "noise-*",
            '<noiseRangeLut count="10">',
            '<noiseRangeLut count="10">1' + " " * 2**20,
            "expected at most 1048576",
        ),
    ],
)
def test_a_damaged_table_is_named(write, pattern, old, new, message):
    _, path = write(code="SV")
    edit(path, pattern, old, new)
    grd = open_grd(path)

    with pytest.raises(InputError, match=message) as error:
        read_calibration(grd, grd.bands[0], "sigma0")
        read_noise(grd, grd.bands[0])
    assert "\n" not in str(error.value)


@pytest.mark.skipif("CROSSLOOK_REAL_SAFE" not in os.environ, reason="no real products here")
def test_real_tables_are_read_and_plausible(tmp_path):
    """The noise of a real product lies at -30 to -20 dB of sigma0."""
    (source,) = Path(os.environ["CROSSLOOK_REAL_SAFE"]).glob("S1A*.SAFE")
    root = tmp_path / source.name
    shutil.copytree(source / "annotation", root / "annotation", copy_function=shutil.copyfile)
    shutil.copyfile(source / "manifest.safe", root / "manifest.safe")
    (root / "measurement").mkdir()
    for path in (root / "annotation").glob("*.xml"):
        (root / "measurement" / f"{path.stem}.tiff").touch()
    grd = open_grd(root)
    place = (5000, 1000, 400, 20_000)

    for band in grd.bands:
        gain = read_calibration(grd, band, "sigma0").window(*place)
        noise = read_noise(grd, band).window(*place)
        nesz_db = 10 * np.log10(noise / gain**2)
        assert nesz_db.min() > -33 and nesz_db.max() < -20
