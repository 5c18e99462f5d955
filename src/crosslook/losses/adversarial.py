"""What a discriminator's answer costs: least squares (Mao et al. 2017, arXiv:1611.04076), hinge."""

from torch import Tensor

from crosslook.losses.precision import at_least_float32


def judged_real(judged: Tensor) -> Tensor:
    """Distance of the answers from "real": mean((D - 1)^2). 0 when every part is judged real.

    Args:
        judged: (B, 1, H, W) answers of a discriminator.

    Returns:
        () in the precision of the input, float32 at least.
    """
    return (at_least_float32(judged) - 1).square().mean()


def judged_fake(judged: Tensor) -> Tensor:
    """Distance of the answers from "fake": mean(D^2). 0 when every part is judged fake.

    Args:
        judged: (B, 1, H, W) answers of a discriminator.

    Returns:
        () in the precision of the input, float32 at least.
    """
    return at_least_float32(judged).square().mean()


def hinge_real(judged: Tensor) -> Tensor:
    """Hinge form of "real": mean(max(0, 1 - D)). 0 when every part is judged 1 or more.

    DCLGAN's generators are trained with it too. Source: Lim and Ye 2017, arXiv:1705.02894.

    Args:
        judged: (B, 1, H, W) answers of a discriminator.

    Returns:
        () in the precision of the input, float32 at least.
    """
    return (1 - at_least_float32(judged)).relu().mean()


def hinge_fake(judged: Tensor) -> Tensor:
    """Hinge form of "fake": mean(max(0, 1 + D)). 0 when every part is judged -1 or less.

    Args:
        judged: (B, 1, H, W) answers of a discriminator.

    Returns:
        () in the precision of the input, float32 at least.
    """
    return (1 + at_least_float32(judged)).relu().mean()
