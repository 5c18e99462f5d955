import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosslook.scenes.windows import by_row, grid, overlap


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
