from dataclasses import replace

import numpy as np
import pytest

from crosslook.errors import InputError
from crosslook.scenes.composites import composite
from crosslook.scenes.raster import (
    each_composite,
    open_geotiff,
    open_scene,
    read_composite,
    read_overview,
)
from crosslook.scenes.stretches import SarComposite


def test_a_window_shows_what_the_whole_scene_shows_there(make_scene):
    scene = make_scene("a", size=(40, 50))

    with open_scene(scene) as dataset:
        whole = composite(dataset.read(), scene.radiometry, SarComposite())
        part = read_composite(dataset, scene, SarComposite(), (7, 3, 16, 8))

    assert np.array_equal(part, whole[:, 3:11, 7:23])


def test_outside_the_scene_there_is_no_data(make_scene):
    scene = make_scene("a", size=(16, 16))

    with open_scene(scene) as dataset:
        part = read_composite(dataset, scene, SarComposite(), (-4, 8, 24, 16))

    assert (part[:, :8, 4:20] > 0).all()
    assert part[:, 8:].max() == part[:, :, :4].max() == part[:, :, 20:].max() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_windows_in_turn_are_what_each_of_them_is_by_itself(make_scene, workers):
    scene = make_scene("a", size=(40, 50))
    windows = [(-4, -6, 24, 16), (30, 2, 24, 16), (7, 20, 60, 60)]

    with open_scene(scene) as dataset:
        alone = [read_composite(dataset, scene, SarComposite(), window) for window in windows]
    together = each_composite(scene, SarComposite(), windows, lambda *made: made, workers)

    for own, (window, pixels), wanted in zip(alone, together, windows, strict=True):
        assert window == wanted
        assert np.array_equal(pixels, own)


def test_an_overview_holds_stored_numbers_of_a_smaller_raster(make_scene):
    scene = make_scene("a", size=(64, 32))

    with open_scene(scene) as dataset:
        overview = read_overview(dataset, 16)
        stored = dataset.read()

    assert overview.shape == (2, 16, 8)
    assert np.isin(overview, stored).all()


@pytest.mark.parametrize("layout", [{}, {"tiled": True, "blockxsize": 16, "blockysize": 16}])
@pytest.mark.parametrize("interleave", ["pixel", "band"])
def test_a_truncated_geotiff_is_told_before_a_pixel_is_read(tmp_path, geotiff, layout, interleave):
    path = tmp_path / "a.tif"
    geotiff(path, np.ones((2, 64, 64), np.uint16), interleave=interleave, **layout)
    path.write_bytes(path.read_bytes()[:-200])

    with (
        pytest.raises(
            InputError, match=r"a.tif breaks off: a block ends at byte .* Fetch it again"
        ),
        open_geotiff(path),
    ):
        pass


def test_a_file_that_is_no_geotiff_is_refused(tmp_path):
    (tmp_path / "a.tif").write_text("P5 2 2 255 abcd")

    with (
        pytest.raises(InputError, match=r"a.tif is not a readable GeoTIFF"),
        open_geotiff(tmp_path / "a.tif"),
    ):
        pass


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"b.tif is missing"), open_geotiff(tmp_path / "b.tif"):
        pass


def test_a_scene_must_be_what_the_catalogue_says(make_scene):
    scene = make_scene("a")

    for changed, message in (
        (replace(scene, size=(64, 65)), "64 x 64 px, expected 64 x 65"),
        (replace(scene, crs="EPSG:32632"), "CRS EPSG:32631, expected EPSG:32632"),
        (replace(scene, transform=(10, 0, 0, 0, -10, 0)), "its place differs"),
    ):
        with pytest.raises(InputError, match=message), open_scene(changed):
            pass
