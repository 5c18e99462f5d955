"""A pool of past fakes, so that a discriminator does not forget what it has unmasked."""

import random

import torch
from torch import Tensor


class ImagePool:
    """Keeps up to ``size`` images (Shrivastava et al. 2017, arXiv:1612.07828, section 2.3).

    Until the pool is full each new image is kept and returned. Then, with probability 1/2, a kept
    image is returned and the new one takes its place; else the new one is returned and forgotten.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.images: list[Tensor] = []

    def exchange(self, images: Tensor, dice: random.Random) -> Tensor:
        """Give (B, C, H, W) new images, get (B, C, H, W) new or old ones, without gradient.

        ``dice`` is drawn from once per image when the pool is full, twice when an old one goes.
        """
        if self.size == 0:
            return images.detach()
        return torch.stack([self._exchange(image, dice) for image in images.detach()])

    def _exchange(self, image: Tensor, dice: random.Random) -> Tensor:
        if len(self.images) < self.size:
            self.images.append(image.clone())
        elif dice.uniform(0, 1) > 0.5:
            place = dice.randint(0, self.size - 1)
            old, self.images[place] = self.images[place], image.clone()
            return old
        return image
