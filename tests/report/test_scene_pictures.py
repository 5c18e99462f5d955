import numpy as np
import pytest

from crosslook.errors import InputError, RadiometryError
from crosslook.report.scene_pictures import scene_rows
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.stretches import OpticalComposite, SarComposite

SETTINGS = {"optical": OpticalComposite(), "sar": SarComposite()}
TRUE_COLOUR = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)
VV_ONLY = Radiometry("sigma0_db", ("VV",))


def names(rows):
    return [[cell and cell.caption for cell in cells] for _, cells in rows]


def test_the_sar_scene_of_the_same_place_stands_below_the_optical_one(make_scene):
    scenes = [
        make_scene("z_radar", origin=(500_100, 4_000_000)),
        make_scene("optical", TRUE_COLOUR),
        make_scene("a_radar", origin=(500_600, 4_000_000)),  # touches 4 of 64 columns
        make_scene("elsewhere", TRUE_COLOUR, origin=(530_000, 4_000_000)),
    ]

    rows = scene_rows(scenes, SETTINGS, 9)

    assert names(rows) == [["optical", None, "elsewhere"], ["z_radar", "a_radar", None]]


def test_the_title_says_what_each_colour_is(make_scene):
    rows = scene_rows([make_scene("optical", TRUE_COLOUR), make_scene("radar")], SETTINGS, 9)

    assert [title for title, _ in rows] == [
        "reflectance: red B04 0..0.3, green B03 0..0.3, blue B02 0..0.3",
        "sigma0_db: red VH -26..-5, green VV -20..0, blue VH/VV 0..1 (amplitude)",
    ]


def test_a_cell_is_the_composite(make_scene):
    pixels = np.stack([np.full((64, 64), level, np.float32) for level in (-10, -15.5)])
    ((_, (cell,)),) = scene_rows([make_scene("radar", pixels=pixels)], SETTINGS, 9)

    # VH and VV at the middle of their stretches; the ratio is 10^(-5.5 / 20) = 0.531.
    assert cell.pixels[:, 5, 5].tolist() == [128, 128, 136]


def test_columns_are_places(make_scene):
    scenes = [make_scene(f"s{i}", origin=(500_000 + 5000 * i, 4_000_000)) for i in range(3)]

    assert names(scene_rows(scenes, SETTINGS, 2)) == [["s0", "s1"]]


def test_scenes_that_share_no_composite_are_named(make_scene):
    scenes = [make_scene("both"), make_scene("one", VV_ONLY, origin=(530_000, 4_000_000))]

    with pytest.raises(RadiometryError, match="'both' and 'one' cannot share patches"):
        scene_rows(scenes, SETTINGS, 9)


def test_without_scenes_and_with_damaged_ones_it_says_so(make_scene):
    with pytest.raises(InputError, match="ingest one first"):
        scene_rows([], SETTINGS, 9)
    scene = make_scene("broken")
    scene.image.write_bytes(b"II*\0")
    with pytest.raises(InputError, match="'broken' cannot be drawn: crosslook check says why"):
        scene_rows([scene], SETTINGS, 9)
