"""AttentionGAN: a CycleGAN whose generators keep what they need not change.

Source: Tang et al. 2019, arXiv:1911.11897, scheme II. The order of updates, the starting weights
and the sizes are those of its public reference, which trains with the losses of CycleGAN alone.
"""

import torch
from torch import Tensor

from crosslook.losses.precision import at_least_float32
from crosslook.networks.attention import AttentionGenerator
from crosslook.translators.cyclegan import CycleGAN
from crosslook.translators.pixels import as_grey
from crosslook.translators.settings import AttentionGANSettings
from crosslook.translators.translator import Fakes, Losses


class AttentionGAN(CycleGAN):
    """G is ``target_generator``, F ``source_generator``, D_Y ``target_discriminator`` in the paper.

    Between sensors the whole picture must change. So the share of the input in the fakes, the
    mean of their last mask, is watched: one that stays high lets optical texture into the SAR.
    """

    target_generator: AttentionGenerator
    source_generator: AttentionGenerator

    def __init__(
        self, source_channels: int, target_channels: int, settings: AttentionGANSettings
    ) -> None:
        if (source_channels, target_channels) != (3, 3):
            raise ValueError(
                f"{source_channels} source and {target_channels} target bands: AttentionGAN mixes "
                "its input into its output and needs 3 of both."
            )
        super().__init__(source_channels, target_channels, settings)
        self.kept: Losses = {}

    def build_generator(self, shown: int, made: int) -> AttentionGenerator:
        return AttentionGenerator(shown, self.settings.width, self.settings.blocks)

    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        fake: Tensor = self.target_generator(source)
        return fake.clamp(-1, 1)  # masks sum to 1 up to rounding

    def views(self, source: Tensor) -> dict[str, Tensor]:
        """Which share of each pixel is the input's, a_10 in the paper."""
        _, masks = self.target_generator.forward_with_masks(source)
        return {"input kept (white: all)": as_grey(masks[:, -1:])}

    def make_fakes(self, source: Tensor, target: Tensor) -> Fakes:
        fakes: Fakes = {}
        for side, generator, shown, alike in (
            ("target", self.target_generator, source, target),
            ("source", self.source_generator, target, source),
        ):
            identity = self.settings.identity_weight > 0
            images = torch.cat([shown, alike]) if identity else shown
            made, masks = generator.forward_with_masks(images)
            fakes[side] = made[: len(shown)]
            if identity:
                fakes[f"{side}_identity"] = made[len(shown) :]
            self.kept[f"kept/{side}"] = at_least_float32(masks[: len(shown), -1].detach()).mean()
        return fakes

    def watched(self) -> Losses:
        return self.kept
