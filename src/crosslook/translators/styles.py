"""Which style a patch is translated with: decided by its own pixels and a seed, nothing else."""

import hashlib

import torch
from torch import Tensor

LEVELS = 255  # finer differences than a pixel level do not change the style


def patch_numbers(source: Tensor, seed: int, variant: int = 0) -> list[int]:
    """One number per image of (B, C, H, W) in [-1, 1], from its pixels, ``seed`` and ``variant``.

    Equal pixels give equal numbers, on any device and in any batch.
    """
    salt = f"{seed} {variant} " if variant else f"{seed} "
    levels = ((source.float() + 1) / 2 * (LEVELS - 1)).round().clamp(0, LEVELS - 1)
    images = levels.to(torch.uint8).cpu().numpy()
    digests = (hashlib.sha256(salt.encode() + image.tobytes()) for image in images)
    return [int.from_bytes(digest.digest()[:7], "big") for digest in digests]


def drawn_styles(source: Tensor, seed: int, length: int, variant: int = 0) -> Tensor:
    """(B, length) styles from N(0, I), one for each image of ``source``; others per variant."""
    draw = torch.Generator()
    styles = [
        torch.randn(length, generator=draw.manual_seed(number))
        for number in patch_numbers(source, seed, variant)
    ]
    return torch.stack(styles).to(source)
