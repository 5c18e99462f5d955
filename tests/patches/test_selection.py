import numpy as np
import pytest

from crosslook.errors import InputError
from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.patches.selection import select, tally, why_dropped
from crosslook.patches.selection_params import Selection

CONTRACT = {"sensor": "optical", "composite_bands": ["B04", "B03", "B02"]}
PLACE = {"scene": "s", "window": (0, 0, 8, 8), "crs": "EPSG:32630"}


def patch(name="p", valid=1.0, **notes):
    return Patch(name, transform=(10, 0, 0, 0, -10, 0), valid=valid, notes=notes, **PLACE)


@pytest.fixture
def labelled(tmp_path):
    """Three patches with a cloud share of 0, 0.3 and unknown; the k-th has k boxes."""
    shares = [0.0, 0.3, None]
    patches = [patch(f"p{k}", cloud=share) for k, share in enumerate(shares)]
    rows = [
        {"image_id": 2, "bbox": [0, 0, 4, 4]},
        {"image_id": 3, "bbox": [1, 1, 4, 4]},
        {"image_id": 3, "bbox": [2, 2, 4, 4]},
    ]
    coco = {
        "images": [{"id": k + 1, "file_name": f"p{k}.tif"} for k in range(3)],
        "annotations": [{"id": n, "category_id": 1, **row} for n, row in enumerate(rows, 1)],
        "categories": [{"id": 1, "name": "port"}],
    }
    pixels = np.ones((3, 8, 8), np.uint8)
    return write_patch_set(
        tmp_path / "set", [(one, pixels * (k + 1)) for k, one in enumerate(patches)], CONTRACT, coco
    )


def test_a_share_above_its_limit_drops_a_patch_and_the_limit_itself_does_not():
    wanted = Selection(max_cloud=0.1)

    assert why_dropped(patch(cloud=0.1), wanted) is None
    assert why_dropped(patch(cloud=0.11), wanted) == "too much cloud"


def test_a_domain_of_snow_drops_what_has_little():
    wanted = Selection(min_snow=0.4)

    assert why_dropped(patch(snow=0.39), wanted) == "too little snow"
    assert why_dropped(patch(snow=0.4), wanted) is None


def test_no_data_is_a_share_of_all_pixels():
    wanted = Selection(max_no_data=0.1)

    assert why_dropped(patch(valid=0.85, cloud=None), wanted) == "no data"
    assert why_dropped(patch(valid=0.95, cloud=None), wanted) is None


def test_the_unknown_is_kept_unless_asked_otherwise_and_is_not_zero():
    assert why_dropped(patch(cloud=None), Selection(max_cloud=0.1)) is None
    assert why_dropped(patch(cloud=None), Selection(max_cloud=0.1, unknown="drop")) == (
        "unknown cloud"
    )
    assert why_dropped(patch(snow=None), Selection(min_snow=0.4)) is None
    assert why_dropped(patch(cloud=None), Selection(max_snow=0.1, unknown="drop")) == "unknown snow"


def test_patches_without_shares_are_not_judged():
    assert why_dropped(patch(valid=0.5), Selection(0, 0, 0, unknown="drop")) is None


def test_the_kept_patches_take_their_labels_along(labelled):
    chosen = select(labelled, Selection(max_cloud=0.1))

    assert [one.name for one in chosen.patches] == ["p0", "p2"]
    assert [len(chosen.boxes(i)) for i in range(2)] == [0, 2]
    assert [image["id"] for image in chosen.coco["images"]] == [1, 2]
    assert [image["file_name"] for image in chosen.coco["images"]] == ["p0.tif", "p2.tif"]
    assert [row["id"] for row in chosen.coco["annotations"]] == [1, 2]
    assert (chosen.pixels(1) == 3).all()


def test_nothing_is_judged_by_default(labelled):
    assert not Selection().judges
    assert select(labelled, Selection()) is labelled


def test_the_tally_says_how_many_were_kept_on_trust(labelled):
    assert tally(labelled, Selection(max_cloud=0.1)) == {
        "kept": 2,
        "too much cloud": 1,
        "unknown": 1,
    }


def test_keeping_none_is_an_error_that_says_why(labelled):
    with pytest.raises(InputError, match=r"select keeps none of 3 patches \(.*1 too much cloud"):
        select(labelled, Selection(max_cloud=0.1, max_no_data=0.0, min_snow=0.5, unknown="drop"))


def test_thresholds_are_shares():
    with pytest.raises(ValueError, match=r"max_cloud=10 must lie in 0..1"):
        Selection(max_cloud=10)
    with pytest.raises(ValueError, match=r"min_snow=0.5 exceeds max_snow=0.1"):
        Selection(min_snow=0.5, max_snow=0.1)
