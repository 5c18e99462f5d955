import numpy as np
import pytest
import rasterio
from sen12ms_files import S1, S2, SIZE, name, write, write_patch, write_world

from crosslook.errors import InputError
from crosslook.patches.land_cover import in_memory
from crosslook.patches.land_cover_stored import standardised
from crosslook.patches.sen12ms import S1_MEAN_DB, S1_STD_DB, S2_BANDS, read_sen12ms

WINTER = "ROIs2017_winter"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_world(tmp_path_factory.mktemp("sen12ms"))


def test_winter_alone_is_read_in_natural_order(folder):
    data = read_sen12ms(folder, ["winter"])

    assert data.places == tuple(f"{WINTER}_{n}_p{p}" for n in (8, 9, 64) for p in (2, 10))
    assert data.scenes == tuple(f"{WINTER}_{n}" for n in (8, 8, 9, 9, 64, 64))
    assert data.sensors["s1"].shape == (6, 2, SIZE, SIZE)
    assert data.sensors["s2"].shape == (6, 13, SIZE, SIZE)
    assert data.bands["s2"] == S2_BANDS


def test_every_season_that_is_there_is_read_without_the_broken_patch(folder):
    data = read_sen12ms(folder)

    assert "ROIs1868_summer_146_p1" in data.places
    assert "ROIs1868_summer_146_p202" not in data.places
    assert data.dropped == {"skipped by name": 1}


def test_soft_labels_are_the_relative_histogram_of_the_first_band(folder):
    data = read_sen12ms(folder, ["winter"], scenes=[8])

    shown = [{c: s for c, s in zip(data.classes, row, strict=True) if s} for row in data.shares]
    assert shown == [
        {"water": 0.5, "cropland": 0.25, "urban": 0.25},
        {"forest": 0.5, "savanna": 0.25, "snow_ice": 0.25},
    ]


def test_without_savanna_the_rest_is_renormalised(folder):
    data = read_sen12ms(folder, ["winter"], [8], "simple9_no_savanna")

    assert len(data.classes) == 9
    assert data.shares[1][data.classes.index("forest")] == pytest.approx(2 / 3)
    assert data.shares[1][data.classes.index("snow_ice")] == pytest.approx(1 / 3)


def test_patches_with_no_class_left_are_dropped_and_counted(tmp_path):
    write_patch(tmp_path, WINTER, 1, 1, [15])
    write_patch(tmp_path, WINTER, 1, 2, [15, 15, 15, 17])

    some = read_sen12ms(tmp_path, scheme="simple9_no_snow")

    assert some.places == (f"{WINTER}_1_p2",)
    assert some.dropped == {"no class of the scheme": 1}
    with pytest.raises(InputError, match="none of 2 places shows one of forest"):
        read_sen12ms(tmp_path, scheme="simple9_no_snow", least_share=0.5)


def test_sentinel_1_is_clipped_and_standardised_by_the_published_statistics(tmp_path):
    sigma0 = np.full((*S1[:1], SIZE, SIZE), -40, np.float32)
    sigma0[0, 0, 0] = 3
    write_patch(tmp_path, WINTER, 1, 1, [17], s1=sigma0)

    pixels = read_sen12ms(tmp_path).sensors["s1"][[0]]

    assert pixels.dtype == np.float32
    assert pixels[0, 0, 0, 0] == pytest.approx((0 - S1_MEAN_DB[0]) / S1_STD_DB[0])
    assert pixels[0, 1, 0, 0] == pytest.approx((-25 - S1_MEAN_DB[1]) / S1_STD_DB[1])


def test_sentinel_2_is_reflectance_and_standardised_by_its_training_patches(folder):
    data = read_sen12ms(folder, ["winter"])
    train = np.arange(4)

    assert data.sensors["s2"].physical([0]).max() == pytest.approx(0.4, abs=0.01)
    with pytest.raises(ValueError, match="no mean and std of its bands: measure them on training"):
        data.sensors["s2"][[0]]

    pixels = in_memory(standardised(data, train)).sensors["s2"]

    assert pixels[train].mean(axis=(0, 2, 3)) == pytest.approx(np.zeros(13), abs=1e-4)
    assert pixels[train].std(axis=(0, 2, 3)) == pytest.approx(np.ones(13), abs=1e-4)
    assert abs(pixels[4:].mean(axis=(0, 2, 3))).max() > 0.01


