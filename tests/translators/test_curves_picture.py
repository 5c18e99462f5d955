import numpy as np
from matplotlib.image import imread

from crosslook.translators.curves_picture import by_kind, write_curves

ROWS = [
    {"step": 10, "cycle/source": 3.0, "cycle/target": 4.0, "generator": 1.0},
    {"step": 20, "cycle/source": 2.0, "cycle/target": 3.0, "generator": 1.5, "council/0": 0.1},
]


def test_losses_of_one_kind_share_a_panel():
    assert by_kind(ROWS) == {
        "cycle": ["cycle/source", "cycle/target"],
        "generator": ["generator"],
        "council": ["council/0"],
    }


def test_equal_rows_give_equal_bytes_and_other_rows_another_picture(tmp_path):
    other = [ROWS[0], ROWS[1] | {"generator": 0.5}]
    for name, rows in (("a", ROWS), ("b", ROWS), ("c", other)):
        write_curves(tmp_path / f"{name}.png", "cut", rows, (10, 20))

    first, again, changed = ((tmp_path / f"{n}.png").read_bytes() for n in "abc")
    assert first == again != changed


def test_a_checkpoint_is_a_line_in_the_picture(tmp_path):
    write_curves(tmp_path / "with.png", "cut", ROWS, (15,))
    write_curves(tmp_path / "without.png", "cut", ROWS, ())

    assert not np.array_equal(imread(tmp_path / "with.png"), imread(tmp_path / "without.png"))


def test_checkpoints_still_to_come_are_not_drawn(tmp_path):
    write_curves(tmp_path / "a.png", "cut", ROWS, (10,))
    write_curves(tmp_path / "b.png", "cut", ROWS, (10, 900))

    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_one_row_alone_is_drawn_as_points(tmp_path):
    write_curves(tmp_path / "points.png", "cut", ROWS[:1], ())
    write_curves(tmp_path / "other.png", "cut", [ROWS[0] | {"cycle/target": 3.5}], ())

    one, two = (imread(tmp_path / f"{name}.png") for name in ("points", "other"))
    assert not np.array_equal(one, two)
