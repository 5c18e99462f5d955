"""What a discriminator pays for being too sure of itself."""

import torch
from torch import Tensor

from crosslook.losses.precision import at_least_float32


def lecam(on_real: Tensor, on_fake: Tensor, average_real: Tensor, average_fake: Tensor) -> Tensor:
    """Distance of the answers from what the other kind of image was given of late.

        mean((D(x) - a_F)^2) + mean((D(G(z)) - a_R)^2)

    with a_R and a_F the moving averages of the answers on real and fake images.

    Source: Tseng et al. 2021, arXiv:2104.03310, section 3. Its public reference puts a ReLU around
    both differences, D(x) - a_F and a_R - D(G(z)); here they are squared as they are.

    Args:
        on_real: (B, 1, H, W) answers on real images.
        on_fake: (B, 1, H, W) answers on fakes.
        average_real: () a_R, without gradient.
        average_fake: () a_F, without gradient.

    Returns:
        () float32 at least; 0 when real and fake have always been judged alike.
    """
    to_fake = at_least_float32(on_real) - average_fake
    to_real = at_least_float32(on_fake) - average_real
    return to_fake.square().mean() + to_real.square().mean()


def gradient_penalty(judged: Tensor, images: Tensor) -> Tensor:
    """How steeply the answers rise and fall with the images: mean over b of |d D(x_b) / d x_b|^2.

    R1 is gamma / 2 times this, on real images. Source: Mescheder et al. 2018, arXiv:1801.04406,
    eq. (9).

    Args:
        judged: (B,) one answer per image, D(x_b), that depends on no other image.
        images: (B, C, H, W), from which ``judged`` was computed with gradient.

    Returns:
        () in the precision of ``images``, with a graph: its own gradient reaches the
        discriminator. 0 for a discriminator that gives all images the same answer.
    """
    (slope,) = torch.autograd.grad(judged.sum(), images, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean()
