import numpy as np
import pytest

from crosslook.ensemble.folding import grouped_folds, mean_of_folds, pick, predicted, same_images
from crosslook.ensemble.labelled import Labelled, only, pooled, pooled_rows
from crosslook.ensemble.models import Trained, by_translation
from crosslook.errors import InputError
from crosslook.scores.matching import match, prepare

CATEGORIES = [{"id": 1, "name": "ship"}]


def labelled(scenes, first=1, with_objects=None):
    """One object per image, or in the images of ``with_objects`` only."""
    ids = range(first, first + len(scenes))
    truth = {
        "images": [{"id": i, "width": 64, "height": 64} for i in ids],
        "categories": CATEGORIES,
        "annotations": [
            {"id": n, "image_id": i, "category_id": 1, "bbox": [5, 5, 20, 20], "area": 400}
            for n, i in enumerate(ids, start=1)
            if with_objects is None or i in with_objects
        ],
    }
    return Labelled(truth, tuple(scenes))


def seen(*images):
    return [
        {"image_id": i, "category_id": 1, "bbox": [5.0, 5.0, 20.0, 20.0], "score": 0.9}
        for i in images
    ]


def trained(checkpoint, rows):
    return Trained("d", "torchvision", "coco", "cut", checkpoint, {"test": rows})


TEN = labelled([f"s{i // 2}" for i in range(20)])


def test_the_images_of_a_scene_never_part():
    repeats, how = grouped_folds(TEN, 5, 3, 0)

    assert how == "5 folds of scenes"
    for folds in repeats:
        assert sorted(image for fold in folds for image in fold.hold) == TEN.image_ids
        for fold in folds:
            held = {TEN.scenes[image - 1] for image in fold.hold}
            assert not held & {TEN.scenes[image - 1] for image in fold.learn}
            assert len(held) == 2


def test_repeats_are_other_partitions_and_the_seed_fixes_them():
    first, second = grouped_folds(TEN, 5, 2, 0)[0]

    assert first != second
    assert grouped_folds(TEN, 5, 2, 0)[0] == [first, second]
    assert grouped_folds(TEN, 5, 2, 1)[0] != [first, second]


def test_fewer_than_eight_scenes_are_left_out_one_by_one():
    repeats, how = grouped_folds(labelled(["a", "a", "b", "c"]), 5, 1, 0)

    assert how == "leave one scene out"
    assert sorted(fold.hold for fold in repeats[0]) == [(1, 2), (3,), (4,)]


def test_images_of_one_scene_are_split_one_by_one_and_it_is_said():
    repeats, how = grouped_folds(labelled(["a"] * 6), 3, 1, 0)

    assert how == "3 folds of images, all of one scene"
    assert sorted(len(fold.hold) for fold in repeats[0]) == [2, 2, 2]


def test_pooling_raises_the_ids_of_the_second_set():
    both, raised = pooled(labelled(["a", "b"]), labelled(["c"]))

    assert raised == 2
    assert both.scenes == ("a", "b", "c")
    assert [row["id"] for row in both.ground_truth["images"]] == [1, 2, 3]
    assert [row["id"] for row in both.ground_truth["annotations"]] == [1, 2, 3]
    assert pooled_rows(seen(2), seen(1), raised) == seen(2, 3)


def test_sets_of_other_categories_are_not_pooled():
    other = labelled(["c"])
    other = Labelled({**other.ground_truth, "categories": []}, other.scenes)

    with pytest.raises(ValueError, match="categories differ"):
        pooled(labelled(["a"]), other)


def test_a_part_of_a_data_set_has_its_objects_and_no_others():
    part = only(TEN.ground_truth, [3, 5])

    assert [row["id"] for row in part["images"]] == [3, 5]
    assert [row["image_id"] for row in part["annotations"]] == [3, 5]


def picked(group, images, repeats):
    truth = prepare(images.ground_truth)
    rows = {id(one): one.seen["test"] for one in group}
    matches = {key: match(truth, found) for key, found in rows.items()}
    picks = pick(by_translation(group), matches, images, repeats)
    return picks["d", "cut"], rows


def test_each_fold_takes_the_checkpoint_that_is_best_on_the_other_ones():
    """Early is good on scene a, late on scene b: each is chosen where the other is held out."""
    images = labelled(["a", "a", "b", "b"])
    group = [trained(1, seen(1, 2)), trained(2, seen(3, 4))]
    repeats, _ = grouped_folds(images, 2, 1, 0)

    picks, rows = picked(group, images, repeats)
    model = predicted(picks, repeats, rows)

    for fold, chosen in zip(repeats[0], picks.chosen[0], strict=True):
        assert chosen == (0 if fold.learn == (1, 2) else 1)
    assert model.seen == ([],)  # nothing is found where it was not chosen
    assert model.checkpoint_share == 0.5


def test_the_earlier_of_equal_checkpoints_is_chosen():
    images = labelled(["a", "b"])
    group = [trained(1, seen(1, 2)), trained(2, seen(1, 2))]

    picks, _ = picked(group, images, same_images(images))

    assert picks.chosen.tolist() == [[0]]


def test_learning_from_the_images_themselves_takes_the_best_on_them():
    images = labelled(["a", "b"])
    group = [trained(1, seen(1)), trained(2, seen(1, 2))]

    picks, rows = picked(group, images, same_images(images))
    model = predicted(picks, same_images(images), rows)

    assert (model.checkpoint, model.checkpoint_share) == (2, 1.0)
    assert model.seen == (seen(1, 2),)


def test_the_mean_of_folds_is_over_folds_with_objects():
    images = labelled(["a", "b", "c"], with_objects={1, 2})
    repeats, _ = grouped_folds(images, 3, 1, 0)
    matches = match(prepare(images.ground_truth), seen(1))

    assert mean_of_folds(images, repeats, [matches]) == pytest.approx((1 + 0) / 2)


def test_a_fold_that_learns_from_nothing_is_refused():
    images = labelled(["a", "b"], with_objects={1})
    repeats, _ = grouped_folds(images, 2, 1, 0)

    with pytest.raises(InputError, match=r"leave 'nested' out of evaluate\.protocols"):
        picked([trained(1, seen(1))], images, repeats)


def test_scenes_must_fit_the_images():
    with pytest.raises(ValueError, match="2 images, but the scenes of 1"):
        Labelled(labelled(["a", "b"]).ground_truth, ("a",))


def test_folds_hold_about_equally_many_scenes():
    repeats, _ = grouped_folds(labelled([f"s{i}" for i in range(13)]), 5, 1, 0)

    assert np.ptp([len(fold.hold) for fold in repeats[0]]) <= 1
