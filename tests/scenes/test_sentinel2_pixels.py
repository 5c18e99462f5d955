import os
from pathlib import Path

import numpy as np
import pytest
import rasterio
from sentinel2_products import Kind, reflectances, stored, write_jp2, write_product, write_zip

from crosslook.errors import InputError
from crosslook.scenes import sentinel2_pixels
from crosslook.scenes.clouds import C
from crosslook.scenes.sentinel2 import read_product
from crosslook.scenes.sentinel2_clouds import product_classes
from crosslook.scenes.sentinel2_incoming import examine_product
from crosslook.scenes.sentinel2_pixels import decoded, open_bands

REAL = Path(os.environ.get("CROSSLOOK_REAL_SAFE", "/nowhere"))
SIZE = 48
HALF_STEP = 0.51e-4  # half of 1 / quantification, and rounding


def physical(found):
    """All rows of an incoming product as reflectances, and where they are data."""
    rows = np.concatenate([pixels for _, pixels in found.rows()], axis=1)
    return found.radiometry.to_physical(rows)


@pytest.fixture
def make(tmp_path):
    def write(seen=None, **kind):
        return write_product(tmp_path, seen or reflectances(SIZE), Kind(**({"size": SIZE} | kind)))

    return write


@pytest.mark.parametrize("level", ["L1C", "L2A"])
@pytest.mark.parametrize("offset", [-1000.0, None])
def test_reflectance_comes_back_at_10_m_with_every_offset(make, tmp_path, level, offset):
    seen, names = reflectances(SIZE), ("B04", "B03", "B02", "B11", "B01")
    safe = make(seen, level=level, offset=offset, bands=[*names])

    found = examine_product(safe, tmp_path / "cache", names)
    values, valid = physical(found)

    assert valid.all()
    assert found.radiometry.bands == names
    for value, name in zip(values, names, strict=True):
        assert np.abs(value - seen[name]).max() < HALF_STEP


def test_bands_of_different_offsets_share_one_radiometry(make, tmp_path):
    seen = reflectances(SIZE)
    safe = make(seen, offsets={"B03": -900, "B02": 0}, bands=["B04", "B03", "B02"])

    found = examine_product(safe, tmp_path / "cache")
    values, _ = physical(found)

    assert found.radiometry.offset == pytest.approx(-0.1)
    assert found.notes["offsets"] == {"B04": -1000, "B03": -900, "B02": 0}
    for value, name in zip(values, ("B04", "B03", "B02"), strict=True):
        assert np.abs(value - seen[name]).max() < HALF_STEP


def test_no_data_is_no_reflectance_and_saturated_is_the_brightest(make, tmp_path):
    seen = reflectances(SIZE)
    seen["B04"][3, 4], seen["B04"][5, 6] = np.nan, 9.0
    safe = make(seen, offsets={"B04": -900}, bands=["B04", "B03", "B02"])

    found = examine_product(safe, tmp_path / "cache")
    values, valid = physical(found)

    assert np.argwhere(~valid).tolist() == [[3, 4]]
    assert values[0, 5, 6] == pytest.approx(6.4535)  # (65535 - 1000) / 10000


def test_a_zip_gives_the_numbers_of_its_folder(make, tmp_path):
    safe = make(bands=["B04", "B03", "B02"])

    folder, zipped = (
        examine_product(path, tmp_path / f"cache{i}")
        for i, path in enumerate((safe, write_zip(safe)))
    )

    assert np.array_equal(physical(folder)[0], physical(zipped)[0])


def test_the_products_true_colour_can_be_taken_instead(make, tmp_path):
    seen = reflectances(SIZE)
    seen["B04"][0, 0] = np.nan
    found = examine_product(make(seen, bands=[]), tmp_path / "cache", true_colour=True)
    ((_, pixels),) = found.rows()

    assert (found.radiometry.unit, found.radiometry.nodata) == ("grey8", 0)
    assert pixels[0, 0, 0] == 0
    assert pixels[1, 9, 9] == round(1 + seen["B03"][9, 9] / 0.3558 * 254)


def test_an_image_is_decoded_once_and_shared_by_content(make, tmp_path, monkeypatch):
    product, cache = read_product(make(bands=["B04"])), tmp_path / "cache"
    first = decoded(product, product.bands["B04"].file, 10, cache)
    monkeypatch.setattr(sentinel2_pixels, "MemoryFile", None)  # nothing can be decoded any more

    again = read_product(write_zip(product.safe.path))
    assert decoded(again, again.bands["B04"].file, 10, cache) == first
    with rasterio.open(first) as copy:
        assert copy.profile["tiled"] and copy.profile["compress"] == "deflate"
        assert copy.crs.to_epsg() == 32751


def test_a_truncated_image_is_named_and_leaves_nothing_in_the_cache(make, tmp_path):
    safe = make(bands=["B04", "B03", "B02"])
    image = next(safe.rglob("*_B03.jp2"))
    image.write_bytes(image.read_bytes()[:-2000])

    with pytest.raises(InputError, match=r"_B03.jp2 cannot be decoded.*fetch the product again"):
        examine_product(safe, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 1  # B04


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\n"),
         "_B03.jp2 is no JPEG 2000 .*Git LFS pointer"),
        (lambda path: path.unlink(), "image of band B03 .* is missing"),
        (lambda path: write_jp2(path, np.ones((1, 60, 60), np.uint16), 10),
         "_B03.jp2 has 60 x 60 px, MTD_TL.xml says 48 x 48"),
        (lambda path: write_jp2(path, np.ones((1, 48, 48), np.uint16), 12),
         "_B03.jp2 lies elsewhere"),
        (lambda path: write_jp2(path, np.ones((1, 48, 48), np.uint8), 10),
         "_B03.jp2 has 1 bands of uint8, expected 1 of uint16"),
    ],
)  # fmt: skip
def test_a_wrong_image_is_named(make, tmp_path, write, message):
    safe = make(bands=["B04", "B03", "B02"])
    write(next(safe.rglob("*_B03.jp2")))

    with pytest.raises(InputError, match=message):
        examine_product(safe, tmp_path / "cache")


