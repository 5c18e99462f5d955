import pytest

from crosslook.patches.patch_set import Patch
from crosslook.patches.variants import repeat_labels, repeat_patches

PATCHES = [
    Patch(f"p{i}", f"s{i}", (i, 0, 8, 8), "EPSG:32630", (10, 0, i, 0, -10, 0), 0.5, 1, {"cloud": i})
    for i in range(2)
]
COCO = {
    "info": {"description": "ports"},
    "images": [
        {"id": 1, "file_name": "p0.tif", "width": 8, "height": 8},
        {"id": 2, "file_name": "p1.tif", "width": 8, "height": 8},
    ],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0},
        {"id": 2, "image_id": 2, "category_id": 1, "bbox": [0, 0, 2, 2], "area": 4, "iscrowd": 1},
        {"id": 3, "image_id": 2, "category_id": 1, "bbox": [5, 5, 2, 2], "area": 4, "iscrowd": 0},
    ],
    "categories": [{"id": 1, "name": "port"}],
}


def test_variants_of_a_patch_follow_each_other_under_names_of_their_own():
    made = [(i, patch.name, variant) for i, patch, variant in repeat_patches(PATCHES, 2)]

    assert made == [(0, "p0_s0", 0), (0, "p0_s1", 1), (1, "p1_s0", 0), (1, "p1_s1", 1)]


def test_a_variant_keeps_all_of_its_patch_but_the_name():
    for i, patch, _ in repeat_patches(PATCHES, 3):
        assert vars(patch) | {"name": PATCHES[i].name} == vars(PATCHES[i])


def test_each_variant_has_the_labels_of_its_patch():
    made = repeat_labels(COCO, 2)

    names = {image["id"]: image["file_name"] for image in made["images"]}
    assert names == {1: "p0_s0.tif", 2: "p0_s1.tif", 3: "p1_s0.tif", 4: "p1_s1.tif"}
    boxes = [(row["image_id"], row["bbox"], row["iscrowd"]) for row in made["annotations"]]
    assert boxes == [
        (1, [1, 2, 3, 4], 0),
        (2, [1, 2, 3, 4], 0),
        (3, [0, 0, 2, 2], 1),
        (3, [5, 5, 2, 2], 0),
        (4, [0, 0, 2, 2], 1),
        (4, [5, 5, 2, 2], 0),
    ]
    assert [row["id"] for row in made["annotations"]] == [1, 2, 3, 4, 5, 6]
    assert (made["categories"], made["info"]) == (COCO["categories"], COCO["info"])


@pytest.mark.parametrize("coco", [COCO, {"images": [], "annotations": [], "categories": []}])
def test_once_is_as_it_was(coco):
    assert repeat_labels(coco, 1) == coco
    assert [(i, patch) for i, patch, _ in repeat_patches(PATCHES, 1)] == list(enumerate(PATCHES))
