import os
import re
from pathlib import Path

import numpy as np
import pytest
from sentinel2_products import BANDS, Kind, reflectances, write_product, write_zip

from crosslook.errors import InputError
from crosslook.scenes.sentinel2 import is_sentinel2, read_product

REAL = Path(os.environ.get("CROSSLOOK_REAL_SAFE", "/nowhere"))


@pytest.fixture
def make(tmp_path):
    """A function that writes a product without images, of a kind."""

    def write(**kind):
        seen = dict.fromkeys(BANDS, np.full((6, 6), 0.1))
        return write_product(tmp_path, seen, Kind(**({"size": 6, "bands": []} | kind)))

    return write


def edit(safe, file, old, new):
    path = next(safe.rglob(file))
    text = path.read_text()
    assert re.search(old, text)
    path.write_text(re.sub(old, new, text))


def test_offsets_and_quantification_stand_in_the_xml(make):
    product = read_product(make(bands=["B04", "B11"], offset=-1000, offsets={"B11": -900}))

    assert (product.level, product.spacecraft, product.baseline) == ("L1C", "S2A", "05.09")
    assert product.quantification == 10_000
    assert {name: band.offset for name, band in product.bands.items()} == {
        "B04": -1000, "B11": -900,
    }  # fmt: skip
    assert product.crs == "EPSG:32751"
    assert product.transform(20) == (20, 0, 300_000, 0, -20, 9_400_000)
    assert product.acquired == "2023-08-04T02:19:22.751281Z"


def test_a_product_without_offsets_has_none_whatever_its_baseline_says(make):
    product = read_product(make(bands=["B04"], offset=None, baseline="05.11"))

    assert product.bands["B04"].offset == 0


@pytest.mark.parametrize("spacecraft", ["S2A", "S2B", "S2C"])
def test_every_spacecraft_is_read(make, spacecraft):
    assert read_product(make(spacecraft=spacecraft)).spacecraft == spacecraft


def test_bands_of_l2a_come_from_the_folder_of_their_finest_resolution(make):
    safe = make(level="L2A", bands=["B02", "B05", "B09"])
    fine = next(safe.rglob("*_B02_10m.jp2"))
    coarse = fine.parents[1] / "R20m" / fine.name.replace("10m", "20m")
    coarse.write_bytes(fine.read_bytes())

    bands = read_product(safe).bands

    assert {name: band.resolution_m for name, band in bands.items()} == {
        "B02": 10, "B05": 20, "B09": 60,
    }  # fmt: skip
    assert bands["B02"].file.endswith("IMG_DATA/R10m/" + fine.name)
    assert bands["B02"].offset == -1000


def test_a_zip_says_what_its_folder_says(make):
    safe = make(bands=["B04"])
    zipped = read_product(write_zip(safe))

    assert zipped.bands == read_product(safe).bands
    assert zipped.safe.name == safe.stem


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("S2A_MSIL1C_x.SAFE", True),
        ("S2C_MSIL2A_x.zip", True),
        ("S2B_x.SAFE.zip", True),
        ("S1A_IW_GRDH_x.zip", False),
        ("S2A_MSIL1C_x.tif", False),
    ],
)
def test_products_are_known_by_name(name, is_one):
    assert is_sentinel2(Path(name)) == is_one


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("MTD_MSIL1C.xml", "MTD_MSIL1C.xml or MTD_MSIL2A.xml is missing"),
        ("MTD_TL.xml", r"GRANULE/L1C_T51MUP.*/MTD_TL.xml is missing"),
        ("manifest.safe", "manifest.safe is missing"),
    ],
)
def test_a_missing_part_is_named(make, part, message):
    safe = make()
    next(safe.rglob(part)).unlink()

    with pytest.raises(InputError, match=message):
        read_product(safe)


