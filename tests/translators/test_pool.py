import random

import torch

from crosslook.translators.pool import ImagePool


def image(value):
    return torch.full((1, 1, 2, 2), float(value))


def test_a_pool_of_size_zero_returns_what_it_gets():
    fresh = image(3).requires_grad_()

    returned = ImagePool(0).exchange(fresh, random.Random(0))

    assert torch.equal(returned, fresh)
    assert not returned.requires_grad


def test_until_it_is_full_new_images_come_back():
    pool, dice = ImagePool(4), random.Random(0)

    assert [pool.exchange(image(i), dice).mean().item() for i in range(4)] == [0, 1, 2, 3]


def test_a_full_pool_returns_old_images_half_of_the_times():
    pool, dice = ImagePool(2), random.Random(0)

    new = [pool.exchange(image(i), dice).mean().item() == i for i in range(2, 402)]

    assert 150 < sum(new) < 250


def test_kept_images_are_copies():
    pool, given = ImagePool(1), image(1)
    pool.exchange(given, random.Random(0))

    given.zero_()

    assert pool.images[0].mean().item() == 1
