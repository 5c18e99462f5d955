import pytest
import torch

from crosslook.classifier.losses import cosine_similarity, distances
from crosslook.classifier.sampling import (
    Rows,
    find_negatives,
    find_positives,
    label_similarity,
    same_ground,
)
from crosslook.classifier.settings import MiningSettings

PURE = {"a": [1.0, 0.0, 0.0], "b": [0.0, 1.0, 0.0], "ab": [0.6, 0.4, 0.0], "c": [0.0, 0.0, 1.0]}
HERE, AWAY = [0, 0, 10, 10], [100, 100, 110, 110]
S1, S2, S3 = 0, 1, 2
USUAL = MiningSettings()


def rows(*patches):
    """Each patch: sensor, label, place, scene, position."""
    sensor, label, place, scene, position = zip(*patches, strict=True)
    return Rows(
        torch.tensor(sensor),
        torch.tensor([PURE[name] for name in label]),
        torch.tensor(place),
        torch.tensor(scene),
        torch.tensor(position, dtype=torch.float64),
    )


def patch(sensor, label, place, scene=None, position=HERE):
    return sensor, label, place, place if scene is None else scene, position


def pairs(mask):
    return [tuple(pair) for pair in mask.nonzero().tolist()]


def negatives(given, how, vectors, settings=USUAL):
    vectors = torch.tensor(vectors)
    positive = find_positives(given, settings)
    return find_negatives(
        given, settings, how, positive, cosine_similarity(vectors), distances(vectors)
    )


def test_label_similarity_is_the_mass_that_two_labels_share():
    found = label_similarity(torch.tensor([PURE["a"], PURE["ab"], PURE["c"]]))

    torch.testing.assert_close(
        found, torch.tensor([[1.0, 0.6, 0.0], [0.6, 1.0, 0.0], [0.0, 0.0, 1.0]])
    )


def test_a_positive_is_the_most_similar_label_of_the_other_sensor():
    given = rows(patch(S1, "a", 0), patch(S2, "ab", 1), patch(S2, "a", 2), patch(S1, "a", 3))

    assert pairs(find_positives(given, MiningSettings(similar=0.6)))[0] == (0, 2)


def test_a_positive_is_never_of_the_same_sensor():
    given = rows(patch(S1, "a", 0), patch(S1, "a", 1), patch(S2, "b", 2))

    assert pairs(find_positives(given, MiningSettings())) == []


def test_a_label_less_similar_than_the_threshold_is_no_positive():
    given = rows(patch(S1, "a", 0), patch(S2, "ab", 1))

    assert pairs(find_positives(given, MiningSettings(similar=0.7))) == []
    assert pairs(find_positives(given, MiningSettings(similar=0.6))) == [(0, 1), (1, 0)]


def test_the_same_place_is_no_partner_however_alike_it_is():
    given = rows(patch(S1, "a", 0), patch(S2, "a", 0), patch(S2, "ab", 1))

    assert pairs(find_positives(given, MiningSettings(similar=0.6))) == [(0, 2), (2, 0)]


def test_overlapping_patches_of_one_scene_are_no_partners():
    overlapping, beside = [9, 9, 19, 19], [10, 0, 20, 10]
    given = rows(
        patch(S1, "a", 0, 0),
        patch(S2, "a", 1, 0, overlapping),
        patch(S2, "ab", 2, 0, beside),
    )

    assert pairs(find_positives(given, MiningSettings(similar=0.6)))[0] == (0, 2)
    assert same_ground(given)[0].tolist() == [True, True, False]


def test_patches_of_two_scenes_at_the_same_position_show_different_ground():
    given = rows(patch(S1, "a", 0, 0), patch(S2, "a", 1, 1))

    assert not same_ground(given)[0, 1]


