import importlib.util
import shutil

import numpy as np
import pytest
import rasterio
from rasterio.warp import transform

from crosslook.errors import InputError
from crosslook.scenes import grd_warp
from crosslook.scenes.grd_pixels import Slabs
from crosslook.scenes.sentinel1 import open_sentinel1, read_power, write_sentinel1

SIZE = (160, 240)
LINE, SAMPLE = np.arange(160.0)[:, None], np.arange(240.0)


def sigma0_db(polarisation, line, sample):
    """Smooth backscatter, 7 to 10 dB apart in the two bands; bright, so that it rounds little."""
    if polarisation in ("VV", "HH"):
        return -4.0 + 2.0 * np.sin(line / 25) + np.cos(sample / 30) + 0 * sample
    return -11.0 + 2.0 * np.sin(sample / 25) + 0 * line


@pytest.fixture
def write(tmp_path, grd_products):
    """Write a product of known backscatter; ``change`` may alter the digital numbers."""

    def make(zipped=False, change=lambda numbers: None, track=None, **settings):
        track = grd_products.Track(size=SIZE, **(track or {}))
        product = grd_products.GrdProduct(track=track, **settings)
        numbers = {}
        for band in product.polarisations:
            numbers[band] = product.numbers_of(10 ** (sigma0_db(band, LINE, SAMPLE) / 10), band)
            change(numbers[band])
        product = grd_products.GrdProduct(track=track, numbers=numbers, **settings)
        return product, grd_products.write_product(tmp_path, product, zipped)

    return make


def written(path, product):
    """Decibels (C, H, W) of what is written, NaN for no data, and line and sample by formula."""
    made = path.parent / "out.tif"
    write_sentinel1(product, made)
    with rasterio.open(made) as file:
        values, valid = product.radiometry.to_physical(file.read())
        rows, columns = np.mgrid[0 : file.height, 0 : file.width] + 0.5
        x, y = file.transform.c + 10 * columns, file.transform.f - 10 * rows
        longitude, latitude = transform(file.crs, "EPSG:4326", x.ravel(), y.ravel())
    values[:, ~valid] = np.nan
    return values, np.array(longitude), np.array(latitude)


def away_from_truth(path, product, track):
    """Errors in dB by band, and the share of the image's area that has data."""
    values, longitude, latitude = written(path, product)
    line, sample = (found.reshape(values.shape[1:]) for found in track.image(longitude, latitude))
    errors = {
        band: (values[i] - sigma0_db(band, line, sample))[np.isfinite(values[i])]
        for i, band in enumerate(product.radiometry.bands)
    }
    return errors, np.isfinite(values[0]).sum() / (SIZE[0] * SIZE[1])


@pytest.mark.parametrize(
    ("settings", "zipped"),
    [
        ({}, False),
        ({}, True),
        ({"cog": True}, False),
        ({"platform": "S1D", "code": "DH"}, False),
        ({"code": "SV", "ipf": "002.80"}, False),
        ({"code": "SH", "ipf": "002.36"}, False),
        ({"noise_removed": True}, False),
        ({"track": {"heading": 350.0}}, False),
        ({"track": {"latitude": -33.0, "longitude": 151.0}}, False),
        ({"track": {"latitude": -17.0, "longitude": 179.999}}, False),
    ],
)
def test_known_backscatter_comes_out_where_it_belongs(write, settings, zipped):
    made, path = write(zipped, **settings)

    errors, share = away_from_truth(path, open_sentinel1(path), made.track)

    assert list(errors) == made.polarisations
    assert 0.97 < share < 1.01
    for error in errors.values():
        assert abs(error.mean()) < 0.005
        assert np.abs(error).max() < 0.07


def test_noise_that_is_kept_shows(write):
    made, path = write()

    errors, _ = away_from_truth(path, open_sentinel1(path, denoise=False), made.track)

    assert errors["VH"].mean() > 0.1


