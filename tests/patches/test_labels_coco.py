import pytest
import shapely
from label_files import coco, pixels, read, row, write

from crosslook.errors import InputError


def refused(path, message):
    with pytest.raises(InputError, match=message) as error:
        read(path)
    assert "\n" not in str(error.value)


def test_categories_are_read_by_name(tmp_path):
    rows = [row(category_id=0), row(id=2, category_id=3)]

    found = read(write(tmp_path / "c.json", coco(*rows)))

    assert [one.name for one in found] == ["ship", "port"]


def test_crowds_are_to_be_ignored_and_plain_values_are_kept(tmp_path):
    rows = [row(iscrowd=1, score=0.5, note="quay", deep={"a": 1}), row(id=2, iscrowd=0)]

    crowd, other = read(write(tmp_path / "c.json", coco(*rows)))

    assert crowd.properties["ignore"] is True
    assert other.properties["ignore"] is False
    assert (crowd.properties["score"], crowd.properties["note"]) == (0.5, "quay")
    assert "deep" not in crowd.properties


def test_a_segmentation_is_the_outline_and_its_holes_are_left_open(tmp_path):
    triangle = [10, 20, 40, 20, 10, 60]
    hole = [15, 25, 20, 25, 15, 30]

    path = write(tmp_path / "c.json", coco(row(segmentation=[triangle], holes=[hole])))

    assert pixels(read(path)[0]).area == pytest.approx(600 - 12.5, abs=0.1)


def test_of_a_run_length_mask_the_box_is_read(tmp_path):
    mask = {"counts": "abc", "size": [300, 400]}

    (one,) = read(write(tmp_path / "c.json", coco(row(segmentation=mask, iscrowd=1))))

    assert pixels(one).bounds == pytest.approx((10, 20, 40, 60), abs=0.01)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bbox": [10, 20, -30, 40]}, "has the box 10, 20, -20, 60 .*, which has no area"),
        ({"bbox": [10, 20, 0, 40]}, "which has no area"),
        ({"bbox": [-50, 20, 60, 40]}, "reaches from -50, 20 to 10, 60, out of its image of 400 x"),
        ({"bbox": [10, 20, 1e300, 1e300]}, "out of its image"),
        ({"bbox": [10, 20, 10**400, 3]}, "expected a number"),
        ({"bbox": [10, 20, 30]}, "has the bbox .*expected .x, y, width, height."),
        ({"bbox": ["a", 20, 30, 1]}, "a number of its bbox is 'a', expected a number"),
        ({"bbox": [True, 20, 30, 1]}, "a number of its bbox is True"),
        ({"bbox": ["nan", 20, 30, 1]}, "is nan, expected a finite number"),
        ({"bbox": "0000"}, "has the bbox '0000'"),
        ({"bbox": None}, "has neither a bbox nor polygons"),
        ({"image_id": 9}, "image_id is 9, which is not there"),
        ({"image_id": [5]}, "image_id is .*list.*, which is not there"),
        ({"category_id": 1}, "category_id is 1, which is not there"),
        ({"category_id": "3"}, "category_id is '3', which is not there"),
        ({"iscrowd": 7}, "iscrowd is '7', expected true or false"),
        ({"segmentation": [[1, 2, 3, 4]]}, "is no polygon: expected three points"),
        ({"segmentation": [[0, 0, 9, 9, 9, 0, 0, 9]]}, "not a valid polygon: Self-intersection"),
        ({"segmentation": [5]}, "has polygons that are no lists"),
        ({"segmentation": [[0, 0, "x", 9, 9, 0]]}, "is no polygon"),
        ({"segmentation": [[100, 100, 140, 100, 140, 160]]}, "take the wrong one out"),
    ],
)
def test_a_damaged_annotation_is_refused(tmp_path, changes, message):
    refused(write(tmp_path / "c.json", coco(row(**changes))), message)


def test_nan_is_no_json(tmp_path):
    path = write(tmp_path / "c.json", coco(row(bbox=[float("nan"), 2, 3, 4])))

    refused(path, "is not JSON .NaN is no number of JSON")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"annotations": [row(), row()]}, "annotation 1 stands twice: annotation ids must differ"),
        ({"annotations": 5}, "'annotations' is no list of objects"),
        ({"annotations": [5]}, "'annotations' is no list of objects"),
        ({"images": [{"id": 5}] * 2}, "images has the id 5 twice"),
        ({"images": [{"file_name": "a"}]}, "images has an entry without an id"),
        ({"images": [{"id": 5, "height": 3, "width": 4}]}, "image 5 has no file_name"),
        ({"images": [{"id": 5, "file_name": "harbour.tif"}]}, "height is None, expected a number"),
        (
            {"images": [{"id": 5, "file_name": "harbour.tif", "height": 2**40, "width": 1}]},
            "expected whole numbers from 1",
        ),
        ({"categories": [{"id": 3, "name": "a"}, {"id": 3, "name": "b"}]}, "the id 3 twice"),
        ({"categories": [{"id": 3}]}, "category 3 has no name"),
        ({"categories": {}}, "'categories' is no list of objects"),
    ],
)
def test_a_damaged_data_set_is_refused(tmp_path, changes, message):
    refused(write(tmp_path / "c.json", coco(*[row()]) | changes), message)


def test_a_box_may_stick_out_by_the_rounding_of_an_exporter(tmp_path):
    (one,) = read(write(tmp_path / "c.json", coco(row([-0.5, 0, 20, 20]))))

    assert pixels(one).bounds == pytest.approx((-0.5, 0, 19.5, 20), abs=0.01)
    assert shapely.is_valid(one.outline)
