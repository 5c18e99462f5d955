import math

import pytest
import torch

from crosslook.losses.contrastive import batch_nce, batch_nce_per_place, patch_nce
from crosslook.networks.projectors import unit


def vectors(*shape):
    return unit(torch.randn(*shape, generator=torch.Generator().manual_seed(0)))


def test_it_is_log_s_when_features_carry_no_information():
    same = vectors(1, 1, 8).expand(2, 16, 8)

    assert patch_nce(same, same).item() == pytest.approx(math.log(16))


def test_it_is_near_zero_when_every_place_is_distinct():
    distinct = torch.eye(8).unsqueeze(0)

    assert patch_nce(distinct, distinct).item() < 1e-4


def test_it_never_pulls_the_source_image():
    query, key = vectors(2, 4, 8).requires_grad_(), vectors(2, 4, 8).requires_grad_()

    patch_nce(query, key).backward()

    assert query.grad is not None
    assert key.grad is None


def test_other_images_of_the_batch_are_no_negatives():
    query, key = vectors(2, 4, 8), vectors(2, 4, 8).roll(1, dims=1)

    apart = [patch_nce(query[b : b + 1], key[b : b + 1]) for b in range(2)]

    torch.testing.assert_close(patch_nce(query, key), torch.stack(apart).mean())


def test_different_places_are_refused():
    with pytest.raises(ValueError, match="sample both at the same positions"):
        patch_nce(vectors(1, 4, 8), vectors(1, 5, 8))


def test_logits_are_float32_under_bfloat16():
    query = vectors(1, 16, 8)
    exact = patch_nce(query, query.roll(1, dims=2))

    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(patch_nce(query, query.roll(1, dims=2)), exact)


def test_other_images_of_the_batch_are_negatives_of_batch_nce():
    query = torch.ones(3, 5, 4)

    assert batch_nce(query, query).item() == pytest.approx(math.log(15))


def test_batch_nce_of_one_image_is_patch_nce():
    query, key = unit(torch.randn(1, 6, 4)), unit(torch.randn(1, 6, 4))

    assert batch_nce(query, key).item() == pytest.approx(patch_nce(query, key).item(), rel=1e-5)


def test_batch_nce_does_not_depend_on_lengths():
    query, key = torch.randn(2, 6, 4), torch.randn(2, 6, 4)

    places = batch_nce_per_place(query, key)

    assert places.shape == (2, 6)
    torch.testing.assert_close(batch_nce_per_place(3 * query, 5 * key), places)


def test_batch_nce_refuses_different_places():
    with pytest.raises(ValueError, match="sample both at the same positions"):
        batch_nce(torch.ones(1, 3, 4), torch.ones(1, 4, 4))
