"""Council-GAN: several generators that must agree, instead of one that must undo itself.

Source: Nizan and Tal 2020, arXiv:1911.10538. Written from the paper; the order of updates, the
starting weights and the sizes are those of its public reference.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from crosslook.losses.focus import painted_share, raggedness, undecided
from crosslook.losses.scales import all_judged_fake, all_judged_real
from crosslook.networks.decoders import MaskingDecoder, StyleReader
from crosslook.networks.encoders import ContentEncoder
from crosslook.networks.multiscale import MultiScaleDiscriminator, PairDiscriminator
from crosslook.networks.starting import start
from crosslook.translators.matching import LossMatch
from crosslook.translators.pixels import as_grey
from crosslook.translators.regularising import Regulariser
from crosslook.translators.style_settings import CouncilGANSettings
from crosslook.translators.styles import drawn_styles
from crosslook.translators.translator import Fakes, Losses, ParameterGroup, Translator, Update


class CouncilGenerator(nn.Module):
    """G_i in the paper, without the style encoder of its reference, which no loss ever reaches."""

    def __init__(self, channels: int, settings: CouncilGANSettings) -> None:
        super().__init__()
        width, blocks = settings.width, settings.blocks
        self.content_encoder = ContentEncoder(channels, width, blocks, "zeros")
        self.decoder = MaskingDecoder(channels, width, blocks)
        self.style_reader = StyleReader(
            settings.style_length, settings.style_width, sum(self.decoder.numbers)
        )
        start(self, "kaiming")

    def decode(self, content: Tensor, style: Tensor, source: Tensor) -> tuple[Tensor, Tensor]:
        """The image, as ``source`` in shape, and its masks; see ``MaskingDecoder``."""
        image, masks = self.decoder(content, self.style_reader(style), source)
        return image, masks


class CouncilGAN(Translator):
    """G_i are ``generators``, D_i ``discriminators``, D^_i ``council_discriminators`` in the paper.

    The discriminators learn first, then the council discriminators, then all generators; each
    update draws a style of its own, one for all members. A council discriminator learns to tell
    its member's translations (0) from those that the others make of the same source with a milder
    style (1); its generator learns to be taken for another. Its discriminators learn from the
    first step on, however late the generators begin to listen.

    The council term is weighed with the mean of the GAN losses over that of the council losses of
    the last 100 steps; those of earlier steps count as they were weighed then, as in the reference.
    Watched: how much each member paints over; near 0 it hands its input through.

    A patch is translated by one member, with a style from N(0, I) that is drawn from
    ``style_seed`` and the patch's own pixels; variants are further draws.
    """

    has_styles = True

    def __init__(
        self, source_channels: int, target_channels: int, settings: CouncilGANSettings
    ) -> None:
        super().__init__()
        if source_channels != target_channels:
            raise ValueError(
                f"{source_channels} source and {target_channels} target bands: Council-GAN paints "
                "onto its input and needs as many of both."
            )
        self.settings = settings
        members, judge = range(settings.members), (settings.discriminator_width, settings.scales)
        self.generators = nn.ModuleList(
            CouncilGenerator(source_channels, settings) for _ in members
        )
        self.discriminators = nn.ModuleList(
            MultiScaleDiscriminator(source_channels, *judge, "zeros") for _ in members
        )
        self.council_discriminators = nn.ModuleList(
            PairDiscriminator(2 * source_channels, *judge) for _ in members
        )
        start(self.discriminators, "normal")
        start(self.council_discriminators, "normal")
        judges = {str(i): judge for i, judge in enumerate(self.discriminators)}
        others = tuple(self.council_discriminators)
        self.regulariser = Regulariser(self, settings.regularise, judges, others)
        self.match = LossMatch(settings.members)
        self.seen: Losses = {}

    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        return self._paint(source, self.settings.exported_member, variant)[0]

    def views(self, source: Tensor) -> dict[str, Tensor]:
        """The other members, another style, and where the exported member paints over its input.

        After painting with masks m_k in turn, prod_k (1 - m_k) is left of the input.
        """
        exported = self.settings.exported_member
        members = () if self.exported_only else range(self.settings.members)
        views = {f"member {i}": self._paint(source, i)[0] for i in members if i != exported}
        views["style 1"] = self._paint(source, exported, 1)[0]
        _, masks = self._paint(source, exported)
        painted = 1 - (1 - masks).prod(dim=1, keepdim=True)
        return views | {"painted over (white: all)": as_grey(painted)}

    def exported(self) -> Mapping[str, nn.Module]:
        return {"generator": self._member(self.settings.exported_member)}

    def updates(self) -> list[Update]:
        settings = self.settings
        adam = (settings.learning_rate, settings.betas, settings.weight_decay)
        judging = ParameterGroup("discriminators", (self.discriminators,), *adam)
        telling = ParameterGroup("council", (self.council_discriminators,), *adam)
        making = ParameterGroup("generators", (self.generators,), *adam)
        return [
            Update("discriminators", self.discriminator_losses, (judging,), "fresh"),
            Update("council", self.council_losses, (telling,), "fresh"),
            Update("generators", self.generator_losses, (making,), "fresh"),
        ]

    def make_fakes(self, source: Tensor, target: Tensor) -> Fakes:
        fakes = {"style": self.draw_style(source)}
        for i in range(self.settings.members):
            generator = self._member(i)
            fakes[f"content/{i}"] = generator.content_encoder(source)
            fakes[f"target/{i}"], fakes[f"masks/{i}"] = generator.decode(
                fakes[f"content/{i}"], fakes["style"], source
            )
        return fakes

    def draw_style(self, images: Tensor) -> Tensor:
        """One random style per image, (B, length)."""
        size = (len(images), self.settings.style_length)
        return torch.randn(size, generator=self.draw, device=self.draw.device).to(images)

    def discriminator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        losses: Losses = {}
        for i, discriminator in enumerate(self.discriminators):
            on_fake, on_real = discriminator(fakes[f"target/{i}"]), discriminator(target)
            loss = all_judged_fake(on_fake) + all_judged_real(on_real)
            losses[f"discriminator/{i}"] = self.settings.gan_weight * loss
            losses |= self.regulariser.losses(str(i), target, on_real, on_fake)
        return losses

    def council_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        settings, losses = self.settings, {}
        style = settings.milder * fakes["style"]
        milder = [
            self._member(i).decode(fakes[f"content/{i}"], style, source)[0]
            for i in range(settings.members)
        ]
        for i, discriminator in enumerate(self.council_discriminators):
            own = all_judged_fake(discriminator(fakes[f"target/{i}"], source))
            terms = [
                own + all_judged_real(discriminator(milder[other], source))
                for other in self.choose_others(i)
            ]
            mean = torch.stack(terms).sum() / settings.council_draws
            losses[f"council_discriminator/{i}"] = settings.council_weight * mean
        return losses

    def choose_others(self, member: int) -> list[int]:
        """Other members to compare ``member`` with: each once before any comes again."""
        chosen: list[int] = []
        left: list[int] = []
        for _ in range(min(self.settings.council_draws, self.settings.members)):
            left = left or [i for i in range(self.settings.members) if i != member]
            chosen.append(self.dice.choice(left))
            left.remove(chosen[-1])
        return chosen

    def generator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        settings, losses = self.settings, Losses()
        self.seen = {}
        for i, discriminator in enumerate(self.discriminators):
            fake, masks = fakes[f"target/{i}"], fakes[f"masks/{i}"]
            gan = all_judged_real(discriminator(fake))
            losses[f"generator/{i}"] = settings.gan_weight * gan
            self.seen[f"painted_share/{i}"] = painted_share(masks.detach())
            if self.step > settings.focus_start:
                losses |= {
                    f"undecided/{i}": settings.undecided_weight * undecided(masks),
                    f"painted/{i}": settings.painted_weight * painted_share(masks).square(),
                    f"ragged/{i}": settings.ragged_weight * raggedness(masks),
                }
            if self.step > settings.council_start:
                council = all_judged_real(self.council_discriminators[i](fake, source))
                match = self.match.weight(i, gan, council)
                losses[f"council/{i}"] = settings.council_weight * match * council
                self.match.remember(i, gan, losses[f"council/{i}"])
                self.seen[f"council_match/{i}"] = match
        return losses

    def watched(self) -> Losses:
        return self.seen

    def memory(self) -> dict[str, Tensor]:
        return self.match.memory() | self.regulariser.memory()

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        self.match.recall(memory)
        self.regulariser.recall(memory)

    def _paint(self, source: Tensor, member: int, variant: int = 0) -> tuple[Tensor, Tensor]:
        """What a member makes of ``source`` after training, and its masks."""
        settings, generator = self.settings, self._member(member)
        like = self.style_images(source)
        style = drawn_styles(like, settings.style_seed, settings.style_length, variant)
        image, masks = generator.decode(generator.content_encoder(source), style, source)
        return image.clamp(-1, 1), masks  # a mean of values in range may be rounded out of it

    def _member(self, i: int) -> CouncilGenerator:
        generator = self.generators[i]
        assert isinstance(generator, CouncilGenerator)
        return generator
