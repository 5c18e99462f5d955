import pytest
import shapely

from crosslook.patches.annotations import Place
from crosslook.patches.tile_params import DetectionWindows
from crosslook.patches.visibility import count_once, unlabelled_parts, visible_places

RULES = DetectionWindows(size_px=100, negatives_per_scene=0)
WINDOW = (50, 20, 100, 100)
PORT = {"port": 1}


def seen(outline, rules=RULES):
    return visible_places(WINDOW, [Place("s/0", "port", outline)], PORT, rules)


def test_a_box_counts_from_the_corner_of_its_window():
    (row,) = seen(shapely.box(60, 30, 80, 45))

    assert row["bbox"] == [10, 10, 20, 15]
    assert (row["area"], row["iscrowd"]) == (300, 0)
    assert (row["visible"], row["truncated"]) == (1.0, False)


def test_a_box_is_the_bounds_of_the_visible_polygon_not_the_visible_bounds():
    # A diamond around (150, 70): half of it is seen, and that half is 40 high at the border only.
    diamond = shapely.Polygon([(110, 70), (150, 50), (190, 70), (150, 90)])
    # A slanted strip that leaves through the lower right corner of the window.
    strip = shapely.Polygon([(130, 100), (170, 180), (175, 180), (135, 100)])

    assert seen(diamond)[0]["bbox"] == [60, 30, 40, 40]
    assert seen(diamond)[0]["visible"] == pytest.approx(0.5)
    (row,) = visible_places(
        WINDOW, [Place("s", "port", strip)], PORT, DetectionWindows(100, 0, min_visible=0.1)
    )
    assert row["bbox"] == pytest.approx([80, 80, 15, 20])  # not [80, 80, 20, 20]
    assert row["truncated"] is True


def test_too_small_a_share_is_to_be_ignored():
    assert seen(shapely.box(140, 40, 170, 60))[0]["iscrowd"] == 0  # one third
    assert seen(shapely.box(142, 40, 172, 60))[0]["iscrowd"] == 1  # 8 of 30


def test_a_place_that_is_to_be_ignored_is_ignored_when_all_of_it_is_seen():
    place = Place("s/0", "port", shapely.box(60, 30, 80, 45), ignore=True)

    (row,) = visible_places(WINDOW, [place], PORT, RULES)

    assert (row["iscrowd"], row["visible"]) == (1, 1.0)


def test_too_thin_a_box_is_to_be_ignored():
    assert seen(shapely.box(60, 40, 80, 47.9))[0]["iscrowd"] == 1
    vessels = DetectionWindows(100, 0, min_side_px=2)
    assert seen(shapely.box(60, 40, 80, 47.9), vessels)[0]["iscrowd"] == 0


def test_what_only_touches_the_window_is_not_there():
    assert seen(shapely.box(150, 20, 170, 40)) == []


def test_a_window_inside_the_labelled_area_has_nothing_to_ignore():
    assert unlabelled_parts(WINDOW, shapely.box(0, 0, 200, 200), PORT) == []


def test_a_window_outside_the_labelled_area_is_all_to_ignore():
    (row,) = unlabelled_parts(WINDOW, shapely.box(300, 0, 400, 200), PORT)

    assert row["bbox"] == [0, 0, 100, 100]
    assert row["iscrowd"] == 1


def test_the_unlabelled_part_is_covered_exactly():
    # The labelled area ends at x = 120 and y = 90: 30 px of the window at the right, and below.
    rows = unlabelled_parts(WINDOW, shapely.box(0, 0, 120, 90), PORT)

    assert sorted(row["bbox"] for row in rows) == [[0, 70, 100, 30], [70, 0, 30, 100]]


def test_a_slanted_border_is_covered_and_little_else():
    area = shapely.Polygon([(0, 0), (200, 0), (0, 200)])
    frame = shapely.box(50, 20, 150, 120)

    boxes = [
        shapely.box(x + 50, y + 20, x + w + 50, y + h + 20)
        for x, y, w, h in (row["bbox"] for row in unlabelled_parts(WINDOW, area, PORT))
    ]
    covered = shapely.union_all(boxes)
    outside = frame.difference(area)

    assert covered.intersection(outside).area == pytest.approx(outside.area, rel=0.01)
    assert covered.difference(outside).area < 0.1 * frame.area


def test_every_category_has_its_own_part_to_ignore():
    rows = unlabelled_parts(WINDOW, shapely.box(300, 0, 400, 9), {"port": 1, "ship": 2})

    assert [row["category_id"] for row in rows] == [1, 2]


def test_a_place_in_two_patches_counts_where_most_of_it_is_seen():
    rows = [
        {"place": "a", "iscrowd": 0, "visible": 0.6, "repeated": False},
        {"place": "a", "iscrowd": 0, "visible": 1.0, "repeated": False},
        {"place": "a", "iscrowd": 0, "visible": 1.0, "repeated": False},
        {"place": "b", "iscrowd": 1, "visible": 0.1, "repeated": False},
    ]

    count_once(rows)

    assert [row["iscrowd"] for row in rows] == [1, 0, 1, 1]
    assert [row["repeated"] for row in rows] == [True, False, True, False]
