import pytest
from label_files import pixels, read, write

from crosslook.errors import InputError

SIZE = {"original_width": 400, "original_height": 300}


def rectangle(**changes):
    values = {"x": 25, "y": 20, "width": 10, "height": 20, "rectanglelabels": ["port"]}
    return {"type": "rectanglelabels", "value": values | changes} | SIZE


def task(*results, image="/data/upload/1/0a1b2c3d-harbour.png", **changes):
    values = {"id": 1, "data": {"image": image}, "annotations": [{"result": list(results)}]}
    return values | changes


def test_numbers_are_percent_of_the_image(tmp_path):
    (one,) = read(write(tmp_path / "a.json", [task(rectangle())]))

    assert pixels(one).bounds == pytest.approx((100, 60, 140, 120), abs=0.01)
    assert (one.name, one.scene) == ("port", "harbour")


def test_a_box_turns_clockwise_about_its_upper_left_corner_in_pixels(tmp_path):
    (one,) = read(write(tmp_path / "a.json", [task(rectangle(rotation=90))]))

    assert pixels(one).bounds == pytest.approx((40, 60, 100, 100), abs=0.01)


def test_polygons_and_key_points_are_read(tmp_path):
    points = {"points": [[0, 0], [10, 0], [0, 10]], "polygonlabels": ["port"]}
    results = (
        {"type": "polygonlabels", "value": points} | SIZE,
        {"type": "keypointlabels", "value": {"x": 50, "y": 50, "keypointlabels": ["ship"]}} | SIZE,
        {"type": "choices", "value": {"choices": ["clear"]}},
    )

    port, ship = read(write(tmp_path / "a.json", [task(*results)]), box_size_m=200)

    assert pixels(port).bounds == pytest.approx((0, 0, 40, 30), abs=0.01)
    assert pixels(ship).bounds == pytest.approx((190, 140, 210, 160), abs=0.02)


def test_the_short_export_is_read(tmp_path):
    shape = rectangle()["value"] | SIZE
    tasks = [{"id": 1, "image": "/data/local-files/?d=sar%2Fharbour.png", "label": [shape]}]

    (one,) = read(write(tmp_path / "a.json", tasks))

    assert pixels(one).bounds == pytest.approx((100, 60, 140, 120), abs=0.01)


def test_of_several_annotations_the_ground_truth_counts(tmp_path):
    good = {"result": [rectangle()], "ground_truth": True}
    tasks = [task(annotations=[{"result": []}, good]), task(id=2, annotations=[])]

    assert len(read(write(tmp_path / "a.json", tasks))) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (task(annotations=[{"result": []}] * 2), "task 1 has 2 annotations: mark one as ground"),
        (task(annotations=5), "annotations that are no list"),
        (task(annotations=[{"result": 5}]), "a result that is no list"),
        (task(5), "a result without a value"),
        (task(rectangle(), image=None), "names no image file"),
        (task(rectangle(), image="http://[x/harbour.png"), "names no image file"),
        (task(rectangle(), data=5), "names no image file"),
        (task(rectangle(x="a")), "x is 'a', expected a number"),
        (task(rectangle(width=-5)), "which has no area"),
        (task(rectangle(width=500)), "out of its image"),
        (task(rectangle(rotation=[1])), "rotation is .*expected a number"),
        (task(rectangle() | {"original_width": 800}), "of 300 x 800 px, but 'harbour' has"),
        (task(rectangle() | {"original_width": None}), "width is None, expected a number"),
        (task(rectangle(rectanglelabels="port")), "labels that are no list"),
        (task(rectangle(points=[[1, 2]])), "is no polygon"),
        (task({"type": "brushlabels", "value": {"rle": [1]}} | SIZE), "is a 'brushlabels', expec"),
        (task({"type": "ellipselabels", "value": {"radiusX": 1}} | SIZE), "is a 'ellipselabels'"),
    ],
)
def test_a_damaged_export_is_refused(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as error:
        read(write(tmp_path / "a.json", [content]))
    assert "\n" not in str(error.value)