@pytest.mark.parametrize("tag", ["betaNought", "gamma"])
def test_other_calibrations_differ_by_their_gain(write, tag):
    made, path = write(code="SV", noise_removed=True)
    calibration = {"betaNought": "beta0", "gamma": "gamma0"}[tag]

    sigma0 = read_power(open_sentinel1(path), "VV", (10, 20, 1, 1))
    product = open_sentinel1(path, calibration)
    other = read_power(product, "VV", (10, 20, 1, 1))

    expected = (made.gain("VV", 20, 10) / made.gain("VV", 20, 10, tag)) ** 2
    assert other[0, 0] / sigma0[0, 0] == pytest.approx(expected, rel=1e-5)
    assert product.radiometry.unit == f"{calibration}_db"


def test_power_and_decibels_say_the_same(write):
    _, path = write()

    db, _, _ = written(path, open_sentinel1(path))
    product = open_sentinel1(path, decibels=False)
    power, _, _ = written(path, product)

    assert product.radiometry.unit == "sigma0_power"
    valid = np.isfinite(db)
    assert (valid == np.isfinite(power)).all()
    np.testing.assert_allclose(10 * np.log10(power[valid]), db[valid], atol=0.0051)


def test_signal_below_the_noise_is_the_floor_and_not_no_data(write):
    def darken(numbers):
        numbers[60:100, 80:160] = 3

    made, path = write(change=darken)

    values, longitude, latitude = written(path, open_sentinel1(path))

    line, sample = (
        found.reshape(values.shape[1:]) for found in made.track.image(longitude, latitude)
    )
    dark = (abs(line - 80) < 15) & (abs(sample - 120) < 35)
    assert (values[:, dark] == -60).all()


def test_the_border_is_no_data_in_every_band(write):
    cut = []

    def border_of_the_first_band(numbers):
        if not cut:
            numbers[:, :30] = 0
        cut.append(1)

    made, path = write(change=border_of_the_first_band)

    values, longitude, latitude = written(path, open_sentinel1(path))

    _, sample = (found.reshape(values.shape[1:]) for found in made.track.image(longitude, latitude))
    assert np.isnan(values[:, sample < 38]).all()
    assert (np.isfinite(values[0]) == np.isfinite(values[1])).all()
    assert np.nanmin(sample[np.isfinite(values[0])]) < 48


def test_noise_in_the_border_of_an_old_product_is_no_data(write):
    def old_border(numbers):
        numbers[:, :24] = np.random.default_rng(0).integers(1, 29, (160, 24))

    for ipf, hidden in (("002.80", True), ("003.31", False)):
        made, path = write(change=old_border, ipf=ipf, noise=0.0)
        values, longitude, latitude = written(path, open_sentinel1(path))
        _, sample = (f.reshape(values.shape[1:]) for f in made.track.image(longitude, latitude))
        inside = (sample > 3) & (sample < 20) & np.isfinite(values).all(axis=0)
        assert inside.any() != hidden
        shutil.rmtree(path)


def test_tiles_meet_without_a_seam(write, monkeypatch):
    _, path = write()
    product = open_sentinel1(path)
    whole, _, _ = written(path, product)

    monkeypatch.setattr(grd_warp, "TILE_PX", 64)
    pieces, _, _ = written(path, product)

    np.testing.assert_allclose(pieces, whole, atol=0.0101)
    assert (np.isfinite(pieces) == np.isfinite(whole)).all()


@pytest.mark.parametrize("heading", [190.0, 350.0])
def test_rows_that_are_no_longer_needed_are_forgotten(write, monkeypatch, heading):
    _, path = write(track={"heading": heading})
    monkeypatch.setattr(grd_warp, "TILE_PX", 32)
    monkeypatch.setattr("crosslook.scenes.grd_pixels.SLAB_PX", 16)
    held, read = [], []
    window, read_slab = Slabs.window, Slabs._read

    def watched(self, *place):
        found = window(self, *place)
        held.append(len(self._held))
        return found

    def counted(self, slab):
        read.append(slab)
        return read_slab(self, slab)

    monkeypatch.setattr(Slabs, "window", watched)
    monkeypatch.setattr(Slabs, "_read", counted)
    write_sentinel1(open_sentinel1(path), path.parent / "out.tif")

    assert max(held) < 10  # of the image's slabs
    assert sorted(read) == sorted(4 * list(range(10)))  # border and warp, of two bands: once each


