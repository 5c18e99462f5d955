"""Between patch pixels (uint8, 0 = no-data, 1..255 = data) and what networks see, [-1, 1]."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Pixels = npt.NDArray[np.uint8]


def to_network(pixels: Pixels, device: str | torch.device = "cpu") -> Tensor:
    """(B, C, H, W) or (C, H, W) uint8 -> float32; 1 becomes -1, 255 becomes 1, no-data -1."""
    return scale(torch.from_numpy(np.ascontiguousarray(pixels)).to(device))


def scale(levels: Tensor) -> Tensor:
    """uint8 levels of any shape -> float32 in [-1, 1] on the same device, as ``to_network``."""
    return ((levels.float() - 1) / 254 * 2 - 1).clamp(min=-1)


def as_grey(share: Tensor) -> Tensor:
    """(B, 1, H, W) in [0, 1] -> a picture (B, 3, H, W) in [-1, 1]: 0 is black, 1 is white."""
    return (share * 2 - 1).clamp(-1, 1).expand(-1, 3, -1, -1)


def to_pixels(values: Tensor) -> Pixels:
    """The inverse of ``to_network``: values in [-1, 1] -> uint8 1..255, rounded.

    Raises:
        FloatingPointError: if a value is not finite.
    """
    if not torch.isfinite(values).all():
        raise FloatingPointError("a translated value is not finite.")
    levels = ((values.float() + 1) / 2 * 254).round().clamp(0, 254) + 1
    pixels: Pixels = levels.to(torch.uint8).cpu().numpy()
    return pixels
