import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crosslook.patches.annotations import Place
from crosslook.patches.detection_windows import around_places, without_places
from crosslook.patches.tile_params import DetectionWindows

SIZE = (300, 400)
WHOLE = shapely.box(0, 0, 400, 300)
RULES = DetectionWindows(size_px=64, negatives_per_scene=4)


def place(x1, y1, x2, y2):
    return Place(f"s/{x1}-{y1}", "port", shapely.box(x1, y1, x2, y2))


def holds(window, box):
    column, row, width, height = window
    x1, y1, x2, y2 = box
    return column <= x1 and row <= y1 and x2 <= column + width and y2 <= row + height


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(0, 350), st.floats(0, 250), st.floats(1, 50), st.floats(1, 50)),
        max_size=8,
    ),
    st.booleans(),
)
def test_every_place_that_fits_lies_wholly_in_a_window_inside_the_scene(corners, jittered):
    places = [place(x, y, x + w, y + h) for x, y, w, h in corners]
    rng = np.random.default_rng(1) if jittered else None

    windows = around_places(places, WHOLE, SIZE, RULES, rng)

    assert all(0 <= c <= 400 - 64 and 0 <= r <= 300 - 64 for c, r, _, _ in windows)
    assert all(any(holds(w, p.outline.bounds) for w in windows) for p in places)


def test_neighbours_share_one_window():
    places = [place(100, 100, 110, 110), place(120, 120, 130, 130)]

    assert len(around_places(places, WHOLE, SIZE, RULES, None)) == 1


def test_a_place_larger_than_a_window_is_in_its_middle():
    ((column, row, _, _),) = around_places([place(100, 100, 200, 180)], WHOLE, SIZE, RULES, None)

    assert abs(column + 32 - 150) <= 16 and abs(row + 32 - 140) <= 16


def test_windows_of_judging_sets_do_not_depend_on_a_seed():
    places = [place(40, 40, 60, 60), place(200, 150, 210, 190)]

    first = around_places(places, WHOLE, SIZE, RULES, None)

    assert first == around_places(places, WHOLE, SIZE, RULES, None)


def test_training_windows_depend_on_the_seed_alone():
    places = [place(140, 140, 160, 160)]
    seeds = (0, 0, 1, 2, 3)

    a, b, *others = (
        around_places(places, WHOLE, SIZE, RULES, np.random.default_rng(s)) for s in seeds
    )

    assert a == b
    assert any(other != a for other in others)


def test_windows_keep_inside_the_labelled_area_where_they_fit():
    area = shapely.box(100, 100, 200, 200)

    (window,) = around_places([place(102, 102, 110, 110)], area, SIZE, RULES, None)

    assert window[:2] == (100, 100) or holds((100, 100, 100, 100), (*window[:2], *window[:2]))
    assert window[0] >= 100 and window[1] >= 100


def texture(textured_from=0):
    grey = np.zeros((150, 200), np.float32)
    grey[:, textured_from:] = np.random.default_rng(0).random((150, 200 - textured_from))
    return grey


def test_negatives_touch_no_place_and_lie_in_the_labelled_area():
    places = [place(150, 100, 250, 200)]
    area = shapely.box(50, 20, 390, 280)

    windows = without_places(places, area, SIZE, texture(), RULES, np.random.default_rng(0))

    assert len(windows) == 4
    for window in windows:
        assert holds((50, 20, 340, 260), (window[0], window[1], window[0] + 64, window[1] + 64))
        box = shapely.box(window[0], window[1], window[0] + 64, window[1] + 64)
        assert not box.intersects(places[0].outline)


def test_negatives_prefer_what_has_texture():
    windows = without_places([], WHOLE, SIZE, texture(100), RULES, np.random.default_rng(0))

    assert all(column + 64 > 200 for column, _, _, _ in windows)


def test_a_crowded_scene_has_no_negatives():
    crowd = [place(x, y, x + 5, y + 5) for x in range(0, 400, 20) for y in range(0, 300, 20)]

    assert without_places(crowd, WHOLE, SIZE, texture(), RULES, np.random.default_rng(0)) == []


def test_no_data_makes_no_negative():
    empty = np.full((150, 200), np.nan, np.float32)

    assert without_places([], WHOLE, SIZE, empty, RULES, np.random.default_rng(0)) == []


def test_a_jitter_beyond_half_the_window_is_refused():
    with pytest.raises(ValueError, match=r"jitter=0.7 must lie in 0..0.5"):
        DetectionWindows(size_px=64, negatives_per_scene=0, jitter=0.7)
