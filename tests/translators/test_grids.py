import numpy as np
from matplotlib.image import imread

from crosslook.translators.grids import grid, sample, write_grid


def pictures(n, level):
    return np.full((n, 3, 8, 12), level, np.uint8)


def test_rows_of_pictures_stand_below_each_other():
    canvas = grid([pictures(2, 10), pictures(2, 20)])

    assert canvas.shape == (3, 8 + 4 + 8, 12 + 4 + 12)
    assert canvas[0, 0, 0] == 10
    assert canvas[0, 12, 16] == 20
    assert canvas[0, 9, 13] == 255


def test_a_row_may_be_shorter_than_the_others():
    canvas = grid([pictures(1, 10), pictures(3, 20)])

    assert canvas.shape == (3, 20, 44)
    assert canvas[0, 0, 30] == 255


def test_fixed_patches_are_spread_over_the_set():
    patches = np.arange(11, dtype=np.uint8)[:, None, None, None]

    assert sample(patches, 3).ravel().tolist() == [0, 5, 10]
    assert len(sample(patches[:2], 6)) == 2


def test_the_picture_is_a_png_and_always_the_same(make, tmp_path):
    source, target = pictures(2, 10), pictures(2, 20)
    for name in ("a", "b"):
        write_grid(tmp_path / f"{name}.png", make("none"), source, target)

    assert imread(tmp_path / "a.png").shape[:2] == (32, 28)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
