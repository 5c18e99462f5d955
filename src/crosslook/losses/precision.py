"""Losses are computed in float32 or better, whatever precision the networks run in."""

import torch
from torch import Tensor


def at_least_float32(x: Tensor) -> Tensor:
    """``x`` in float32 if it is in half precision, else unchanged."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
