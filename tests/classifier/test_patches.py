from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from crosslook.classifier.configurations import configuration_named
from crosslook.classifier.patches import Draws, choose_samples, numbered, turned
from crosslook.classifier.sampling import same_ground

BOTH = ("s1", "s2")


@pytest.fixture
def drawn(planted):
    """A set whose pixels tell their row number, and draws from it."""

    def build(name="c", count=10, batch=4, seed=0, **values):
        patches = planted(count, 0)
        for sensor, pixels in patches.sensors.items():
            pixels[:] = np.arange(count)[:, None, None, None] + (100 if sensor == "s2" else 0)
        return Draws(patches, configuration_named(name, BOTH), batch, seed, **values)

    return build


def rows_of(batch, sensor):
    return (batch.pixels[sensor][:, 0, 0, 0] % 100).int().tolist()


def test_an_epoch_shows_every_patch_once(drawn):
    draws = drawn(batch=5)

    seen = Counter(row for step in (1, 2) for row in rows_of(draws(step), "s1"))

    assert seen == dict.fromkeys(range(10), 1)


def test_epochs_have_different_orders_and_a_batch_may_span_two(drawn):
    draws = drawn(batch=4)

    stream = [row for step in range(1, 6) for row in rows_of(draws(step), "s1")]

    assert sorted(stream[:10]) == sorted(stream[10:]) == list(range(10))
    assert stream[:10] != stream[10:]


def test_sensors_are_drawn_independently_of_each_other(drawn):
    draws = drawn(count=200, batch=200)

    first, second = (np.array(rows_of(draws(1), sensor)) for sensor in BOTH)

    assert sorted(first) == sorted(second)
    assert (first == second).sum() < 10


def test_aligned_configurations_draw_the_same_rows(drawn):
    batch = drawn("c_nce_aligned", count=50, batch=20)(3)

    assert rows_of(batch, "s1") == rows_of(batch, "s2")


def test_a_baseline_sees_its_patches_in_the_order_of_the_whole_model(drawn):
    alone, whole = drawn("baseline_s2"), drawn("c_t_m")

    for step in (1, 2, 3):
        assert rows_of(alone(step), "s2") == rows_of(whole(step), "s2")


def test_a_batch_depends_on_seed_and_step_alone(drawn):
    draws = drawn(count=50)
    late = draws(7)
    draws(1)

    again = drawn(count=50)(7)

    for sensor in BOTH:
        assert torch.equal(late.pixels[sensor], again.pixels[sensor])
    assert rows_of(late, "s1") != rows_of(drawn(count=50, seed=1)(7), "s1")


def test_labels_places_and_sensors_stand_in_the_order_of_the_pixels(planted):
    patches = planted(10, 0)
    draws = Draws(patches, configuration_named("c", BOTH), 4, 0, augment=False)

    batch = draws(2)
    rows = batch.rows()

    assert rows.sensor.tolist() == [0] * 4 + [1] * 4
    for number, sensor in enumerate(BOTH):
        for i, pixels in enumerate(batch.pixels[sensor]):
            at = 4 * number + i
            row = next(
                r for r in range(10) if np.array_equal(patches.sensors[sensor][r], pixels.numpy())
            )
            assert rows.shares[at].tolist() == patches.shares[row].tolist()
            assert rows.place[at] == draws.places[row]


def test_unknown_positions_count_as_overlapping(planted):
    patches = replace(planted(6, 0), scenes=("one",) * 3 + ("two",) * 3)
    batch = Draws(patches, configuration_named("c", BOTH), 6, 0)(1)

    rows = batch.rows()
    assert torch.equal(same_ground(rows), rows.scene[:, None] == rows.scene[None])


def test_positions_tell_which_patches_of_a_scene_overlap(planted):
    positions = np.array([[0, 0, 10, 10], [9, 9, 10, 10], [10, 0, 10, 10]])
    patches = replace(planted(3, 0), scenes=("one",) * 3, positions=positions)
    draws = Draws(patches, configuration_named("baseline_s1", BOTH), 3, 0)

    rows = draws(1).rows()
    order = np.argsort(rows.place.tolist())

    assert same_ground(rows)[order][:, order].tolist() == [
        [True, True, False],
        [True, True, True],
        [False, True, True],
    ]


def test_a_smaller_sample_is_part_of_a_larger_one():
    small, large = (set(choose_samples(100, n, 0).tolist()) for n in (10, 40))

    assert len(small) == 10
    assert small < large
    assert len(choose_samples(100, 0, 0)) == 100
    assert set(choose_samples(100, 10, 1).tolist()) != small


def test_only_the_samples_are_drawn(drawn):
    draws = drawn(count=30, batch=10, samples=7)

    seen = {row for step in range(1, 5) for row in rows_of(draws(step), "s2")}

    assert seen == set(draws.rows.tolist())
    assert len(seen) == 7


def test_the_eight_ways_to_lay_a_square_are_all_there_is():
    square = torch.arange(9).reshape(1, 3, 3)

    found = {tuple(turned(square, k).flatten().tolist()) for k in range(8)}

    assert len(found) == 8
    assert torch.equal(turned(square, 0), square)
    assert turned(square, 4)[0, 0].tolist() == [2, 1, 0]


def test_augmentation_lays_patches_in_several_ways(planted):
    patches, named = planted(64, 0), configuration_named("baseline_s1", BOTH)
    plain = Draws(patches, named, 32, 0, augment=False)(1).pixels["s1"]
    laid = Draws(patches, named, 32, 0)(1).pixels["s1"]

    ways = {
        next(k for k in range(8) if torch.equal(turned(before, k), after))
        for before, after in zip(plain, laid, strict=True)
    }

    assert ways == set(range(8))


def test_equal_names_have_equal_numbers():
    assert numbered(["b", "a", "b"]).tolist() == [1, 0, 1]


def test_more_samples_than_patches_are_refused(drawn):
    with pytest.raises(ValueError, match="samples=11, but there are 10 patches"):
        drawn(samples=11)


def test_a_missing_sensor_is_named(planted):
    patches = planted(4, 0, bands={"s1": 2})

    with pytest.raises(ValueError, match="no patches of sensor 's2'; there are s1"):
        Draws(patches, configuration_named("c", BOTH), 2, 0)


def test_oblong_patches_cannot_be_turned(planted):
    patches = planted(4, 0)
    patches.sensors["s1"] = patches.sensors["s1"][:, :, :6]

    with pytest.raises(ValueError, match="s1: patches of 6 x 8 px"):
        Draws(patches, configuration_named("c", BOTH), 2, 0)
