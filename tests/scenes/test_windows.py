from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosslook.scenes.windows import by_row, grid, overlap, part_inside, row_parts


def test_the_last_windows_lie_flush_with_the_border():
    assert grid((8, 11), 8, 4) == [(0, 0, 8, 8), (3, 0, 8, 8)]


def test_a_scene_smaller_than_a_patch_has_no_window():
    assert grid((7, 20), 8, 4) == []


@given(st.integers(4, 40), st.integers(4, 40), st.integers(1, 8))
def test_windows_stay_inside_and_cover_everything_when_the_stride_is_not_larger(h, w, stride):
    seen = np.zeros((h, w), int)
    for column, row, width, height in grid((h, w), 4, min(stride, 4)):
        assert column >= 0 and row >= 0 and column + width <= w and row + height <= h
        seen[row : row + height, column : column + width] += 1
    assert seen.all()


def test_windows_are_read_row_by_row():
    assert by_row([(5, 9, 1, 1), (9, 0, 1, 1), (0, 9, 1, 1)]) == [
        (9, 0, 1, 1),
        (0, 9, 1, 1),
        (5, 9, 1, 1),
    ]


def test_overlap_is_a_share_of_the_first():
    assert overlap((0, 0, 4, 4), (2, 2, 8, 8)) == pytest.approx(0.25)
    assert overlap((0, 0, 4, 4), (4, 0, 4, 4)) == 0


def test_a_stride_of_zero_is_refused():
    with pytest.raises(ValueError, match="stride=0 must be >= 1"):
        grid((8, 8), 4, 0)


def test_parts_hold_whole_rows_of_windows_and_about_equally_many():
    rows = [[(x, y, 4, 4) for x in range(width)] for y, width in enumerate((3, 3, 2, 4))]
    windows = [window for row in rows for window in row]

    assert row_parts(windows, 2) == [rows[0] + rows[1], rows[2] + rows[3]]
    assert row_parts(windows, 9) == rows
    assert row_parts([], 3) == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5))), st.integers(1, 5))
def test_parts_one_after_the_other_are_the_windows(starts, count):
    windows = by_row([(column, row, 4, 4) for column, row in starts])

    parts = row_parts(windows, count)

    assert list(chain(*parts)) == windows
    assert len(parts) <= count and all(parts)


def test_no_part_at_all_is_refused():
    with pytest.raises(ValueError, match="parts=0 must be >= 1"):
        row_parts([(0, 0, 1, 1)], 0)


def test_the_part_inside_is_cut_off_at_the_border():
    assert part_inside((-2, 5, 8, 8), (10, 20)) == (0, 5, 6, 5)
    assert part_inside((20, 0, 8, 8), (10, 20)) is None
