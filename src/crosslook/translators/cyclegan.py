"""CycleGAN: two generators that must undo each other.

Source: Zhu et al. 2017, arXiv:1703.10593. The order of updates, the starting weights and the
sizes are those of its public reference.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from crosslook.losses.adversarial import judged_fake, judged_real
from crosslook.losses.distances import mean_absolute
from crosslook.networks.discriminators import PatchDiscriminator
from crosslook.networks.generators import ResnetGenerator
from crosslook.networks.starting import start
from crosslook.translators.pool import ImagePool
from crosslook.translators.regularising import Regulariser
from crosslook.translators.settings import CycleGANSettings
from crosslook.translators.translator import Fakes, Losses, ParameterGroup, Translator, Update


class CycleGAN(Translator):
    """G is ``target_generator``, F ``source_generator``, D_Y ``target_discriminator`` in the paper.

    Generators learn first, then the discriminators, on the fakes from before that update and on
    fakes of earlier steps. The identity images come from the same pass as the fakes: instance
    norm looks at each image alone, so this changes nothing but the speed.
    """

    def __init__(
        self, source_channels: int, target_channels: int, settings: CycleGANSettings
    ) -> None:
        super().__init__()
        if settings.identity_weight > 0 and source_channels != target_channels:
            raise ValueError(
                f"identity_weight={settings.identity_weight} shows targets to a generator that "
                f"expects sources, so both need as many bands; got {source_channels} and "
                f"{target_channels}. Set identity_weight to 0 or choose equal band counts."
            )
        self.settings = settings
        self.target_generator = self.build_generator(source_channels, target_channels)
        self.source_generator = self.build_generator(target_channels, source_channels)
        self.target_discriminator = PatchDiscriminator(
            target_channels, settings.discriminator_width
        )
        self.source_discriminator = PatchDiscriminator(
            source_channels, settings.discriminator_width
        )
        self.pools = {"target": ImagePool(settings.pool), "source": ImagePool(settings.pool)}
        start(self, "normal")
        judges = {"target": self.target_discriminator, "source": self.source_discriminator}
        self.regulariser = Regulariser(self, settings.regularise, judges)

    def build_generator(self, shown: int, made: int) -> nn.Module:
        """A generator from ``shown`` to ``made`` bands, its weights not yet drawn."""
        return ResnetGenerator(shown, made, self.settings.width, self.settings.blocks)

    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        fake: Tensor = self.target_generator(source)
        return fake

    def exported(self) -> Mapping[str, nn.Module]:
        return {"target_generator": self.target_generator}

    def updates(self) -> list[Update]:
        adam = (self.settings.learning_rate, self.settings.betas)
        generators = (self.target_generator, self.source_generator)
        judges = (self.target_discriminator, self.source_discriminator)
        making = ParameterGroup("generators", generators, *adam)
        judging = ParameterGroup("discriminators", judges, *adam)
        return [
            Update("generators", self.generator_losses, (making,), "shared"),
            Update("discriminators", self.discriminator_losses, (judging,), "detached"),
        ]

    def make_fakes(self, source: Tensor, target: Tensor) -> Fakes:
        if self.settings.identity_weight == 0:
            return {
                "target": self.target_generator(source),
                "source": self.source_generator(target),
            }
        fake_target, same_target = self.target_generator(torch.cat([source, target])).chunk(2)
        fake_source, same_source = self.source_generator(torch.cat([target, source])).chunk(2)
        return {
            "target": fake_target,
            "source": fake_source,
            "target_identity": same_target,
            "source_identity": same_source,
        }

    def generator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        cycle_weight = self.settings.cycle_weight
        there_and_back = self.source_generator(fakes["target"])
        back_and_there = self.target_generator(fakes["source"])
        losses = {
            "generator/target": judged_real(self.target_discriminator(fakes["target"])),  # eq. (1)
            "generator/source": judged_real(self.source_discriminator(fakes["source"])),
            "cycle/source": cycle_weight * mean_absolute(there_and_back, source),  # eq. (2)
            "cycle/target": cycle_weight * mean_absolute(back_and_there, target),
        }
        if self.settings.identity_weight > 0:
            weight = cycle_weight * self.settings.identity_weight
            losses["identity/target"] = weight * mean_absolute(fakes["target_identity"], target)
            losses["identity/source"] = weight * mean_absolute(fakes["source_identity"], source)
        return losses

    def discriminator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        losses: Losses = {}
        for side, discriminator, real in (
            ("target", self.target_discriminator, target),
            ("source", self.source_discriminator, source),
        ):
            old = self.pools[side].exchange(fakes[side], self.dice)
            on_real, on_fake = discriminator(torch.cat([real, old.to(real.dtype)])).chunk(2)
            # halved, so that discriminators learn more slowly than generators (section 4)
            losses[f"discriminator/{side}"] = 0.5 * (judged_real(on_real) + judged_fake(on_fake))
            losses |= self.regulariser.losses(side, real, on_real, on_fake)
        return losses

    def memory(self) -> dict[str, Tensor]:
        pools = {
            f"pool/{side}": torch.stack(pool.images)
            for side, pool in self.pools.items()
            if pool.images
        }
        return pools | self.regulariser.memory()

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        for side, pool in self.pools.items():
            pool.images = list(memory.get(f"pool/{side}", ()))
        self.regulariser.recall(memory)
