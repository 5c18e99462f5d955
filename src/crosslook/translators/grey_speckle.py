"""Grey with speckle: the cheapest picture that looks like radar."""

import zlib

import numpy as np
import torch
from torch import Tensor

from crosslook.translators.pixels import to_pixels
from crosslook.translators.settings import GreySpeckleSettings
from crosslook.translators.translator import Translator

LUMINANCE = (0.299, 0.587, 0.114)  # of red, green, blue: ITU-R BT.601


class GreySpeckle(Translator):
    """Luminance on a scale from 0 to 1, times speckle of mean 1, in every target band.

    Speckle of L looks is gamma distributed with shape L and mean 1 (Goodman 1976). Its seed is the
    patch itself, so that a patch always gets the same speckle, in every order and batch.
    """

    reach_px = 0

    def __init__(
        self, source_channels: int, target_channels: int, settings: GreySpeckleSettings
    ) -> None:
        super().__init__()
        if source_channels != len(LUMINANCE):
            raise ValueError(
                f"luminance needs 3 bands, red, green and blue; got {source_channels}."
            )
        self.target_channels = target_channels
        self.settings = settings

    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        weights = source.new_tensor(LUMINANCE).view(1, 3, 1, 1)
        grey = ((source + 1) / 2 * weights).sum(1, keepdim=True)
        speckle = torch.stack([self._speckle(patch) for patch in source])
        fake = (grey * speckle.to(grey)).clamp(max=1) * 2 - 1
        return fake.expand(-1, self.target_channels, -1, -1)

    def _speckle(self, patch: Tensor) -> Tensor:
        """(1, H, W) speckle, seeded with the patch's pixels."""
        rng = np.random.default_rng([self.settings.seed, zlib.crc32(to_pixels(patch).tobytes())])
        looks = self.settings.looks
        return torch.from_numpy(rng.gamma(looks, 1 / looks, size=(1, *patch.shape[1:])))
