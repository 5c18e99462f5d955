"""What a mask costs, that says where an image is painted over (1) and where it is kept (0).

Source: Nizan and Tal 2020, arXiv:1911.10538, the focus map.
"""

from torch import Tensor

from crosslook.losses.precision import at_least_float32


def undecided(mask: Tensor, eps: float = 0.01) -> Tensor:
    """mean(1 / (|mask - 1/2| + eps)): large where a mask is neither 0 nor 1.

    Args:
        mask: (B, M, H, W) in [0, 1].
        eps: bounds the cost of 1/2 to 1 / eps.

    Returns:
        () between 1 / (0.5 + eps) and 1 / eps, float32 at least.
    """
    return (1 / ((at_least_float32(mask) - 0.5).abs() + eps)).mean()


def painted_share(mask: Tensor) -> Tensor:
    """mean(mask): 0 where nothing is painted over, 1 where everything is.

    Args:
        mask: (B, M, H, W) in [0, 1].

    Returns:
        () float32 at least.
    """
    return at_least_float32(mask).mean()


def raggedness(mask: Tensor) -> Tensor:
    """Total variation: the sum of the steps to the right and downwards, per value of the mask.

    Args:
        mask: (B, M, H, W) in [0, 1].

    Returns:
        () float32 at least; 0 for a constant mask.
    """
    mask = at_least_float32(mask)
    right = (mask[..., 1:] - mask[..., :-1]).abs().sum()
    down = (mask[..., 1:, :] - mask[..., :-1, :]).abs().sum()
    return (right + down) / mask.numel()
