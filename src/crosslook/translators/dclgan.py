"""DCLGAN and SimDCL: contrast in both directions, each with the encoders of both generators.

Source: Han et al. 2021, arXiv:2104.07689. The order of updates, the starting weights and the
sizes are those of its public reference.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from crosslook.losses.adversarial import hinge_fake, hinge_real
from crosslook.losses.contrastive import batch_nce
from crosslook.losses.distances import mean_absolute
from crosslook.networks.discriminators import PatchDiscriminator
from crosslook.networks.generators import ResnetGenerator
from crosslook.networks.projectors import PatchProjectors, StackProjector
from crosslook.networks.starting import start
from crosslook.translators.regularising import Regulariser
from crosslook.translators.settings import DCLGANSettings
from crosslook.translators.translator import Fakes, Losses, ParameterGroup, Translator, Update

OTHER = {"source": "target", "target": "source"}


class DCLGAN(Translator):
    """G is ``target_generator``, F ``source_generator``, D_Y ``target_discriminator`` in the paper.

    H_X is ``source_projectors``: it belongs to the encoder that sees sources, that of
    ``target_generator``; H_Y is ``target_projectors``. A fake is looked at by the encoder of its
    own domain, its source by the other one. Discriminators learn first, then generators and
    projectors. The keys are taken from the pass that made the fakes: the generators have not
    changed since, and instance norm looks at each image alone.

    SimDCL adds one network for each of the four kinds of image, real and fake of both domains: a
    real image and a fake that both look like one domain must get vectors that are alike.
    """

    def __init__(
        self, source_channels: int, target_channels: int, settings: DCLGANSettings
    ) -> None:
        super().__init__()
        if settings.identity_weight > 0 and source_channels != target_channels:
            raise ValueError(
                f"identity_weight={settings.identity_weight} shows targets to a generator that "
                f"expects sources, so both need as many bands; got {source_channels} and "
                f"{target_channels}. Set identity_weight to 0 or choose equal band counts."
            )
        self.settings = settings
        size = (settings.width, settings.blocks, True)
        self.target_generator = ResnetGenerator(source_channels, target_channels, *size)
        self.source_generator = ResnetGenerator(target_channels, source_channels, *size)
        judge_size = (settings.discriminator_width, True)
        self.target_discriminator = PatchDiscriminator(target_channels, *judge_size)
        self.source_discriminator = PatchDiscriminator(source_channels, *judge_size)
        self.source_projectors, self.target_projectors = (
            PatchProjectors(generator.feature_channels(settings.layers), settings.projector_width)
            for generator in (self.target_generator, self.source_generator)
        )
        kinds = ("real_source", "fake_target", "real_target", "fake_source")
        self.stack_projectors = nn.ModuleDict(
            {kind: StackProjector(len(settings.layers)) for kind in kinds if settings.similar}
        )
        start(self, "xavier")
        judges = {"target": self.target_discriminator, "source": self.source_discriminator}
        self.regulariser = Regulariser(self, settings.regularise, judges)

    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        fake: Tensor = self.target_generator(source)
        return fake

    def exported(self) -> Mapping[str, nn.Module]:
        return {"target_generator": self.target_generator}

    def updates(self) -> list[Update]:
        adam = (self.settings.learning_rate, self.settings.betas)
        judges = (self.target_discriminator, self.source_discriminator)
        generators = (self.target_generator, self.source_generator)
        projectors = (self.source_projectors, self.target_projectors, self.stack_projectors)
        judging = ParameterGroup("discriminators", judges, *adam)
        making = ParameterGroup("generators", generators, *adam)
        comparing = ParameterGroup("projectors", projectors, *self.settings.projector_adam)
        return [
            Update("discriminators", self.discriminator_losses, (judging,), "detached"),
            Update("generators", self.generator_losses, (making, comparing), "shared"),
        ]

    def make_fakes(self, source: Tensor, target: Tensor) -> Fakes:
        fakes: Fakes = {}
        for side, generator, shown, alike in (
            ("target", self.target_generator, source, target),
            ("source", self.source_generator, target, source),
        ):
            identity = self.settings.identity_weight > 0
            images = torch.cat([shown, alike]) if identity else shown
            made, features = generator.forward_with_features(images, self.settings.layers)
            fakes[side] = made[: len(shown)]
            if identity:
                fakes[f"{side}_identity"] = made[len(shown) :]
            for i, feature in enumerate(features):
                fakes[f"{OTHER[side]}_features/{i}"] = feature[: len(shown)]
        return fakes

    def discriminator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        losses: Losses = {}
        for side, discriminator, real in (
            ("target", self.target_discriminator, target),
            ("source", self.source_discriminator, source),
        ):
            images = torch.cat([real, fakes[side].to(real.dtype)])
            on_real, on_fake = discriminator(images).chunk(2)
            losses[f"discriminator/{side}"] = 0.5 * (hinge_real(on_real) + hinge_fake(on_fake))
            losses |= self.regulariser.losses(side, real, on_real, on_fake)
        return losses

    def generator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        settings = self.settings
        layers = settings.layers
        features = {
            f"real_{side}": [fakes[f"{side}_features/{i}"] for i in range(len(layers))]
            for side in ("source", "target")
        }
        features["fake_target"] = self.source_generator.encode(fakes["target"], layers)
        features["fake_source"] = self.target_generator.encode(fakes["source"], layers)
        losses: Losses = {}
        for side, discriminator in (
            ("target", self.target_discriminator),
            ("source", self.source_discriminator),
        ):
            losses[f"generator/{side}"] = 0.5 * hinge_real(discriminator(fakes[side]))
        for side in ("source", "target"):
            nce = self._compare(features[f"fake_{OTHER[side]}"], features[f"real_{side}"], side)
            losses[f"nce/{side}"] = 0.5 * settings.nce_weight * nce
        if settings.identity_weight > 0:
            for side, wanted in (("target", target), ("source", source)):
                distance = mean_absolute(fakes[f"{side}_identity"], wanted)
                losses[f"identity/{side}"] = 0.5 * settings.identity_weight * distance
        if settings.similar:
            stacks = self._stacks(features)
            for side in ("source", "target"):
                distance = mean_absolute(stacks[f"real_{side}"], stacks[f"fake_{side}"])
                losses[f"similarity/{side}"] = settings.similarity_weight * distance
        return losses

    def memory(self) -> dict[str, Tensor]:
        return self.regulariser.memory()

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        self.regulariser.recall(memory)

    def choose_positions(self, available: int) -> Tensor:
        """(S,) different places out of ``available``, at most ``positions`` of them."""
        places = torch.randperm(available, generator=self.draw, device=self.draw.device)
        return places[: self.settings.positions]

    def _projectors(self, side: str) -> PatchProjectors:
        return self.source_projectors if side == "source" else self.target_projectors

    def _positions(self, features: Sequence[Tensor]) -> list[Tensor]:
        return [
            self.choose_positions(feature.shape[2] * feature.shape[3]).to(feature.device)
            for feature in features
        ]

    def _compare(self, queries: Sequence[Tensor], keys: Sequence[Tensor], side: str) -> Tensor:
        """The mean over layers of the contrast, with the same places in queries and keys.

        ``side`` is the domain of the images that gave the keys.
        """
        positions = self._positions(keys)
        with torch.no_grad():
            wanted = self._projectors(side)(keys, positions)
        found = self._projectors(OTHER[side])(queries, positions)
        temperature = self.settings.temperature
        losses = [batch_nce(q, k, temperature) for q, k in zip(found, wanted, strict=True)]
        return torch.stack(losses).mean()

    def _stacks(self, features: Mapping[str, Sequence[Tensor]]) -> dict[str, Tensor]:
        """One unit vector per image of each kind; a source and its fake share the places."""
        stacks = {}
        for side in ("source", "target"):
            positions = self._positions(features[f"real_{side}"])
            fewest = min(len(at) for at in positions)
            for kind, domain in ((f"real_{side}", side), (f"fake_{OTHER[side]}", OTHER[side])):
                vectors = self._projectors(domain)(
                    features[kind], [at[:fewest] for at in positions]
                )
                stacks[kind] = self.stack_projectors[kind](vectors)
        return stacks
