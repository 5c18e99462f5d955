from dataclasses import replace

import numpy as np
import pytest
import torch

from crosslook.detectors.examples import (
    Batches,
    Examples,
    categories,
    ratio_band,
    split_by_scene,
    to_image,
)
from crosslook.detectors.settings import AugmentSettings
from crosslook.patches.ahead import Ahead
from crosslook.patches.patch_set import Patch


def patches(*scenes):
    return [
        Patch(f"p{i}", scene, (0, 64 * i, 64, 64), "EPSG:32630", (10.0, 0, 0, 0, -10.0, 0))
        for i, scene in enumerate(scenes)
    ]


def test_label_one_is_the_category_with_the_smallest_id():
    kinds = categories({"categories": [{"id": 9, "name": "b"}, {"id": 4, "name": "a"}]})

    assert [kind["name"] for kind in kinds] == ["a", "b"]


def test_crowds_are_ignored_regions_and_not_objects(make_set):
    opened = make_set(n=1)
    opened.coco["annotations"].append(
        {"id": 99, "image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4], "iscrowd": 1}
    )

    example = Examples(opened, categories(opened.coco))[0]

    assert example.labels.tolist() == [1]
    assert example.ignore.tolist() == [[1, 2, 4, 6]]


def test_images_run_from_nought_to_one_and_no_data_is_nought():
    image = to_image(np.array([[[0, 1, 128, 255]]] * 3, np.uint8))

    assert image[0, 0].tolist() == pytest.approx([0, 0, 0.5, 1])


def test_every_example_comes_once_per_epoch_in_an_order_of_its_own(make_set):
    opened = make_set(n=6)
    examples = Examples(opened, categories(opened.coco))
    seen = []
    examples.pixels = lambda i: seen.append(i) or opened.pixels(i)
    batches = Batches(examples, tuple(range(6)), 3, 0, AugmentSettings(), 2)

    for step in (1, 2, 3, 4):
        batches(step)

    assert sorted(seen[:6]) == sorted(seen[6:]) == list(range(6))
    assert seen[:6] != seen[6:]


def test_a_batch_depends_on_seed_and_step_alone(make_set):
    opened = make_set(n=4)
    examples = Examples(opened, categories(opened.coco))
    one, two = (Batches(examples, (0, 1, 2, 3), 2, 0, AugmentSettings(), 2) for _ in "ab")
    one(1)

    assert all((a == b).all() for a, b in zip(one(2)[0], two(2)[0], strict=True))
    assert not all((a == b).all() for a, b in zip(one(2)[0], one(4)[0], strict=True))


def test_no_scene_is_on_both_sides_of_a_split():
    known = patches(*"aaabbbcccdddeee")

    learn, hold = split_by_scene(known, [True] * 15, 0.2, seed=1)

    assert sorted(learn + hold) == list(range(15))
    assert len(hold) == 3
    assert not {known[i].scene for i in learn} & {known[i].scene for i in hold}


def test_with_few_scenes_the_southern_end_of_each_is_held_back():
    learn, hold = split_by_scene(patches(*"aaaaabbbbb"), [True] * 10, 0.2, seed=1)

    assert hold == [4, 9]
    assert learn == [0, 1, 2, 3, 5, 6, 7, 8]


def twice(some):
    """Each patch in two styles."""
    return [replace(patch, name=f"{patch.name}_s{v}") for patch in some for v in range(2)]


def test_fakes_of_one_place_are_held_back_together():
    learn, hold = split_by_scene(twice(patches(*"aaaaabbbbb")), [True] * 20, 0.15, seed=1)

    assert hold == [8, 9, 18, 19]
    assert sorted(learn + hold) == list(range(20))


def test_one_place_in_two_styles_is_learnt_and_nothing_is_held_back():
    assert split_by_scene(twice(patches("a")), [True] * 2, 0.5, seed=0) == ([0, 1], [])


def test_one_patch_is_learnt_and_nothing_is_held_back():
    assert split_by_scene(patches("a"), [True], 0.15, seed=0) == ([0], [])


def test_patches_with_objects_are_held_back_even_where_the_south_is_empty():
    labelled = [True] * 5 + [False] * 5

    assert split_by_scene(patches(*"a" * 10), labelled, 0.2, seed=0)[1] == [4, 9]


def test_the_ratio_is_found_by_its_name_wherever_it_stands():
    assert ratio_band({"ratio": "db", "composite_bands": ["VH", "VH/VV", "VV"]}) == 1
    assert ratio_band({"ratio": "db", "composite_bands": ["VH", "VV", "quotient"]}) == 2
    assert ratio_band({"ratio": None, "composite_bands": ["VV", "VV", "VV"]}) is None


def test_the_share_of_an_object_that_a_patch_shows_is_known(make_set):
    opened = make_set(n=1)
    opened.coco["annotations"][0]["visible"] = 0.5

    assert Examples(opened, categories(opened.coco))[0].visible.tolist() == [0.5]


def test_two_kinds_of_objects_have_two_labels(make_set):
    opened = make_set(n=1)
    opened.coco["categories"].append({"id": 4, "name": "ship"})
    opened.coco["annotations"].append(
        {"id": 99, "image_id": 1, "category_id": 4, "bbox": [1, 2, 3, 4], "iscrowd": 0}
    )

    assert Examples(opened, categories(opened.coco))[0].labels.tolist() == [2, 1]


@pytest.mark.slow
def test_batches_are_those_of_no_worker_bit_for_bit_with_two_and_four(make_set):
    opened = make_set(n=5)
    examples = Examples(opened, categories(opened.coco))
    batches = Batches(examples, tuple(range(5)), 2, 0, AugmentSettings(crop_px=48), 2)
    alone = [batches(step) for step in range(1, 7)]

    for workers in (2, 4):
        with Ahead(batches, workers) as ahead:
            drawn = [ahead(step) for step in range(1, 7)]
        for (images, targets), (images_alone, targets_alone) in zip(drawn, alone, strict=True):
            assert all(map(torch.equal, images, images_alone))
            for one, two in zip(targets, targets_alone, strict=True):
                assert all(torch.equal(one[name], two[name]) for name in two)
