from dataclasses import replace

import numpy as np
import pytest

from crosslook.checks.portraits import portray
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.stretches import OpticalComposite, SarComposite

POWER = Radiometry("sigma0_power", ("VV", "VH"))


def test_power_is_shown_in_decibels_against_what_land_has(make_scene):
    pixels = np.full((2, 32, 32), 0.1, np.float32)
    pixels[1] = 0.01

    seen = portray(make_scene("a", POWER, pixels=pixels), SarComposite())

    assert seen.quantity == "sigma0 [dB]"
    assert [one.median for one in seen.histograms] == pytest.approx([-10, -20])
    assert [one.expected for one in seen.histograms] == [(-21, -3), (-27, -10)]
    assert [sum(one.shares) for one in seen.histograms] == pytest.approx([1, 1])


def test_reflectance_is_expected_in_the_stretch_of_the_composite(make_scene):
    rgb = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)

    seen = portray(make_scene("a", rgb), OpticalComposite(reflectance=(0.0, 0.4)))

    assert [one.expected for one in seen.histograms] == [(0.0, 0.4)] * 3


def test_no_data_counts_and_enters_no_histogram(make_scene):
    pixels = np.full((2, 32, 32), -10, np.float32)
    pixels[:, :8] = np.nan

    seen = portray(make_scene("a", pixels=pixels), SarComposite())

    assert seen.no_data == 0.25
    assert max(seen.histograms[0].shares) == 1
    assert (seen.picture[:, :8] == 0).all()


def test_outlines_are_in_pixels_of_the_decimated_picture(make_scene):
    seen = portray(make_scene("a", size=(1024, 1024), boxes=[(100, 200, 300, 400)]), SarComposite())

    (outline,) = seen.labels
    assert seen.picture.shape == (3, 512, 512)
    assert (*outline.min(axis=0), *outline.max(axis=0)) == pytest.approx(
        (50, 100, 150, 200), abs=0.01
    )


def test_a_label_that_sticks_out_is_cut_at_the_border(make_scene):
    seen = portray(make_scene("a", boxes=[(-20, -20, 10, 10)]), SarComposite())

    assert seen.labels[0].min() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("content", [b"", b"II*\0", b"not a raster"])
def test_a_damaged_scene_has_an_empty_portrait(make_scene, content):
    scene = make_scene("a")
    scene.image.write_bytes(content)

    seen = portray(scene, SarComposite())

    assert (seen.picture, seen.no_data, seen.histograms) == (None, None, ())


def test_damaged_labels_leave_the_picture(make_scene):
    scene = make_scene("a", boxes=[(5, 5, 20, 20)])
    scene.labels.write_text("{")

    seen = portray(replace(scene), SarComposite())

    assert seen.labels == ()
    assert seen.picture is not None


def test_bands_without_a_composite_have_histograms_and_no_picture(make_scene):
    seen = portray(make_scene("a", Radiometry("reflectance", ("B08",), 1e-4)), OpticalComposite())

    assert seen.picture is None
    assert len(seen.histograms) == 1
