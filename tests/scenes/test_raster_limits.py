"""Rasters that want to be opened and must not be; each is refused with one line, at once."""

import struct
import time
from pathlib import Path

import numpy as np
import pytest
import rasterio

from crosslook.errors import InputError
from crosslook.scenes.raster import open_geotiff, read_overview
from crosslook.scenes.raster_limits import size_problem

LARGEST = 2**31 - 1
VRT = """<VRTDataset rasterXSize="10" rasterYSize="10"><VRTRasterBand dataType="Byte" band="1">
<SimpleSource><SourceFilename>{source}</SourceFilename></SimpleSource>
</VRTRasterBand></VRTDataset>"""


def header(width, height, rows, compression=1, length=10):
    """A TIFF of one band of bytes that has one strip of ``rows`` lines at byte 8."""
    tags = {256: width, 257: height, 258: 8, 259: compression, 262: 1, 277: 1}
    tags |= {273: 8, 278: rows, 279: length}
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items())]
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(entries) + b"\0" * 104


def refused(path):
    started = time.monotonic()
    with pytest.raises(InputError) as caught, open_geotiff(path) as dataset:
        read_overview(dataset, 64)
    assert time.monotonic() - started < 10
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("compression", [1, 8])
@pytest.mark.parametrize(
    ("width", "height", "rows"),
    [(LARGEST, LARGEST, 1), (10, LARGEST, 1), (LARGEST, 10, 10), (100_000, 100_000, 100_000)],
)
def test_a_header_that_claims_what_its_file_cannot_hold(tmp_path, width, height, rows, compression):
    path = tmp_path / "a.tif"
    path.write_bytes(header(width, height, rows, compression))

    assert str(path) in refused(path)


def test_a_sparse_raster_whose_pixels_are_nowhere(tmp_path):
    path = tmp_path / "a.tif"
    profile = {"driver": "GTiff", "width": 60_000, "height": 60_000, "count": 13}
    tiles = {"tiled": True, "blockxsize": 1024, "blockysize": 1024, "SPARSE_OK": True}
    place = {"crs": "EPSG:32631", "transform": rasterio.Affine(10, 0, 0, 0, -10, 0)}
    with rasterio.open(path, "w", dtype="float64", BIGTIFF="YES", **profile, **tiles, **place):
        pass

    assert "claims 60000 x 60000 px in 13 bands, 349 GiB; at most 64 are read" in refused(path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (((40_000, 40_000), ["uint8"], (256, 256), False, 1000), "1.5 GiB, in a file of 1000"),
        (((40_000, 40_000), ["uint8"], (40_000, 40_000), False, 2**30), "1526 MiB each"),
        (((20_000, 20_000), ["uint8"] * 3, (16, 16), True, 2**30), "in 1562500 blocks"),
        (((400, 1_000_000), ["uint8"], (256, 256), True, 2**30), "256 rows of it take 244 MiB"),
        (((20_000, 20_000), ["uint8"] * 3, (32, 32), False, 2**30), "in 1171875 blocks"),
    ],
)
def test_each_limit_says_what_was_found(arguments, words):
    assert words in size_problem(*arguments)


def test_whole_sentinel_scenes_are_within_every_limit():
    radar = ((30_182, 27_511), ["float32"] * 2, (256, 256), True, 3 * 2**30)
    tile = ((10_980, 10_980), ["uint16"] * 13, (1, 10_980), False, 2**30)
    classes = ((10_980, 10_980), ["uint8"], (256, 256), False, 120_000)  # all clear
    complex_integers = ((1000, 1000), ["complex_int16"], (256, 256), False, 4_000_000)

    for one in (radar, tile, classes, complex_integers):
        assert size_problem(*one) is None


@pytest.mark.parametrize(
    "source", ["/vsicurl/http://127.0.0.1:9/a.tif", "/etc/hostname", "/vsistdin/"]
)
def test_a_vrt_is_no_geotiff_whatever_its_name(tmp_path, source):
    path = tmp_path / "a.tif"
    path.write_text(VRT.format(source=source))

    assert "is not a readable GeoTIFF" in refused(path)


def test_an_overview_beside_a_raster_may_be_a_vrt_and_is_not_opened(tmp_path, geotiff):
    path, other = tmp_path / "a.tif", tmp_path / "other.tif"
    geotiff(path, np.full((1, 128, 128), 1, np.uint8))
    geotiff(other, np.full((1, 128, 128), 77, np.uint8))
    path.with_name("a.tif.ovr").write_text(VRT.format(source=other).replace("10", "64"))

    with open_geotiff(path) as dataset:
        assert dataset.overviews(1) == []
        assert np.unique(read_overview(dataset, 64)).tolist() == [1]


@pytest.mark.parametrize("driver", ["PNG", "JP2OpenJPEG", "ENVI"])
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_other_drivers_are_not_tried(tmp_path, driver):
    path = tmp_path / "a.tif"
    with rasterio.open(path, "w", driver=driver, width=64, height=64, count=1, dtype="uint8") as f:
        f.write(np.arange(4096, dtype=np.uint8).reshape(1, 64, 64))

    assert "is not a readable GeoTIFF" in refused(path)


@pytest.mark.parametrize(
    "name",
    [
        "/vsicurl/http://127.0.0.1:9/a.tif",
        "/vsizip//vsicurl/http://127.0.0.1:9/a.zip/a.tif",
        "GTIFF_DIR:1:/etc/hostname",
        "http://127.0.0.1:9/a.tif",
    ],
)
def test_a_name_that_is_no_file_is_not_given_to_gdal(name):
    assert refused(Path(name)).endswith("is missing.")


@pytest.mark.parametrize("kept", [0, 3, 8, 100, 0.5, 0.95])
def test_a_raster_that_breaks_off_anywhere(tmp_path, geotiff, kept):
    path = tmp_path / "a.tif"
    geotiff(path, np.random.default_rng(0).normal(size=(2, 128, 128)).astype(np.float32))
    data = path.read_bytes()
    path.write_bytes(data[: kept if kept >= 1 or kept == 0 else int(kept * len(data))])

    assert str(path) in refused(path)


def test_a_folder_is_no_raster(tmp_path):
    assert "is not a readable GeoTIFF" in refused(tmp_path)
