"""MUNIT: images are taken apart into content and style, and put together across domains.

Source: Huang et al. 2018, arXiv:1804.04732. Written from the paper; the order of updates, the
starting weights and the sizes are those of its public reference. Left out: the perceptual term,
which needs a network trained on photographs.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from crosslook.errors import ParamsError
from crosslook.losses.distances import mean_absolute
from crosslook.losses.scales import all_judged_fake, all_judged_real
from crosslook.networks.decoders import StyledDecoder, StyleReader
from crosslook.networks.encoders import ContentEncoder, StyleEncoder
from crosslook.networks.multiscale import MultiScaleDiscriminator
from crosslook.networks.starting import start
from crosslook.translators.pixels import to_network
from crosslook.translators.regularising import Regulariser
from crosslook.translators.style_settings import MUNITSettings
from crosslook.translators.styles import drawn_styles, patch_numbers
from crosslook.translators.translator import Fakes, Losses, ParameterGroup, Translator, Update

SHOWN = 4  # styles in a picture, the first one included


class MUNITGenerator(nn.Module):
    """The encoders and the decoder of one domain; (E^c, E^s) and G in the paper."""

    def __init__(self, channels: int, settings: MUNITSettings) -> None:
        super().__init__()
        width, blocks = settings.width, settings.blocks
        self.style_encoder = StyleEncoder(channels, width, settings.style_length, "reflect")
        self.content_encoder = ContentEncoder(channels, width, blocks, "reflect")
        self.decoder = StyledDecoder(channels, width, blocks)
        self.style_reader = StyleReader(
            settings.style_length, settings.style_width, sum(self.decoder.numbers)
        )
        start(self, "kaiming")

    def decode(self, content: Tensor, style: Tensor) -> Tensor:
        """An image, (B, C, H, W), of content (B, 4 width, H / 4, W / 4) and style (B, length)."""
        image: Tensor = self.decoder(content, self.style_reader(style))
        return image


class MUNIT(Translator):
    """Domain 1 is the source, domain 2 the target in the paper.

    The discriminators learn first. Each update draws styles of its own and makes its own fakes.
    The contents that must come back from a fake are not held constant.

    A patch is translated with a style from N(0, I), drawn from ``style_seed`` and the patch's own
    pixels, or with one of ``bank`` styles of real target patches, chosen in the same way. Variants
    are further draws, or the styles that follow in the bank.
    """

    has_styles = True

    def __init__(self, source_channels: int, target_channels: int, settings: MUNITSettings) -> None:
        super().__init__()
        self.settings = settings
        judge = (settings.discriminator_width, settings.scales)
        self.source_generator = MUNITGenerator(source_channels, settings)
        self.target_generator = MUNITGenerator(target_channels, settings)
        self.source_discriminator = MultiScaleDiscriminator(source_channels, *judge, "reflect")
        self.target_discriminator = MultiScaleDiscriminator(target_channels, *judge, "reflect")
        start(self.source_discriminator, "normal")
        start(self.target_discriminator, "normal")
        judges = {"source": self.source_discriminator, "target": self.target_discriminator}
        self.regulariser = Regulariser(self, settings.regularise, judges)
        self.styles = nn.Module()
        self.styles.register_buffer("bank", torch.zeros(settings.bank, settings.style_length))
        self.models: list[npt.NDArray[np.uint8]] = []  # target patches whose styles are kept

    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        settings, bank = self.settings, self.styles.get_buffer("bank")
        like = self.style_images(source)
        if settings.inference_style == "bank":
            if variant >= len(bank):
                raise ParamsError(
                    f"style {variant} was asked for, counted from 0, but this translator keeps "
                    f"{len(bank)} in its bank: ask for fewer, or train with a larger bank."
                )
            numbers = patch_numbers(like, settings.style_seed)
            style = bank[[(number + variant) % len(bank) for number in numbers]]
        else:
            style = drawn_styles(like, settings.style_seed, settings.style_length, variant)
        return self.target_generator.decode(self.source_generator.content_encoder(source), style)

    def views(self, source: Tensor) -> dict[str, Tensor]:
        banked = self.settings.inference_style == "bank"
        styles = min(SHOWN, self.settings.bank) if banked else SHOWN
        return {f"style {i}": self.translate(source, i) for i in range(1, styles)}

    def exported(self) -> Mapping[str, nn.Module]:
        networks: dict[str, nn.Module] = {
            "content_encoder": self.source_generator.content_encoder,
            "decoder": self.target_generator.decoder,
            "style_reader": self.target_generator.style_reader,
        }
        if self.settings.inference_style == "bank":
            self._encode_bank()
            networks["styles"] = self.styles
        return networks

    def fit(self, source: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8]) -> None:
        places = np.linspace(0, len(target) - 1, self.settings.bank).round().astype(int)
        self.models = [target[place].copy() for place in places]

    def updates(self) -> list[Update]:
        settings = self.settings
        adam = (settings.learning_rate, settings.betas, settings.weight_decay)
        judges = (self.source_discriminator, self.target_discriminator)
        generators = (self.source_generator, self.target_generator)
        judging = ParameterGroup("discriminators", judges, *adam)
        making = ParameterGroup("generators", generators, *adam)
        return [
            Update("discriminators", self.discriminator_losses, (judging,), "fresh"),
            Update("generators", self.generator_losses, (making,), "fresh"),
        ]

    def make_fakes(self, source: Tensor, target: Tensor) -> Fakes:
        source_style, target_style = self.draw_style(source), self.draw_style(target)
        source_content = self.source_generator.content_encoder(source)
        target_content = self.target_generator.content_encoder(target)
        return {
            "source": self.source_generator.decode(target_content, source_style),
            "target": self.target_generator.decode(source_content, target_style),
            "source_content": source_content,
            "target_content": target_content,
            "source_style": source_style,
            "target_style": target_style,
        }

    def draw_style(self, images: Tensor) -> Tensor:
        """One random style per image, (B, length)."""
        size = (len(images), self.settings.style_length)
        return torch.randn(size, generator=self.draw, device=self.draw.device).to(images)

    def discriminator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        losses: Losses = {}
        for side, discriminator, real in (
            ("source", self.source_discriminator, source),
            ("target", self.target_discriminator, target),
        ):
            on_fake, on_real = discriminator(fakes[side]), discriminator(real)
            losses[f"discriminator/{side}"] = all_judged_fake(on_fake) + all_judged_real(on_real)
            losses |= self.regulariser.losses(side, real, on_real, on_fake)
        return losses

    def generator_losses(self, source: Tensor, target: Tensor, fakes: Fakes) -> Losses:
        settings, losses = self.settings, Losses()
        sides = {
            "source": (source, self.source_generator, self.source_discriminator),
            "target": (target, self.target_generator, self.target_discriminator),
        }
        for side, (image, generator, discriminator) in sides.items():
            other = "target" if side == "source" else "source"
            fake, other_content = fakes[side], fakes[f"{other}_content"]
            own_style = generator.style_encoder(image)
            same = generator.decode(fakes[f"{side}_content"], own_style)
            back_content = generator.content_encoder(fake)
            back_style = generator.style_encoder(fake)
            losses |= {
                f"generator/{side}": all_judged_real(discriminator(fake)),
                f"image/{side}": settings.image_weight * mean_absolute(same, image),  # eq. (1)
                f"content/{other}": settings.content_weight  # eq. (2)
                * mean_absolute(back_content, other_content),
                f"style/{side}": settings.style_weight  # eq. (3)
                * mean_absolute(back_style, fakes[f"{side}_style"]),
            }
            if settings.cycle_weight > 0:
                other_image, other_generator, _ = sides[other]
                other_style = other_generator.style_encoder(other_image)
                around = other_generator.decode(back_content, other_style)
                losses[f"cycle/{other}"] = settings.cycle_weight * mean_absolute(
                    around, other_image
                )
        return losses

    def memory(self) -> dict[str, Tensor]:
        return self.regulariser.memory()

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        self.regulariser.recall(memory)

    @torch.no_grad()
    def _encode_bank(self) -> None:
        """Take the styles of the kept target patches, as the encoder sees them now."""
        bank = self.styles.get_buffer("bank")
        for i, pixels in enumerate(self.models):
            image = to_network(pixels, bank.device)[None]
            bank[i] = self.target_generator.style_encoder(image)[0]
