from dataclasses import replace

import pytest
from rasterio import Affine

from crosslook.patches.splits import Ground, scene_ground, scenes_by_set, shared_ground


def square(name, crs, x, y, side=100, pixel=10):
    return Ground(name, crs, Affine(pixel, 0, x, 0, -pixel, y), (side, side))


def test_sets_are_made_by_sensor_split_and_labels(small_world, make_scene):
    more = [make_scene("labelled", boxes=[(1, 1, 9, 9)]), make_scene("bare")]
    names = {name: [s.id for s in own] for name, own in scenes_by_set(small_world + more).items()}

    assert names == {
        "optical": ["harbour"],
        "sar": ["bare", "labelled", "radar"],
        "optical_labelled": ["harbour"],
        "sar_labelled": ["labelled"],
        "sar_dev": ["dev"],
        "sar_test": ["test"],
    }


def test_a_scene_of_a_domain_of_its_own_is_in_no_default_set(small_world, make_scene):
    labelled = replace(make_scene("labelled", boxes=[(1, 1, 9, 9)]), domain="winter")
    frost = replace(make_scene("frost", split="dev"), domain="winter")

    assert scenes_by_set([*small_world, labelled, frost]) == scenes_by_set(small_world)


def test_shared_ground_is_measured_in_square_kilometres():
    a = square("a", "EPSG:32631", 500_000, 4_000_000)
    b = square("b", "EPSG:32631", 500_500, 4_000_000)

    ((_, _, km2),) = shared_ground([a], [b])

    assert km2 == pytest.approx(0.5, rel=0.01)


def test_neighbours_that_touch_share_nothing():
    a = square("a", "EPSG:32631", 500_000, 4_000_000)
    b = square("b", "EPSG:32631", 501_000, 4_000_000)

    assert shared_ground([a], [b]) == []


def test_ground_is_compared_across_crs():
    # 3 degrees east, 0 degrees north is 500 000, 0 in zone 31 and 333 958.5, 0 in web Mercator.
    a = square("a", "EPSG:32631", 500_000, 500)
    b = square("b", "EPSG:3857", 333_958, 500)
    far = square("far", "EPSG:3857", 340_000, 500)

    assert [(x.name, y.name) for x, y, _ in shared_ground([a], [b, far])] == [("a", "b")]


def test_ground_is_compared_across_the_date_line():
    # Zone 60 ends and zone 1 begins at 180 degrees; 833 978.6 and 166 021.4 are the same meridian.
    a = square("a", "EPSG:32660", 833_000, 500)
    b = square("b", "EPSG:32601", 165_600, 500)

    ((_, _, km2),) = shared_ground([a], [b])

    assert 0.3 < km2 < 0.7


def test_the_ground_of_a_scene_is_its_raster(make_scene):
    scene = make_scene("a")

    assert scene_ground(scene) == Ground("a", scene.crs, scene.affine, (64, 64))
    assert shared_ground([scene_ground(scene)], []) == []
    assert len(shared_ground([scene_ground(scene)], [scene_ground(replace(scene, id="b"))])) == 1
