import math

import pytest
import torch
from torch import tensor

from crosslook.classifier import losses

A, B, C = 0, 1, 2
EYE = torch.eye(3, dtype=torch.bool)


def mask(*pairs):
    found = torch.zeros(3, 3, dtype=torch.bool)
    for i, j in pairs:
        found[i, j] = True
    return found


def test_classification_is_the_divergence_computed_by_hand():
    shares = tensor([[0.5, 0.5], [1.0, 0.0]])
    logits = tensor([[0.25, 0.75], [0.8, 0.2]]).log()

    wanted = (0.5 * math.log(2) + 0.5 * math.log(0.5 / 0.75) + math.log(1 / 0.8)) / 2
    assert losses.classification(logits, shares).item() == pytest.approx(wanted)


def test_classification_is_cross_entropy_minus_the_entropy_of_the_label():
    torch.manual_seed(0)
    logits, shares = torch.randn(4, 5), torch.rand(4, 5).softmax(1)
    entropy = -(shares * shares.log()).sum(1).mean()
    cross = torch.nn.functional.cross_entropy(logits, shares)

    found = losses.classification(logits, shares)
    torch.testing.assert_close(found, cross - entropy)


def test_classification_of_a_perfect_prediction_is_zero():
    shares = tensor([[0.2, 0.3, 0.5]])

    assert losses.classification(shares.log(), shares).item() == pytest.approx(0, abs=1e-7)


def test_classification_refuses_labels_of_another_shape():
    with pytest.raises(ValueError, match=r"\(2, 3\) and shares \(2, 4\)"):
        losses.classification(torch.zeros(2, 3), torch.zeros(2, 4))


def test_modality_is_the_binary_cross_entropy_of_two_sensors():
    logits = tensor([[0.0, 1.0], [2.0, 0.0]])

    wanted = (math.log(1 + math.exp(1.0)) + math.log(1 + math.exp(2.0))) / 2
    assert losses.modality(logits, tensor([0, 1])).item() == pytest.approx(wanted)


def test_modality_of_vectors_that_tell_nothing_is_the_log_of_the_number_of_sensors():
    assert losses.modality(torch.zeros(6, 3), tensor([0, 1, 2] * 2)).item() == pytest.approx(
        math.log(3)
    )


def test_distances_are_euclidean_or_one_minus_the_cosine():
    vectors = tensor([[3.0, 0.0], [0.0, 4.0], [6.0, 0.0]])

    euclidean, cosine = losses.distances(vectors), losses.distances(vectors, "cosine")

    assert euclidean[0].tolist() == [0, 5, 3]
    assert cosine[0].tolist() == [0, 1, 0]


def test_small_distances_are_not_lost_to_rounding():
    vectors = torch.full((40, 8), 1000.0)
    vectors[1, 0] += 0.01

    assert losses.distances(vectors)[0, 1].item() == pytest.approx(0.01, rel=0.03)


def test_triplet_is_the_equation_computed_by_hand():
    # ||a - b|| = 5 is the positive, ||a - c|| = .4 the negative
    distance = losses.distances(tensor([[0.0, 0.0], [3.0, 4.0], [0.4, 0.0]]))

    each = losses.triplet(distance, mask((A, B)), mask((A, C)), 2.0, 1.0)

    assert each.tolist() == pytest.approx([5 + 2 * (1 - 0.4), 0, 0])


def test_the_hinge_is_of_each_patch_and_not_of_the_batch():
    # One negative at .4 and one at 10 of a margin of 1: a hinge of the sum would be 0.
    distance = tensor([[0.0, 0.4, 9.0], [0.0, 0.0, 10.0], [0.0, 0.0, 0.0]])

    each = losses.triplet(distance, mask(), mask((A, B), (B, C)), 1.0, 1.0)

    assert each.tolist() == pytest.approx([0.6, 0, 0])


def test_several_negatives_count_as_their_mean():
    distance = tensor([[0.0, 0.4, 0.8], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])

    each = losses.triplet(distance, mask(), mask((A, B), (A, C)), 1.0, 1.0)

    assert each[0].item() == pytest.approx((0.6 + 0.2) / 2)


def test_a_triplet_of_equal_vectors_has_a_finite_gradient():
    vectors = torch.ones(3, 4, requires_grad=True)

    losses.triplet(losses.distances(vectors), mask((A, B)), mask((A, C)), 1.0, 1.0).sum().backward()

    assert torch.isfinite(vectors.grad).all()


def test_contrast_is_the_equation_computed_by_hand():
    similarity = tensor([[1.0, 0.5, 0.1], [0.5, 1.0, 0.0], [0.1, 0.0, 1.0]])

    found = losses.contrast(similarity, mask((A, B)), mask((A, C)), 0.5)

    wanted = -math.log(math.exp(1.0) / (math.exp(1.0) + math.exp(0.2)))
    assert found.item() == pytest.approx(wanted)


def test_contrast_of_vectors_that_tell_nothing_is_the_log_of_the_candidates():
    everyone = ~EYE & ~mask((A, B))

    found = losses.contrast(torch.zeros(3, 3), mask((A, B)), everyone, 0.07)

    assert found.item() == pytest.approx(math.log(2))


def test_contrast_without_any_partner_is_zero_and_has_a_gradient():
    vectors = torch.randn(3, 4, requires_grad=True)

    loss = losses.contrast(losses.cosine_similarity(vectors), mask(), mask((A, B)), 0.07)
    loss.backward()

    assert loss.item() == 0
    assert vectors.grad.abs().sum() == 0


def test_distillation_is_the_equation_computed_by_hand():
    # Row 0 teaches row 1 at T = 2: its softened shares are (1/2, 1/2), theirs (2/3, 1/3).
    logits = tensor([[0.0, 0.0], [2 * math.log(2), 0.0], [5.0, 0.0]])
    teacher = tensor([True, False, False])

    found = losses.distillation(logits, teacher, mask((B, A)), 2.0)

    gap = 0.5 * math.log(0.5 / (2 / 3)) + 0.5 * math.log(0.5 / (1 / 3))
    assert found.item() == pytest.approx(4 * gap)


def test_the_teacher_is_not_taught():
    logits = torch.randn(3, 4, requires_grad=True)
    teacher = tensor([True, False, False])

    losses.distillation(logits, teacher, mask((B, A), (A, B)), 2.0).backward()

    assert logits.grad[A].abs().sum() == 0
    assert logits.grad[B].abs().sum() > 0


def test_distillation_without_a_teacher_is_zero():
    found = losses.distillation(torch.randn(3, 4), tensor([False] * 3), mask((B, A)), 2.0)

    assert found.item() == 0