def test_any_window_at_10_m_repeats_the_pixels_of_coarser_bands(make, tmp_path):
    seen = reflectances(SIZE)
    product = read_product(make(seen, bands=["B11", "B01"]))

    with open_bands(product, ["B11", "B01"], tmp_path / "cache") as images:
        for name in ("B11", "B01"):
            whole = stored(seen[name], Kind(), name)
            part = images.stored(name, (5, 7, 20, 13))
            assert np.array_equal(part, whole[7:20, 5:25])


def test_finer_bands_are_averaged_over_their_data(make, tmp_path):
    seen = reflectances(SIZE)
    seen["B02"][:2, :4] = [[0.1, 0.3, np.nan, np.nan], [0.2, 0.2, np.nan, 0.4]]
    seen["B02"][2:4, :2] = np.nan
    product = read_product(make(seen, bands=["B02"]))

    with open_bands(product, ["B02"], tmp_path / "cache") as images:
        values, valid = images.reflectance("B02", (0, 0, 2, 2), pixel_m=20)

    assert values[0] == pytest.approx([0.2, 0.4])
    assert valid.tolist() == [[True, True], [False, True]]


def cloudy():
    """Dark vegetated land with a cloud of 120 m over it, and snow in a corner."""
    ground = {"B02": 0.05, "B03": 0.06, "B04": 0.05, "B08": 0.10, "B10": 0.002, "B11": 0.15}
    seen = reflectances(96)
    for name, value in ground.items():
        seen[name][:] = value
    for name in ("B02", "B03", "B04", "B08", "B11"):
        seen[name][48:60, 48:60] = 0.6
    for name in ("B02", "B03", "B04", "B08"):
        seen[name][:12, :12] = 0.8
    return seen


def test_clouds_shadows_and_snow_of_l1c_are_told_at_20_m(make, tmp_path):
    safe = make(cloudy(), size=96, sun=(45.0, 180.0))
    classes, tells = product_classes(read_product(safe), tmp_path / "cache")

    assert tells == ("cloud", "snow", "shadow")
    assert classes.shape == (48, 48)
    assert (classes[:6, :6] == C.SNOW).all()
    assert (classes[24:30, 24:30] == C.CLOUD).all()
    assert (classes[21, 26], classes[20, 26], classes[33, 26]) == (C.CLOUD, C.SHADOW, C.CLEAR)


def test_the_products_masks_are_added_to_the_rules(make, tmp_path):
    masks = np.zeros((3, 16, 16))
    masks[1, 10, 2] = masks[2, 12, 2] = 1
    safe = make(cloudy(), size=96, masks=masks)
    classes, _ = product_classes(read_product(safe), tmp_path / "cache")

    assert (classes[30:33, 6:9] == C.CLOUD).all()
    assert (classes[36:39, 6:9] == C.SNOW).all()
    assert (classes[24:30, 24:30] == C.CLOUD).all()


def test_l2a_is_told_by_its_scene_classification(make, tmp_path):
    codes = np.full((48, 48), 4)
    codes[0, :4] = (0, 3, 9, 11)
    safe = make(cloudy(), size=96, level="L2A", scene_classes=codes, bands=["B02"])
    classes, tells = product_classes(read_product(safe), tmp_path / "cache")

    assert tells == ("cloud", "shadow", "snow")
    assert classes[0, :5].tolist() == [C.NO_DATA, C.SHADOW, C.CLOUD, C.SNOW, C.CLEAR]


def test_three_bands_alone_tell_no_cloud(make, tmp_path):
    safe = make(cloudy(), size=96, bands=["B04", "B03", "B02"])
    classes, tells = product_classes(read_product(safe), tmp_path / "cache")

    assert tells == ("bright",)
    assert classes[26, 26] == C.BRIGHT


@pytest.mark.skipif(not REAL.is_dir(), reason="CROSSLOOK_REAL_SAFE names no folder")
def test_a_real_product_without_pixels_says_so(tmp_path):
    with pytest.raises(InputError, match=r"_B04.jp2 is no JPEG 2000 .*Git LFS pointer"):
        examine_product(next(REAL.glob("S2A_MSIL1C_*.SAFE")), tmp_path / "cache")
    assert not list(tmp_path.iterdir())


def test_s2cloudless_sees_a_white_cloud_and_no_other(make, tmp_path):
    pytest.importorskip("s2cloudless")
    ground = {"B09": 0.03, "B10": 0.002, "B08": 0.3, "B8A": 0.3}
    cloud = {"B09": 0.3, "B10": 0.02}
    seen = reflectances(96)
    for name, values in seen.items():
        values[:], values[36:84, 36:84] = ground.get(name, 0.08), cloud.get(name, 0.6)
    product = read_product(make(seen, size=96))

    classes, tells = product_classes(product, tmp_path / "cache", "s2cloudless")

    assert tells == ("cloud", "snow", "shadow")
    assert (classes[21:39, 21:39] == C.CLOUD).all()
    assert (classes[:8] != C.CLOUD).all()
