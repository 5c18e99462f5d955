from dataclasses import dataclass

import numpy as np
import pytest

from crosslook.patches.land_cover import Ground, LandCoverSet, in_memory, take


def small(n=4, **changed):
    values = {
        "sensors": {"s1": np.arange(n * 2 * 3 * 3, dtype=np.float32).reshape(n, 2, 3, 3)},
        "shares": np.tile(np.float32([0.25, 0.75]), (n, 1)),
        "classes": ("land", "water"),
        "places": tuple("abcdefgh"[:n]),
        "scenes": tuple("AABBCCDD"[:n]),
        "positions": np.array([[i % 2 * 2, 0, 3, 3] for i in range(n)]),
    }
    return LandCoverSet(**values | changed)


@dataclass
class Unread:
    """Patches that count how many were read."""

    array: np.ndarray
    read: int = 0

    @property
    def shape(self):
        return self.array.shape

    def __len__(self):
        return len(self.array)

    def __getitem__(self, rows):
        found = self.array[rows]
        self.read += len(found)
        return found


def test_taking_rows_keeps_them_aligned():
    data = small()

    some = take(data, [3, 0])

    assert (some.places, some.scenes) == (("d", "a"), ("B", "A"))
    assert np.array_equal(some.sensors["s1"][0], data.sensors["s1"][3])
    assert some.positions.tolist() == [[2, 0, 3, 3], [0, 0, 3, 3]]


def test_taking_rows_reads_no_patch_until_it_is_asked_for():
    patches = Unread(np.random.default_rng(0).random((4, 1, 2, 2), dtype=np.float32))
    data = small(sensors={"s1": patches})

    some = take(take(data, [1, 2, 3]), [2, 0])

    assert (patches.read, len(some.sensors["s1"]), some.sensors["s1"].shape) == (0, 2, (2, 1, 2, 2))
    assert np.array_equal(some.sensors["s1"][np.array([1])], patches.array[[1]])
    assert np.array_equal(in_memory(some, batch=1).sensors["s1"], patches.array[[3, 1]])


def test_any_number_of_sensors_is_held():
    array = np.zeros((4, 1, 2, 2), np.float32)

    data = small(sensors={"s1": array, "s2": array, "palsar": array})

    assert list(take(data, [0]).sensors) == ["s1", "s2", "palsar"]


def test_overlapping_patches_of_one_scene_share_ground():
    ground = Ground.of(small())  # a and b overlap by one column, c and d too, in another scene

    rows = np.arange(4)
    assert ground.shared(rows, rows).astype(int).tolist() == [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 1, 1],
        [0, 0, 1, 1],
    ]


def test_patches_that_only_touch_share_no_ground():
    positions = np.array([[0, 0, 3, 3], [3, 0, 3, 3], [0, 3, 3, 3], [2, 2, 3, 3]])
    ground = Ground.of(small(scenes=("A",) * 4, positions=positions))

    first, every = np.array([0]), np.arange(4)
    assert ground.shared(first, every).tolist() == [[True, False, False, True]]
    assert ground.shared(every, first).T.tolist() == [[True, False, False, True]]


def test_without_positions_any_two_patches_of_a_scene_may_share_ground():
    ground = Ground.of(small(positions=None))

    assert ground.shared(np.array([0]), np.arange(4)).tolist() == [[True, True, False, False]]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"scenes": ("A",)}, r"4 places, but \{'scenes': 1\}: rows must be aligned"),
        ({"shares": np.ones((4, 2), np.float32)}, "4 of 4 rows of shares are not >= 0 with the"),
        ({"places": ("a", "a", "b", "c")}, "4 places have 3 names"),
        ({"classes": ("land",)}, r"shares \(4, 2\) of 4 places, 1 classes"),
        ({"sensors": {}}, "need sensors and places, got 0 and 4"),
    ],
)
def test_a_set_that_does_not_fit_together_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        small(**changed)
