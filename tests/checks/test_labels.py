import json

import shapely

from crosslook.checks.labels import class_counts, class_problems, label_problems
from crosslook.patches.annotations import to_map


def on_map(scene, *box):
    return to_map(shapely.box(*box), scene.crs, scene.affine)


def test_good_labels_have_no_problem(make_scene):
    assert label_problems([make_scene("a", boxes=[(1, 1, 9, 9)], area=(0, 0, 30, 30))]) == []


def test_a_label_outside_every_scene(make_scene, polygons):
    scene = make_scene("a", boxes=[(1, 1, 9, 9)])
    polygons(scene.labels, [on_map(scene, 500, 500, 510, 510)], **{"class": "port"})

    (problem,) = label_problems([scene])

    assert "label 0 at 3.0" in problem and problem.endswith("lies outside every scene.")


def test_a_label_outside_the_scene_that_it_names(make_scene):
    (problem,) = label_problems([make_scene("a", boxes=[(100, 1, 109, 9)])])

    assert problem.endswith("lies outside its scene a.")


def test_a_label_that_names_no_known_scene(make_scene, polygons):
    scene = make_scene("a", boxes=[])
    polygons(scene.labels, [on_map(scene, 1, 1, 9, 9)], scene="b", **{"class": "port"})

    (problem,) = label_problems([scene])

    assert problem.endswith("label 0 names scene 'b', which is not in scenes.json.")


def test_an_invalid_polygon_is_explained(make_scene, polygons):
    scene = make_scene("a", boxes=[])
    x, y = on_map(scene, 10, 10, 20, 20).centroid.coords[0]
    bow = shapely.Polygon([(x, y), (x + 1e-4, y + 1e-4), (x + 1e-4, y), (x, y + 1e-4)])
    polygons(scene.labels, [bow], **{"class": "port"})

    (problem,) = label_problems([scene])

    assert "label 0 is not a valid polygon: Self-intersection[" in problem


def test_a_label_without_a_class(make_scene, polygons):
    scene = make_scene("a", boxes=[])
    polygons(scene.labels, [on_map(scene, 1, 1, 9, 9)])

    (problem,) = label_problems([scene])

    assert problem.endswith("label 0 has no property 'class'.")


def test_a_place_drawn_twice(make_scene):
    (problem,) = label_problems([make_scene("a", boxes=[(1, 1, 20, 20), (1, 1, 20, 20.5)])])

    assert problem.endswith("labels 0 and 1 are one place drawn twice.")


def test_a_label_file_that_is_missing_or_damaged(make_scene):
    missing, damaged = make_scene("a", boxes=[]), make_scene("b", boxes=[])
    missing.labels.unlink()
    damaged.labels.write_text("{")

    first, second = label_problems([missing, damaged])

    assert first.endswith("a.geojson is missing.")
    assert "b.geojson is not JSON" in second


def test_a_file_may_serve_two_scenes(make_scene):
    a = make_scene("a", boxes=[(1, 1, 9, 9)])
    b = make_scene("b", boxes=[(1, 1, 9, 9)], origin=(520_000, 4_000_000))
    both = json.loads(a.labels.read_text())
    both["features"] += json.loads(b.labels.read_text())["features"]
    a.labels.write_text(json.dumps(both))
    b.labels.write_text(json.dumps(both))

    assert label_problems([a, b]) == []
    assert class_counts([a]) == {"port": 1}


def test_a_class_without_labels_in_training(make_scene):
    scenes = [make_scene("a", boxes=[(1, 1, 9, 9)]), make_scene("b", split="dev", boxes=[])]

    assert class_problems(scenes, ["port"]) == []
    assert class_problems(scenes, ["prot"]) == [
        "class 'prot' has no label in split train (classes there: port)."
    ]
