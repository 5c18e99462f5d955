import numpy as np
import pytest
from rasterio.transform import Affine

from crosslook.errors import InputError
from crosslook.scenes.cloud_raster import CloudMap, read_cloud_map, write_classes
from crosslook.scenes.clouds import C
from crosslook.scenes.radiometry import Radiometry

TRUE_COLOUR = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)
CLASSES = np.array(
    [[C.CLOUD, C.CLEAR, C.SNOW], [C.CLOUD, C.NO_DATA, C.SNOW], [C.CLEAR, C.SHADOW, C.BRIGHT]],
    np.uint8,
)


def test_shares_are_of_the_data_in_the_window():
    clouds = CloudMap(CLASSES, ("cloud", "shadow", "snow", "bright"), (2.0, 2.0))

    assert clouds.shares((0, 0, 4, 4)) == {"cloud": 2 / 3, "shadow": 0, "snow": 0, "bright": 0}
    assert clouds.shares((1, 1, 2, 2)) == {"cloud": 2 / 3, "shadow": 0, "snow": 0, "bright": 0}
    assert clouds.shares((0, 0, 6, 6))["shadow"] == 1 / 8


def test_what_the_raster_does_not_tell_is_unknown_and_not_zero():
    clouds = CloudMap(CLASSES, ("snow",), (2.0, 2.0))

    assert clouds.shares((0, 0, 6, 6)) == {
        "cloud": None, "shadow": None, "snow": 2 / 8, "bright": None,
    }  # fmt: skip
    assert clouds.shares((2, 2, 2, 2))["snow"] is None  # no data at all


def test_a_window_that_leaves_the_scene_is_judged_by_what_lies_inside():
    clouds = CloudMap(CLASSES, ("cloud",), (2.0, 2.0))

    assert clouds.shares((-4, -4, 6, 6))["cloud"] == 1
    assert clouds.shares((100, 0, 4, 4))["cloud"] is None


@pytest.fixture
def scene(make_scene):
    from dataclasses import replace

    made = make_scene("a", TRUE_COLOUR, size=(6, 6))
    return replace(made, clouds=made.image.with_name("clouds.tif"))


def test_a_raster_is_read_back_as_it_was_written(scene):
    write_classes(
        scene.clouds, CLASSES, ("cloud", "snow"), scene.crs, scene.affine @ Affine.scale(2)
    )

    found = read_cloud_map(scene)

    assert np.array_equal(found.classes, CLASSES)
    assert (found.tells, found.pixels) == (("cloud", "snow"), (2.0, 2.0))


def test_a_raster_of_another_place_is_refused(scene):
    elsewhere = Affine.translation(10, 0) @ scene.affine @ Affine.scale(2)
    write_classes(scene.clouds, CLASSES, ("cloud",), scene.crs, elsewhere)

    with pytest.raises(InputError, match=r"does not describe scene 'a'.*Ingest the scene again"):
        read_cloud_map(scene)


def test_a_raster_that_is_too_small_is_refused(scene):
    write_classes(scene.clouds, CLASSES, ("cloud",), scene.crs, scene.affine)

    with pytest.raises(InputError, match="cover it"):
        read_cloud_map(scene)
