import warnings

import numpy as np
import pytest
from PIL import Image

from crosslook.errors import InputError
from crosslook.scenes import pictures
from crosslook.scenes.pictures import read_picture

RNG = np.random.default_rng(0)
RGB = RNG.integers(0, 256, (40, 48, 3), np.uint8)


def saved(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize("name", ["a.png", "a.tif", "A.PNG"])
def test_colours_are_read_band_by_band(tmp_path, name):
    assert np.array_equal(read_picture(saved(tmp_path / name, RGB)), RGB.transpose(2, 0, 1))


def test_a_jpeg_is_read_nearly(tmp_path):
    smooth = np.full((32, 32, 3), (200, 100, 50), np.uint8)

    found = read_picture(saved(tmp_path / "a.jpg", smooth, quality=95))

    assert np.abs(found.mean(axis=(1, 2)) - [200, 100, 50]).max() < 3


def test_grey_stands_three_times(tmp_path):
    found = read_picture(saved(tmp_path / "a.png", RGB[..., 0]))

    assert np.array_equal(found, np.stack([RGB[..., 0]] * 3))


def test_transparency_is_left_away(tmp_path):
    seen = np.concatenate([RGB, RGB[..., :1]], axis=2)

    assert np.array_equal(read_picture(saved(tmp_path / "a.png", seen)), RGB.transpose(2, 0, 1))


def test_a_palette_gives_its_colours(tmp_path):
    image = Image.fromarray((RGB[..., 0] > 127).astype(np.uint8))
    image = image.convert("P")
    image.putpalette([10, 20, 30, 200, 100, 0])
    image.save(tmp_path / "a.png")

    found = read_picture(tmp_path / "a.png")

    assert sorted(map(tuple, np.unique(found.reshape(3, -1), axis=1).T.tolist())) == [
        (10, 20, 30),
        (200, 100, 0),
    ]


def test_no_warning_tells_that_a_picture_has_no_place(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_picture(saved(tmp_path / "a.png", RGB))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_a_picture_that_breaks_off_is_refused_by_name(tmp_path, name):
    path = saved(tmp_path / name, RGB)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(InputError, match=name) as error:
        read_picture(path)

    assert "\n" not in str(error.value)


def test_sixteen_bits_are_refused(tmp_path):
    path = saved(tmp_path / "a.png", RGB[..., 0].astype(np.uint16) * 100)

    with pytest.raises(InputError, match=r"1 bands of uint16, expected 1 or 3 of uint8: scale it"):
        read_picture(path)


@pytest.mark.parametrize(
    "text", ["<VRTDataset/>", "P5 2 2 255 abcd", '{"type": "FeatureCollection"}', ""]
)
def test_no_other_format_is_tried(tmp_path, text):
    (tmp_path / "a.png").write_text(text)

    with pytest.raises(InputError, match=r"a.png is neither PNG nor JPEG nor TIFF"):
        read_picture(tmp_path / "a.png")


def test_too_many_pixels_are_refused_before_they_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PX", 1000)

    with pytest.raises(InputError, match="48 x 40 px are too many"):
        read_picture(saved(tmp_path / "a.png", RGB))


def test_the_first_bytes_tell_the_format_not_the_suffix(tmp_path):
    saved(tmp_path / "a.png", RGB)
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")

    assert np.array_equal(read_picture(tmp_path / "a.jpg"), RGB.transpose(2, 0, 1))


def test_a_missing_picture_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a.png cannot be read \(No such file"):
        read_picture(tmp_path / "a.png")
