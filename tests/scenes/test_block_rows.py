import threading

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.env import get_gdal_config

from crosslook.scenes import block_rows
from crosslook.scenes.block_rows import CACHE_BYTES, each_window, read_windows
from crosslook.scenes.raster import open_geotiff
from crosslook.scenes.windows import by_row, grid

SIZE = (600, 700)
LAYOUTS = {
    "tiles": {"tiled": True, "blockxsize": 256, "blockysize": 256},
    "small tiles": {"tiled": True, "blockxsize": 16, "blockysize": 48, "compress": "deflate"},
    "planar tiles": {
        "tiled": True,
        "blockxsize": 128,
        "blockysize": 256,
        "interleave": "band",
        "compress": "deflate",
    },
    "lines": {"blockysize": 1, "interleave": "band"},
    "strips": {"blockysize": 70, "interleave": "pixel", "compress": "deflate"},
    "one strip": {"blockysize": 600, "interleave": "pixel", "compress": "deflate"},
}


@pytest.fixture(scope="module")
def stored():
    return np.random.default_rng(0).integers(0, 60_000, (3, *SIZE)).astype(np.uint16)


@pytest.fixture
def raster(tmp_path, geotiff, stored):
    """A function that writes the raster in a layout and gives its path."""

    def write(layout="tiles"):
        geotiff(tmp_path / "a.tif", stored, **LAYOUTS[layout])
        return tmp_path / "a.tif"

    return write


class Noted:
    """A dataset that notes what is read of it."""

    def __init__(self, dataset):
        self.dataset, self.read_windows = dataset, []

    def __getattr__(self, name):
        return getattr(self.dataset, name)

    def read(self, numbers, window, out):
        self.read_windows.append((window.col_off, window.row_off, window.width, window.height))
        return self.dataset.read(numbers, window=window, out=out)


def expected(stored, window, bands=(0, 1, 2)):
    column, row, width, height = window
    return stored[list(bands), max(row, 0) : row + height, max(column, 0) : column + width]


def decoded(path, windows):
    with rasterio.open(path) as dataset:
        noted = Noted(dataset)
        assert len(list(read_windows(noted, [0], windows))) == len(windows)
    return noted.read_windows


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_windows_hold_what_the_raster_holds_there(raster, stored, layout, workers):
    path, windows = raster(layout), grid(SIZE, 220, 130)

    def right(window, pixels):
        return np.array_equal(pixels, expected(stored, window, (2, 0)))

    found = each_window(lambda: open_geotiff(path), [2, 0], windows, right, workers)

    assert list(found) == [True] * len(windows)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-40, 690), st.integers(-40, 590), st.integers(41, 400), st.integers(41, 300)
        ),
        min_size=1,
        max_size=12,
    )
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_windows_of_any_size_may_lie_anywhere(tmp_path_factory, stored, windows):
    path = tmp_path_factory.getbasetemp() / "any.tif"
    if not path.exists():
        profile = {"driver": "GTiff", "width": 700, "height": 600, "count": 3, "dtype": "uint16"}
        with rasterio.open(path, "w", **profile, **LAYOUTS["tiles"]) as file:
            file.write(stored)

    with open_geotiff(path) as dataset:
        for window, pixels in read_windows(dataset, [0, 1, 2], by_row(windows)):
            assert np.array_equal(pixels, expected(stored, window))


def test_each_block_is_decoded_once(raster):
    windows = grid(SIZE, 200, 100)  # each pixel lies in up to four of them

    seen = np.zeros(SIZE, int)
    for column, row, width, height in decoded(raster(), windows):
        assert column % 256 == row % 256 == 0
        seen[row : row + height, column : column + width] += 1
    assert (seen == 1).all()


def test_neighbours_are_read_together_up_to_a_length(raster, monkeypatch):
    monkeypatch.setattr(block_rows, "RUN_PX", 512)

    assert decoded(raster(), [(0, 0, 700, 9)]) == [(0, 0, 512, 256), (512, 0, 188, 256)]


def test_blocks_that_no_window_touches_are_not_decoded(raster):
    blocks = decoded(raster(), [(0, 0, 256, 256), (520, 10, 50, 50), (0, 520, 8, 8)])

    assert sorted(blocks) == [(0, 0, 256, 256), (0, 512, 256, 88), (512, 0, 188, 256)]


def test_small_blocks_are_read_many_at_a_time(raster):
    blocks = decoded(raster("lines"), grid(SIZE, 200, 200))

    assert blocks == [(0, 0, 700, 256), (0, 256, 700, 256), (0, 512, 700, 88)]


def test_each_thread_opens_the_raster_once_for_rows_that_hang_together(raster):
    path, seen = raster(), []
    windows = grid(SIZE, 100, 100)

    def opened():
        seen.append(threading.get_ident())
        return open_geotiff(path)

    rows = list(
        each_window(
            opened, [0], windows, lambda window, _: (window[1], threading.get_ident()), workers=2
        )
    )

    assert len(seen) == 2
    assert [row for row, _ in rows] == sorted(row for row, _ in rows)
    assert [who for _, who in rows] == [rows[0][1]] * 21 + [rows[-1][1]] * 21
    assert threading.get_ident() not in seen


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_ends_all_threads(raster, workers):
    path, done = raster(), []

    def work(window, _):
        if window[1] == 500:
            raise OSError("no space left")
        done.append(window)

    with pytest.raises(OSError, match="no space left"):
        list(each_window(lambda: open_geotiff(path), [0], grid(SIZE, 100, 100), work, workers))

    assert threading.active_count() == 1
    assert len(done) < 42


@pytest.mark.parametrize("workers", [1, 2])
def test_the_cache_of_gdal_is_small_meanwhile_and_then_as_before(raster, workers):
    path, before = raster(), get_gdal_config("GDAL_CACHEMAX")

    caches = each_window(
        lambda: open_geotiff(path),
        [0],
        grid(SIZE, 100, 100),
        lambda *_: get_gdal_config("GDAL_CACHEMAX"),
        workers,
    )

    assert set(caches) == {min(before, CACHE_BYTES)}
    assert get_gdal_config("GDAL_CACHEMAX") == before


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ([(0, 9, 5, 5), (0, 8, 5, 5)], r"\(0, 8, 5, 5\) begins above the one before: sort them"),
        ([(700, 0, 5, 5)], r"window \(700, 0, 5, 5\) lies outside of 600 x 700 px"),
    ],
)
def test_windows_out_of_order_or_outside_are_refused(raster, windows, message):
    path = raster()

    with pytest.raises(ValueError, match=message):
        list(each_window(lambda: open_geotiff(path), [0], windows, lambda *_: None))
