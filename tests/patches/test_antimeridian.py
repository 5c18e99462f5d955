import pytest
import shapely

from crosslook.patches.antimeridian import cut, joined

CROSSING = shapely.box(179, 10, 182, 11)


def test_what_lies_on_one_side_stays_as_it_is():
    place = shapely.box(10, 10, 11, 11)

    assert cut(place) is place
    assert joined(place) is place


def test_a_polygon_is_cut_at_180_degrees():
    east, west = sorted(cut(CROSSING).geoms, key=lambda part: -part.bounds[0])

    assert east.bounds == (179, 10, 180, 11)
    assert west.bounds == pytest.approx((-180, 10, -178, 11))


def test_joining_undoes_the_cut():
    whole = joined(cut(CROSSING))

    assert whole.geom_type == "Polygon"
    assert whole.equals(CROSSING)


def test_a_polygon_around_the_world_is_taken_for_one_that_crosses():
    assert joined(shapely.box(-178, 10, 179, 11)).bounds == (179, 10, 182, 11)


def test_a_point_comes_into_the_range():
    assert cut(shapely.Point(181, 5)).equals(shapely.Point(-179, 5))


def test_what_begins_beyond_180_degrees_is_moved_whole():
    assert cut(shapely.box(181, 10, 182, 11)).equals(shapely.box(-179, 10, -178, 11))
