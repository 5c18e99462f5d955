import numpy as np
import pytest
from rasterio.io import MemoryFile

from crosslook.report.side_by_side import Cell, draw


def grey(value):
    return np.full((3, 16, 16), value, np.uint8)


def pixels(png):
    with MemoryFile(png) as file, file.open() as picture:
        return picture.read()


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_labels_are_drawn_white_and_detections_red():
    box = {"bbox": [4, 4, 8, 8]}
    plain = pixels(draw([("a", [Cell(grey(90))])], "png"))
    labelled = pixels(draw([("a", [Cell(grey(90), labels=[box])])], "png"))
    found = pixels(draw([("a", [Cell(grey(90), found=[box | {"score": 0.9}])])], "png"))

    drawn = labelled != plain
    assert drawn[0].any()
    assert (labelled[drawn] > 90).all()
    assert (found[0].astype(int) - found[1]).max() > 100
    assert (labelled[0].astype(int) - labelled[1]).max() == 0


def test_the_same_patches_give_the_same_bytes():
    rows = [("a", [Cell(grey(90)), Cell(grey(40))]), ("b", [Cell(grey(9))])]

    assert draw(rows, "png") == draw(rows, "png")


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_boxes_to_be_ignored_are_not_drawn():
    ignored = {"bbox": [4, 4, 8, 8], "iscrowd": 1}

    assert draw([("a", [Cell(grey(90), labels=[ignored])])], "png") == draw(
        [("a", [Cell(grey(90))])], "png"
    )


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_caption_is_drawn_and_a_gap_is_left_white():
    plain = pixels(draw([("a", [Cell(grey(9)), Cell(grey(9))])], "png"))
    captioned = pixels(draw([("a", [Cell(grey(9), caption="$x$"), None])], "png"))

    half = plain.shape[2] // 2
    lower_left = np.s_[:3, -30:, : half // 2]
    assert (captioned[lower_left] != plain[lower_left]).any()
    assert (captioned[:3, :, half + 10 :] == 255).all()