def test_the_notes_say_what_was_done(write):
    _, path = write(noise_removed=True)

    notes = open_sentinel1(path).notes()

    assert notes == {
        "product": path.stem,
        "platform": "S1A",
        "pass": "descending",
        "processor": "IPF 3.31",
        "thermal_noise": "removed by the processor",
        "ground_height_m": 0.0,
        "geolocation_residual_px": 0.0,
    }


def test_a_product_without_noise_vectors_says_so(write):
    _, path = write(ipf="002.36", noise=0.0)

    assert open_sentinel1(path).notes()["thermal_noise"] == (
        "unknown: the product's noise vectors are zero"
    )


def test_a_product_of_zeros_is_refused(write):
    def nothing(numbers):
        numbers[:] = 0

    _, path = write(change=nothing)

    with pytest.raises(InputError, match="nothing but no-data"):
        write_sentinel1(open_sentinel1(path), path.parent / "out.tif")


def test_a_measurement_that_breaks_off_is_named(write):
    _, path = write(code="SV")
    (file,) = (path / "measurement").glob("*.tiff")
    file.write_bytes(file.read_bytes()[: 160 * 240])

    with pytest.raises(
        InputError, match=r"measurement/s1a-iw-grd-vv-.*(cannot be read|no readable)"
    ):
        write_sentinel1(open_sentinel1(path), path.parent / "out.tif")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no readable GeoTIFF"),
        (b'<VRTDataset rasterXSize="9" rasterYSize="9"/>', "no readable GeoTIFF"),
    ],
)
def test_only_a_geotiff_is_a_measurement(write, content, message):
    _, path = write(code="SV")
    (file,) = (path / "measurement").glob("*.tiff")
    file.write_bytes(content)

    with pytest.raises(InputError, match=message):
        open_sentinel1(path)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_measurement_that_would_be_read_as_one_block_is_refused(write):
    _, path = write(code="SV")
    (file,) = (path / "measurement").glob("*.tiff")
    side = {"width": 30_000, "height": 30_000, "blockysize": 30_000}
    with rasterio.open(file, "w", driver="GTiff", count=1, dtype="uint16", SPARSE_OK=True, **side):
        pass

    with pytest.raises(InputError, match=r"claims 30000 x 30000 px .*, in a file of"):
        open_sentinel1(path)


def test_a_measurement_of_another_size_is_refused(write):
    _, path = write(code="SV")
    (file,) = (path / "annotation").glob("*.xml")
    text = file.read_text()
    file.write_text(text.replace("<numberOfLines>160", "<numberOfLines>161"))

    with pytest.raises(InputError, match=r"160 x 240 px; its annotation says .* 161 x 240"):
        open_sentinel1(path)


def test_what_lies_beside_a_measurement_is_not_opened(write):
    made, path = write(code="SV")
    (file,) = (path / "measurement").glob("*.tiff")
    beside = file.with_name(file.name + ".aux.xml")
    beside.write_text("<PAMDataset><SRS>EPSG:3857</SRS></PAMDataset>")
    file.with_name(file.name + ".ovr").write_text('<VRTDataset rasterXSize="9" rasterYSize="9"/>')

    errors, _ = away_from_truth(path, open_sentinel1(path), made.track)

    assert abs(errors["VV"].mean()) < 0.005


@pytest.mark.skipif(
    importlib.util.find_spec("xarray_sentinel") is None, reason="xarray-sentinel is not installed"
)
def test_sigma0_agrees_with_xarray_sentinel(write):
    import xarray
    from xarray_sentinel import calibrate_intensity
    from xarray_sentinel.sentinel1 import open_calibration_dataset

    _, path = write()
    product = open_sentinel1(path, denoise=False)
    place = {"line": np.arange(SIZE[0]), "pixel": np.arange(SIZE[1])}

    for band in product.grd.bands:
        with rasterio.open(path / band.measurement) as file:
            numbers = xarray.DataArray(file.read(1).astype(float), place, ("line", "pixel"))
        numbers.attrs["units"] = "1"
        tables = open_calibration_dataset(path / band.calibration)
        theirs = calibrate_intensity(numbers, tables.sigmaNought)
        ours = read_power(product, band.polarisation, (0, 0, SIZE[1], SIZE[0]))
        np.testing.assert_allclose(ours, theirs.values, rtol=1e-6)