def test_a_missing_image_is_named(make):
    product = read_product(make(bands=["B04", "B03"]))

    with pytest.raises(InputError, match=r"the image of band B02 .* is missing"):
        product.band("B02")
    with pytest.raises(InputError, match="L1C products have no band B13"):
        product.band("B13")


def test_l2a_has_no_cirrus_band(make):
    with pytest.raises(InputError, match="L2A products have no band B10; they have B01"):
        read_product(make(level="L2A")).band("B10")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("MTD_MSIL1C.xml", '<RADIO_ADD_OFFSET band_id="3">-1000</RADIO_ADD_OFFSET>', "",
         "RADIO_ADD_OFFSET for 12 bands, but none for B04"),
        ("MTD_MSIL1C.xml", 'band_id="3">-1000', 'band_id="2">-1000', "stands twice"),
        ("MTD_MSIL1C.xml", ">-1000</RADIO", ">minus</RADIO", "'minus', expected a number"),
        ("MTD_MSIL1C.xml", ">10000<", ">0<", "QUANTIFICATION_VALUE is 0, expected more"),
        ("MTD_MSIL1C.xml", "Sentinel-2A", "Landsat-9", "'Landsat-9' is no Sentinel-2"),
        ("MTD_TL.xml", "EPSG:32751", "EPSG:4326", "'EPSG:4326' is no UTM zone"),
        ("MTD_TL.xml", "EPSG:32751", "EPSG:32700", "'EPSG:32700' is no UTM zone"),
        ("MTD_TL.xml", "<ULX>300000", "<ULX>3000000", "3e[+]06 9.4e[+]06 lies in no UTM zone"),
        ("MTD_TL.xml", "2023-08-04T02:19", "04.08.2023", "SENSING_TIME '04.08.2023:22.75"),
        ("MTD_TL.xml", "<NROWS>6<", "<NROWS>2147483648<", "a size of 2.14748e"),
        ("MTD_TL.xml", "<XDIM>10<", "<XDIM>12<", r"pixels of \[12.0, -10.0\] m"),
        ("MTD_TL.xml", 'Geoposition resolution="10"', 'Geoposition resolution="11"',
         "MTD_TL.xml lacks Geoposition of resolution 10"),
    ],
)  # fmt: skip
def test_contradictory_metadata_is_refused(make, file, old, new, message):
    safe = make()
    edit(safe, file, old, new)

    with pytest.raises(InputError, match=message):
        read_product(safe)


def test_several_granules_are_refused(make):
    safe = make()
    (safe / "GRANULE/another").mkdir()
    (safe / "GRANULE/another/MTD_TL.xml").write_text("<a/>")

    with pytest.raises(InputError, match="GRANULE holds 2 granules, expected one"):
        read_product(safe)


def test_the_format_of_before_december_2016_is_refused_with_a_way_out(make):
    safe = make()
    (safe / "MTD_MSIL1C.xml").rename(safe / "S2A_OPER_MTD_SAFL1C_PDMC_20160101T000000.xml")

    with pytest.raises(InputError, match=r"before December 2016.*Collection 1"):
        read_product(safe)


@pytest.mark.skipif(not REAL.is_dir(), reason="CROSSLOOK_REAL_SAFE names no folder")
def test_the_metadata_of_a_real_product_is_understood():
    product = read_product(next(REAL.glob("S2A_MSIL1C_*.SAFE")))

    assert {band.offset for band in product.bands.values()} == {-1000}
    assert list(product.bands) == BANDS
    assert (product.crs, product.corner, product.size) == (
        "EPSG:32751", (300_000, 9_400_000), (10_980, 10_980),
    )  # fmt: skip
    assert product.sun is not None and 0 < product.sun.zenith < 90
    assert product.masks is not None and product.true_colour is not None


def test_the_written_products_have_the_reflectance_that_was_asked_for():
    seen = reflectances(12)

    assert np.ptp(seen["B01"][:6, :6]) == 0
    assert np.ptp(seen["B02"][:6, :6]) > 0