def test_positions_are_pixels_of_the_scene(folder):
    data = read_sen12ms(folder, ["winter"], [9])

    assert data.positions.tolist() == [[0, 0, SIZE, SIZE], [4, 0, SIZE, SIZE]]


def test_a_place_without_one_sensor_is_left_out_and_counted(tmp_path):
    write_world(tmp_path)
    (tmp_path / name("s2", WINTER, 8, 2)).unlink()

    data = read_sen12ms(tmp_path, ["winter"])

    assert len(data) == 5
    assert data.dropped == {"without s2": 1}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"seasons": ["autumn"]}, "no season 'autumn'; SEN12MS has spring, summer, fall, winter"),
        ({"seasons": ["fall"]}, "has no folder ROIs1970_fall of SEN12MS"),
        ({"scheme": "simple9"}, "no scheme 'simple9' of classes; there are igbp17, simple10"),
        ({"scenes": [77]}, "number 77: no place has all of its files; found 0 of"),
    ],
)
def test_what_is_not_there_is_named(folder, asked, message):
    with pytest.raises(InputError, match=message) as caught:
        read_sen12ms(folder, **asked)
    assert "\n" not in str(caught.value)


def test_an_empty_folder_is_no_sen12ms(tmp_path):
    with pytest.raises(InputError, match="has no folder of SEN12MS: ROIs1158_spring"):
        read_sen12ms(tmp_path)


def test_a_code_that_no_scheme_knows_is_an_error(tmp_path):
    write_patch(tmp_path, WINTER, 1, 1, [255, 17])

    with pytest.raises(InputError, match="32 pixels have the code 255; the table knows 0, 1, 2"):
        read_sen12ms(tmp_path)


@pytest.mark.parametrize(
    ("kind", "pixels", "message"),
    [
        ("s1", np.full((2, SIZE, SIZE), np.nan, np.float32), "values are NaN or infinite"),
        ("s1", np.zeros((3, SIZE, SIZE), np.float32), r"3 bands of 8 x 8 px, expected 2 \(VV, VH"),
        ("s2", np.zeros((13, 4, 4), np.uint16), "13 bands of 4 x 4 px, expected 13"),
    ],
)
def test_a_patch_that_is_not_like_the_others_is_named_when_it_is_read(
    tmp_path, kind, pixels, message
):
    write_patch(tmp_path, WINTER, 1, 1, [17])
    write_patch(tmp_path, WINTER, 1, 2, [17], **{kind: pixels})
    patches = read_sen12ms(tmp_path).sensors[kind]

    with pytest.raises(InputError, match=message) as caught:
        patches.physical([0, 1])
    assert f"{kind}_1_p2.tif" in str(caught.value)


def test_a_raster_that_is_no_geotiff_is_not_opened(tmp_path):
    write_patch(tmp_path, WINTER, 1, 1, [17])
    (tmp_path / name("lc", WINTER, 1, 1)).write_text("<VRTDataset/>")

    with pytest.raises(InputError, match="not a readable GeoTIFF"):
        read_sen12ms(tmp_path)


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_patches_without_a_georeference_have_no_positions(tmp_path):
    write_patch(tmp_path, WINTER, 1, 1, [17])
    write(tmp_path / name("lc", WINTER, 1, 1), np.full((4, SIZE, SIZE), 17, np.uint8), crs=None)

    assert read_sen12ms(tmp_path).positions is None


def test_the_types_of_the_tiny_world_are_those_of_sen12ms(folder):
    with rasterio.open(folder / name("s2", WINTER, 8, 2)) as raster:
        assert (raster.count, raster.dtypes[0]) == S2
