"""The gradient-reversal layer, and how strong it is in the course of a training."""

import math
from typing import Any

import torch
from torch import Tensor


def reverse(x: Tensor, factor: float) -> Tensor:
    """``x`` itself; its gradient is -``factor`` times what arrives behind it.

    Source: Ganin and Lempitsky 2015, arXiv:1409.7495, eqs. (13) and (14). It makes one optimiser
    minimise a loss for what lies behind it and maximise the same loss for what lies before: the
    minus of Senchugova and Hänsch, eq. (4).
    """
    reversed_: Tensor = _Reversal.apply(x, factor)
    return reversed_


def reversal_factor(step: int, steps: int, highest: float, rise: float) -> float:
    """How strongly a reversed gradient counts at ``step``.

        f = highest (2 / (1 + exp(-rise p)) - 1),   p = step / steps

    Source: Ganin and Lempitsky 2015, section 4, where rise is 10 and highest is 1. It begins near
    0, while the modality classifier knows nothing yet.

    Args:
        step: from 1 to ``steps``.
        steps: of the training.
        highest: f_max, >= 0; 0 lets the modality classifier learn and nothing else feel it.
        rise: >= 0.
    """
    return highest * (2 / (1 + math.exp(-rise * step / steps)) - 1)


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -ctx.factor * gradients[0], None
