"""Distances between two images of the same place."""

from torch import Tensor

from crosslook.losses.precision import at_least_float32


def mean_absolute(image: Tensor, wanted: Tensor) -> Tensor:
    """Mean |image - wanted| over all pixels and bands. 0 when they agree.

    The cycle and identity terms of Zhu et al. 2017, arXiv:1703.10593, eq. (2) and section 5.2.

    Args:
        image: (B, C, H, W).
        wanted: (B, C, H, W).

    Returns:
        () in the precision of the input, float32 at least.
    """
    return (at_least_float32(image) - at_least_float32(wanted)).abs().mean()
