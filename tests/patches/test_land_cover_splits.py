import numpy as np
import pytest

from crosslook.patches.land_cover import LandCoverSet
from crosslook.patches.land_cover_record import record, support_lines
from crosslook.patches.land_cover_splits import HELD_OUT, by_scene, official, paper_random, shared


def world(scenes, patches=4, stride=2):
    """``patches`` of 4 px in a row in each scene."""
    n = len(scenes) * patches
    shares = np.tile(np.float32([1, 0, 0]), (n, 1))
    shares[::2] = [0.6, 0.4, 0]
    return LandCoverSet(
        sensors={"s1": np.zeros((n, 1, 2, 2), np.float32)},
        shares=shares,
        classes=("water", "land", "ice"),
        places=tuple(f"{scene}_p{i}" for scene in scenes for i in range(patches)),
        scenes=tuple(scene for scene in scenes for _ in range(patches)),
        positions=np.array([[stride * (i % patches), 0, 4, 4] for i in range(n)]),
        dropped={"without s2": 3},
    )


def scenes_of(data, rows):
    return {data.scenes[i] for i in rows}


def parts(split):
    return [split.train.tolist(), split.dev.tolist(), split.test.tolist()]


@pytest.mark.parametrize(
    "split",
    [
        lambda data: by_scene(data, 0.3, 0.2, seed=5),
        lambda data: official(data, 0.2, seed=5),
        lambda data: paper_random(data, 7, 0.2, seed=5),
    ],
)
def test_every_patch_stands_in_one_part_and_equal_seeds_split_alike(split):
    data = world([f"ROIs2017_winter_{n}" for n in (1, 2, 3, 4, 5, 32, 64)])

    found = split(data)

    assert sorted(i for part in parts(found) for i in part) == list(range(len(data)))
    assert all(parts(found))
    assert parts(found) == parts(split(data))


def test_by_scene_no_scene_serves_two_parts():
    data = world("abcdefghij")

    split = by_scene(data, test_share=0.3, dev_share=0.3, seed=1)

    found = [scenes_of(data, rows) for rows in (split.train, split.dev, split.test)]
    assert [len(one) for one in found] == [5, 2, 3]
    assert not found[0] & found[1] | found[0] & found[2] | found[1] & found[2]
    assert shared(data, split.test, split.train) == 0


def test_the_official_split_tests_the_26_held_out_scenes():
    assert sum(len(numbers) for numbers in HELD_OUT.values()) == 26
    data = world(
        ["ROIs2017_winter_8", "ROIs2017_winter_9", "ROIs2017_winter_64", "ROIs1868_summer_64"]
    )

    split = official(data, dev_share=0.3)

    assert scenes_of(data, split.test) == {"ROIs2017_winter_64"}


def test_the_official_split_needs_a_held_out_scene():
    with pytest.raises(ValueError, match="0 patches of held-out scenes and 8 others"):
        official(world(["ROIs2017_winter_1", "ROIs2017_winter_2"]))


def test_the_split_of_the_paper_says_how_many_test_patches_leak():
    data = world("ab", patches=4, stride=2)

    split = paper_random(data, test=2, seed=0)

    leaking = shared(data, split.test, split.train)
    assert len(split.test) == 2
    assert leaking == 2
    assert "2 of 2 test patches share ground with a training patch" in split.warnings[0]
    assert "8 patches where the paper has 31825: 6 trained, 2 tested" in split.warnings[1]


def test_patches_apart_do_not_leak():
    data = world("ab", patches=4, stride=4)

    assert "0 of 2 test patches" in paper_random(data, test=2).warnings[0]


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (lambda: by_scene(world("a")), "1 of 1 scenes to hold out leave none"),
        (lambda: by_scene(world("ab")), "1 of 1 scenes to hold out leave none"),
        (lambda: by_scene(world("ab"), test_share=1.0), "must lie in 0..1, below 1"),
        (lambda: paper_random(world("ab")), "tests on 4000 of 8 patches"),
    ],
)
def test_too_few_scenes_or_patches_are_refused(split, message):
    with pytest.raises(ValueError, match=message):
        split()


def test_the_record_holds_the_support_of_each_class_in_each_part():
    data = world("abcd")
    split = by_scene(data, 0.25, 0.25)

    told = record(data, split)

    assert told["split"]["test"]["support"] == [4, 2, 0]
    assert told["split"]["train"]["patches"] == 8
    assert told["split"]["train"]["mean_share"] == pytest.approx([0.8, 0.2, 0])
    assert told["dropped"] == {"without s2": 3}
    lines = support_lines(told)
    assert lines[0] == "16 patches of 4 scenes: 8 train, 4 dev, 4 test"
    assert "  no test patch shows ice: they have no F1" in lines
    assert "  3 left out: without s2" in lines