@pytest.mark.parametrize("how", ["hardest", "semi_hard", "all"])
def test_a_negative_is_neither_of_the_same_place_nor_overlapping_nor_of_the_same_sensor(how):
    given = rows(
        patch(S1, "a", 0, 0),
        patch(S2, "b", 0, 0),
        patch(S2, "b", 1, 0, [5, 5, 15, 15]),
        patch(S1, "b", 2),
        patch(S2, "b", 3),
    )

    found = negatives(given, how, [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])

    assert pairs(found[:1]) == [(0, 4)]


def test_the_hardest_negative_looks_most_alike_by_the_cosine_and_not_by_the_distance():
    given = rows(patch(S1, "a", 0), patch(S2, "b", 1), patch(S2, "c", 2))

    # The first is nearer, the second points the same way.
    found = negatives(given, "hardest", [[1.0, 0.0], [1.0, 1.0], [9.0, 1.0]])

    assert pairs(found)[0] == (0, 2)


def test_a_negative_shares_less_than_the_threshold():
    given = rows(patch(S1, "a", 0), patch(S2, "ab", 1), patch(S2, "b", 2))
    vectors = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]

    assert pairs(negatives(given, "hardest", vectors))[0] == (0, 2)
    loose = MiningSettings(different=0.65)
    assert pairs(negatives(given, "hardest", vectors, loose))[0] == (0, 1)


def test_semi_hard_negatives_are_farther_away_than_the_positive():
    given = rows(patch(S1, "a", 0), patch(S2, "a", 1), patch(S2, "b", 2), patch(S2, "c", 3))

    found = negatives(given, "semi_hard", [[1.0, 0.0], [3.0, 0.0], [2.0, 0.0], [1.0, 5.0]])

    assert pairs(found)[0] == (0, 3)


def test_where_no_negative_is_farther_than_the_positive_the_farthest_is_taken():
    given = rows(patch(S1, "a", 0), patch(S2, "a", 1), patch(S2, "b", 2), patch(S2, "c", 3))

    found = negatives(given, "semi_hard", [[1.0, 0.0], [9.0, 0.0], [1.5, 0.0], [1.0, 5.0]])

    assert pairs(found)[0] == (0, 3)


def test_all_negatives_are_every_different_patch():
    given = rows(patch(S1, "a", 0), patch(S2, "a", 1), patch(S2, "b", 2), patch(S2, "c", 3))

    assert pairs(negatives(given, "all", torch.randn(4, 2).tolist()))[:2] == [(0, 2), (0, 3)]


def test_a_batch_without_partners_gives_empty_masks():
    given = rows(patch(S1, "a", 0), patch(S1, "b", 1))

    assert not find_positives(given, MiningSettings()).any()
    for how in ("hardest", "semi_hard", "all"):
        assert not negatives(given, how, [[1.0, 0.0], [0.0, 1.0]]).any()


def test_equal_candidates_share_the_anchors():
    torch.manual_seed(0)
    given = rows(
        *(patch(S1, "a", i) for i in range(40)), *(patch(S2, "a", 100 + i) for i in range(4))
    )

    chosen = {column for row, column in pairs(find_positives(given, MiningSettings())) if row < 40}

    assert chosen == {40, 41, 42, 43}


def test_each_row_has_one_positive_at_most_with_three_sensors_too():
    given = rows(*(patch(s, "a", 3 * i + s) for i in range(5) for s in (S1, S2, S3)))

    found = find_positives(given, MiningSettings())

    assert found.sum(dim=1).tolist() == [1] * 15
    assert (given.sensor[found.int().argmax(dim=1)] != given.sensor).all()


def test_aligned_partners_are_the_same_place_and_nothing_else():
    given = rows(patch(S1, "a", 0), patch(S1, "a", 1), patch(S2, "b", 0), patch(S2, "a", 9))

    assert pairs(find_positives(given, MiningSettings(), aligned=True)) == [(0, 2), (2, 0)]


def test_a_teacher_teaches_the_others_and_is_taught_by_none():
    given = rows(patch(S1, "a", 0), patch(S2, "a", 1), patch(S3, "a", 2))

    assert pairs(find_positives(given, MiningSettings(), teacher=S2)) == [(0, 1), (2, 1)]
