import numpy as np
from matplotlib.image import imread

from crosslook.translators import grids
from crosslook.translators.grids import grid, labelled, sample, write_grid


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


def test_rows_are_named_at_the_left_and_stay_as_they_are():
    rows = {"source": np.full((2, 3, 40, 40), 10, np.uint8), "fake": np.full((2, 3, 40, 40), 20)}

    canvas = labelled(rows)

    plain = grid(list(rows.values()))
    column = canvas[:, :, : -plain.shape[2]]
    assert np.array_equal(canvas[:, :, -plain.shape[2] :], plain)
    assert (column[:, 10:30].min(), column[:, 54:74].min()) == (0, 0)
    assert (column[:, 36:48] == 255).all()
    assert (column[:, :, -4:] == 255).all()


def test_large_pictures_have_large_names():
    widths = [
        labelled({"source": np.zeros((1, 3, size, size), np.uint8)}).shape[2] - size
        for size in (64, 128, 600)
    ]

    assert widths[0] == widths[1] < widths[2] / 2


def test_what_a_method_shows_stands_between_fake_and_target(make, monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(grids, "labelled", lambda rows: seen.append(rows) or np.zeros((3, 2, 2)))
    source, target = np.full((2, 3, 32, 32), 80, np.uint8), np.full((2, 3, 32, 32), 90, np.uint8)

    write_grid(tmp_path / "a.png", make("attentiongan"), source, target)

    (rows,) = seen
    assert list(rows) == ["source", "fake", "input kept (white: all)", "real target"]
    assert all(row.shape == source.shape for row in rows.values())


def test_the_picture_is_a_png_and_always_the_same(make, tmp_path):
    source, target = pictures(2, 10), pictures(2, 20)
    for name in ("a", "b"):
        write_grid(tmp_path / f"{name}.png", make("none"), source, target)

    assert imread(tmp_path / "a.png").shape[0] == 32
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
