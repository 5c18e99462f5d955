"""Three real sites seen by both sensors, where there are any: CROSSLOOK_REAL_DUALPOL=FOLDER.

The folder holds S1RTC (VV, VH in dB), S2L1C (13 bands, DN + 1000) and LULC (land cover, 9 classes)
of each site, of 224 px: examples of TerraMind (IBM, Apache-2.0), "contains modified Copernicus
Sentinel data". LULC counts its classes from 1 in the order of LULC_CLASSES. No list of them lies
there; the pixels fit this one: 1 is dark in near infrared and radar, 2 has the highest NDVI, 6 is
bright sand, 7 has an NDSI of .66.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
from sen12ms_files import name, write

from crosslook.patches.land_cover import in_memory
from crosslook.patches.land_cover_description import read_description
from crosslook.patches.land_cover_reading import read_folder
from crosslook.patches.land_cover_splits import by_scene
from crosslook.patches.land_cover_stored import standardised
from crosslook.patches.sen12ms import S1_MEAN_DB, S1_STD_DB, S2_BANDS, read_sen12ms

FOLDER = os.environ.get("CROSSLOOK_REAL_DUALPOL", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="CROSSLOOK_REAL_DUALPOL is not set")

SITES = ("282D_485L_3_3", "433D_629L_3_1", "609U_541L_3_0")  # a coast, fields and a town, snow
LULC_CLASSES = (
    "water", "trees", "flooded_vegetation", "crops", "built", "bare", "snow_ice", "clouds",
    "rangeland",
)  # fmt: skip
# Trees of any kind are mixed forest and rangeland is grassland here, so only the simple schemes
# mean anything; clouds are left out.
TO_IGBP = np.array([0, 17, 5, 11, 12, 13, 16, 15, 0, 10], np.uint8)


def read(layer, site):
    with rasterio.open(Path(FOLDER) / layer / f"{site}.tif") as raster:
        return raster.read(), (raster.transform.c, raster.transform.f), raster.crs


@pytest.fixture
def arranged(tmp_path):
    """The three sites with the names, bands, types and offsets of SEN12MS."""
    for number, site in enumerate(SITES, start=1):
        radar, at, crs = read("S1RTC", site)
        optical = read("S2L1C", site)[0]
        cover = np.zeros((4, *radar.shape[1:]), np.uint8)
        cover[0] = TO_IGBP[read("LULC", site)[0][0]]
        older = (optical.astype(np.int32) - 1000).clip(0).astype(np.uint16)
        for kind, pixels in {"s1": radar, "s2": older, "lc": cover}.items():
            path = tmp_path / name(kind, "ROIs2017_winter", number, 1)
            write(path, pixels, at, crs)
    return tmp_path


def test_real_sites_arranged_as_sen12ms_are_read(arranged):
    data = read_sen12ms(arranged, ["winter"])

    assert data.scenes == tuple(f"ROIs2017_winter_{n}" for n in (1, 2, 3))
    assert data.positions.tolist() == [[0, 0, 224, 224]] * 3
    shown = [{c for c, s in zip(data.classes, row, strict=True) if s > 0} for row in data.shares]
    assert shown == [
        {"water", "forest", "barren", "grassland"},
        {"water", "forest", "wetland", "cropland", "urban", "grassland"},
        {"snow_ice"},
    ]
    assert data.shares[0, data.classes.index("water")] == pytest.approx(25991 / 224**2)


def test_their_pixels_are_decibels_and_reflectances(arranged):
    data = read_sen12ms(arranged)

    sigma0, reflectance = (data.sensors[s].physical(slice(None)) for s in ("s1", "s2"))

    assert sigma0.shape == (3, 2, 224, 224)
    assert (sigma0.min(), sigma0.max()) == (-25, 0)
    assert sigma0.mean(axis=(0, 2, 3)) == pytest.approx([-13.4, -19.5], abs=0.5)
    assert reflectance.shape == (3, 13, 224, 224)
    assert reflectance.min() >= 0
    assert reflectance.max() < 1.2
    snow, coast = reflectance[2], reflectance[0]
    assert snow[S2_BANDS.index("B04")].mean() > 0.4 > 0.12 > snow[S2_BANDS.index("B11")].mean()
    assert reflectance[:, S2_BANDS.index("B10")].mean() < 0.01
    assert coast[S2_BANDS.index("B08")].max() < 0.5


def test_they_are_standardised_on_the_one_that_is_trained_on(arranged):
    data = read_sen12ms(arranged)
    split = by_scene(data, test_share=0.3, dev_share=0.3)

    held = in_memory(standardised(data, split.train))

    train = held.sensors["s2"][split.train]
    assert train.mean(axis=(0, 2, 3)) == pytest.approx(np.zeros(13), abs=1e-3)
    assert [len(split.train), len(split.dev), len(split.test)] == [1, 1, 1]
    assert held.sensors["s1"].shape == (3, 2, 224, 224)


def test_the_same_sites_are_read_as_they_lie_there_by_a_description(tmp_path, arranged):
    table = {c: [k] for k, c in enumerate(LULC_CLASSES, start=1) if c != "clouds"}
    description = {
        "sensors": {
            "s1": {
                "files": "S1RTC/{patch}.tif",
                "bands": ["VV", "VH"],
                "clip": [-25, 0],
                "mean": list(S1_MEAN_DB),
                "std": list(S1_STD_DB),
            },
            "s2": {
                "files": "S2L1C/{patch}.tif",
                "bands": list(S2_BANDS),
                "scale": 1e-4,
                "offset": -0.1,
            },
        },
        "classes": {"files": "LULC/{patch}.tif", "table": table, "left_out": [0, 8]},
    }
    path = tmp_path / "dualpol.json"
    path.write_text(json.dumps(description))

    data = read_folder(Path(FOLDER), read_description(path))

    assert data.places == data.scenes == SITES
    assert data.shares[1, data.classes.index("crops")] == pytest.approx(21213 / 224**2)
    same = read_sen12ms(arranged)
    for sensor in ("s1", "s2"):
        ours, theirs = (d.sensors[sensor].physical(slice(None)) for d in (data, same))
        assert ours == pytest.approx(theirs, abs=1e-5)
