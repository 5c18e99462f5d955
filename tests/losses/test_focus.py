import pytest
import torch

from crosslook.losses.focus import painted_share, raggedness, undecided


def test_undecided_masks_cost_most():
    masks = [torch.full((1, 1, 4, 4), value) for value in (0.0, 0.5, 1.0)]

    assert [undecided(mask).item() for mask in masks] == pytest.approx([1 / 0.51, 100, 1 / 0.51])


def test_the_painted_share_is_the_mean():
    assert painted_share(torch.tensor([[[[0.0, 1.0], [1.0, 1.0]]]])).item() == 0.75


def test_a_constant_mask_is_not_ragged():
    assert raggedness(torch.ones(1, 1, 4, 4)).item() == 0


def test_raggedness_counts_steps_to_the_right_and_down():
    assert raggedness(torch.tensor([[[[0.0, 1.0], [0.0, 0.0]]]])).item() == 2 / 4
