"""CUT and FastCUT: what stood at a place must be recognised there after translation.

Source: Park et al. 2020, arXiv:2007.15651. The order of updates, the starting weights and the
sizes are those of its public reference.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from crosslook.losses.adversarial import judged_fake, judged_real
from crosslook.losses.contrastive import patch_nce
from crosslook.networks.discriminators import PatchDiscriminator
from crosslook.networks.generators import ResnetGenerator
from crosslook.networks.projectors import PatchProjectors
from crosslook.networks.starting import start
from crosslook.translators.regularising import Regulariser
from crosslook.translators.settings import CUTSettings
from crosslook.translators.translator import Fakes, Losses, ParameterGroup, Translator, Update


class CUT(Translator):
    """G is ``target_generator``, H ``projectors``, D ``target_discriminator`` in the paper.

    The discriminator learns first, then generator and projectors. The keys, features of the
    source in the encoder, are taken from the pass that made the fake: the generator has not
    changed since, and instance norm looks at each image alone.

    FastCUT leaves the identity term out and, half of the times, translates the mirrored source;
    the features of its fake are mirrored back before they are compared with those of the source.
    """

    def __init__(self, source_channels: int, target_channels: int, settings: CUTSettings) -> None:
        super().__init__()
        if source_channels != target_channels:
            raise ValueError(
                f"{source_channels} source and {target_channels} target bands: CUT shows both to "
                "one encoder and needs as many of both."
            )
        self.settings = settings
        self.target_generator = ResnetGenerator(
            source_channels, target_channels, settings.width, settings.blocks, antialiased=True
        )
        self.target_discriminator = PatchDiscriminator(
            target_channels, settings.discriminator_width, antialiased=True
        )
        self.projectors = PatchProjectors(
            self.target_generator.feature_channels(settings.layers), settings.projector_width
        )
        start(self, "xavier")
        judges = {"target": self.target_discriminator}
        self.regulariser = Regulariser(self, settings.regularise, judges)

    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        fake: Tensor = self.target_generator(source)
        return fake

    def exported(self) -> Mapping[str, nn.Module]:
        return {"target_generator": self.target_generator}

    def updates(self) -> list[Update]:
        adam = (self.settings.learning_rate, self.settings.betas)
        judging = ParameterGroup("discriminator", (self.target_discriminator,), *adam)
        making = ParameterGroup("generator", (self.target_generator,), *adam)
        comparing = ParameterGroup("projectors", (self.projectors,), *adam)
        return [
            Update("discriminator", self.discriminator_losses, (judging,), "detached"),
            Update("generator", self.generator_losses, (making, comparing), "shared"),
        ]

    def make_fakes(self, source: Tensor, target: Tensor) -> Fakes:
        layers = self.settings.layers
        if not self.settings.fast:
            both = torch.cat([source, target])
            made, features = self.target_generator.forward_with_features(both, layers)
            fakes = dict(zip(("target", "identity"), made.chunk(2), strict=True))
            return fakes | _named("key", [feature.detach() for feature in features])
        if self.dice.random() >= 0.5:
            made, features = self.target_generator.forward_with_features(source, layers)
            return {"target": made} | _named("key", [feature.detach() for feature in features])
        with torch.no_grad():
            features = self.target_generator.encode(source, layers)
        return {"mirrored_target": self.target_generator(source.flip(3))} | _named("key", features)

    def discriminator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        fake = _fake(fakes)
        on_fake, on_real = self.target_discriminator(torch.cat([fake, target.to(fake)])).chunk(2)
        losses = {
            "discriminator/fake": 0.5 * judged_fake(on_fake),
            "discriminator/real": 0.5 * judged_real(on_real),
        }
        return losses | self.regulariser.losses("target", target, on_real, on_fake)

    def generator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        settings, fake = self.settings, _fake(fakes)
        losses = {"generator": judged_real(self.target_discriminator(fake))}
        keys = [fakes[f"key/{i}"] for i in range(len(settings.layers))]
        if settings.fast:
            queries = self.target_generator.encode(fake, settings.layers)
            if "mirrored_target" in fakes:
                queries = [query.flip(3) for query in queries]
            losses["nce/source"] = settings.nce_weight * self._compare(queries, keys)
            return losses
        images = torch.cat([fake, fakes["identity"]])
        queries = self.target_generator.encode(images, settings.layers)
        for i, side in enumerate(("source", "target")):  # the mean of eq. (5)'s two terms
            nce = self._compare([q.chunk(2)[i] for q in queries], [k.chunk(2)[i] for k in keys])
            losses[f"nce/{side}"] = 0.5 * settings.nce_weight * nce
        return losses

    def memory(self) -> dict[str, Tensor]:
        return self.regulariser.memory()

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        self.regulariser.recall(memory)

    def choose_positions(self, available: int) -> Tensor:
        """(S,) different places out of ``available``, at most ``positions`` of them."""
        places = torch.randperm(available, generator=self.draw, device=self.draw.device)
        return places[: self.settings.positions]

    def _compare(self, queries: Sequence[Tensor], keys: Sequence[Tensor]) -> Tensor:
        """The mean over layers of eq. (3), with the same places in queries and keys."""
        positions = [
            self.choose_positions(key.shape[2] * key.shape[3]).to(key.device) for key in keys
        ]
        with torch.no_grad():
            wanted = self.projectors(keys, positions)
        found = self.projectors(queries, positions)
        temperature = self.settings.temperature
        losses = [patch_nce(q, k, temperature) for q, k in zip(found, wanted, strict=True)]
        return torch.stack(losses).mean()


def _fake(fakes: Fakes) -> Tensor:
    return fakes["mirrored_target"] if "mirrored_target" in fakes else fakes["target"]


def _named(what: str, features: Sequence[Tensor]) -> Fakes:
    return {f"{what}/{i}": feature for i, feature in enumerate(features)}
