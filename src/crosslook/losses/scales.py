"""Least-squares losses of discriminators that answer at several resolutions."""

from collections.abc import Sequence

import torch
from torch import Tensor

from crosslook.losses.adversarial import judged_fake, judged_real


def all_judged_real(judged: Sequence[Tensor]) -> Tensor:
    """``judged_real`` summed over the scales.

    Args:
        judged: one (B, 1, H, W) per scale.

    Returns:
        () in the precision of the input, float32 at least.
    """
    return torch.stack([judged_real(answers) for answers in judged]).sum()


def all_judged_fake(judged: Sequence[Tensor]) -> Tensor:
    """``judged_fake`` summed over the scales.

    Args:
        judged: one (B, 1, H, W) per scale.

    Returns:
        () in the precision of the input, float32 at least.
    """
    return torch.stack([judged_fake(answers) for answers in judged]).sum()
