"""What a discriminator pays for being too sure of itself."""

from collections.abc import Sequence

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


def gradient_penalty(judged: Sequence[Tensor], images: Tensor, draw: torch.Generator) -> Tensor:
    """How steeply the answers rise and fall with the images: mean over b, p of |d D_p / d x_b|^2.

    D_p is the answer on part p of an image. R1 is gamma / 2 times this, on real images. Source:
    Mescheder et al. 2018, arXiv:1801.04406, eq. (9), for a discriminator with one answer; here
    each part counts as one, so that gamma means the same whatever the size of the images.

    One gradient does for all P parts, with signs e_p of +1 or -1 that are drawn anew each time:

        E_e |d (sum_p e_p D_p) / d x|^2 / P = mean_p |d D_p / d x|^2

    (Hutchinson 1990). With one answer per image, or parts that share no pixel, nothing of it is
    random.

    Args:
        judged: one (B, 1, H, W) per scale, computed from ``images`` with gradient; those of an
            image depend on no other image.
        images: (B, C, H, W), which require gradient.
        draw: of the signs.

    Returns:
        () summed over scales, in the precision of ``images``, with a graph: its own gradient
        reaches the discriminator. 0 for a discriminator that gives all images the same answer.
    """
    signed = []
    for answers in judged:
        signs = torch.randint(0, 2, answers.shape, generator=draw, device=draw.device) * 2 - 1
        parts = answers[0].numel()
        signed.append((signs.to(answers) * answers).sum() / parts**0.5)
    (slope,) = torch.autograd.grad(torch.stack(signed).sum(), images, create_graph=True)
    return slope.square().sum((1, 2, 3)).mean()
