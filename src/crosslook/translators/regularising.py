"""What keeps the discriminators of one translator in check, whatever its method."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from crosslook.losses.precision import at_least_float32
from crosslook.losses.regularisers import gradient_penalty, lecam
from crosslook.networks.augment import draw_view, show
from crosslook.networks.spectral import normalise_spectra
from crosslook.translators.regulariser_settings import Regularisers
from crosslook.translators.translator import Losses, Translator

Answers = Tensor | Sequence[Tensor]  # (B, 1, H, W), or one per scale


class Regulariser:
    """Does what ``settings`` ask for; with their defaults, nothing.

    Build it once the starting weights of the discriminators are drawn. Augmentation and spectral
    norm then hold wherever these networks are used, in the generators' update too; all images of
    one call are augmented alike. A method adds ``losses`` to those of its discriminators' update,
    and ``memory`` to what it remembers.

    Args:
        translator: whose step and random numbers count.
        settings: what is wanted.
        judges: discriminators that tell real images from fakes, by the names that their losses
            will have.
        others: further discriminators, which get no losses: they never see a real image.
    """

    def __init__(
        self,
        translator: Translator,
        settings: Regularisers,
        judges: Mapping[str, nn.Module],
        others: Sequence[nn.Module] = (),
    ) -> None:
        self.translator, self.settings, self.judges = translator, settings, dict(judges)
        self.averages: dict[str, Tensor] = {}  # of the answers: (2, scales), real above fake
        for judge in (*judges.values(), *others):
            if settings.spectral_norm:
                normalise_spectra(judge)
            if settings.augment:
                judge.register_forward_pre_hook(self._augment)

    def losses(self, name: str, real: Tensor, on_real: Answers, on_fake: Answers) -> Losses:
        """The regularisers of one discriminator at this step, weighted, to be minimised.

        A term that is wanted but rests at this step is 0, so that its mean over steps is what the
        discriminator paid.

        Args:
            name: of the discriminator.
            real: (B, C, H, W) real images that it was shown.
            on_real: its answers on them.
            on_fake: its answers on fakes.
        """
        losses = Losses()
        if self.settings.lecam_weight > 0:
            losses[f"lecam/{name}"] = self._lecam(name, _scales(on_real), _scales(on_fake))
        if self.settings.r1_weight > 0:
            losses[f"r1/{name}"] = self._r1(name, real)
        return losses

    def memory(self) -> dict[str, Tensor]:
        """The moving averages."""
        return {f"lecam/{name}": average.clone() for name, average in self.averages.items()}

    def recall(self, memory: Mapping[str, Tensor]) -> None:
        """Take back what ``memory`` gave."""
        self.averages = {
            name: memory[f"lecam/{name}"].clone()
            for name in self.judges
            if f"lecam/{name}" in memory
        }

    def _augment(self, judge: nn.Module, images: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        batch, _, height, width = images[0].shape
        view = draw_view(self.settings.augment, batch, height, width, self.translator.draw)
        return tuple(show(image, view) for image in images)

    def _lecam(self, name: str, on_real: Sequence[Tensor], on_fake: Sequence[Tensor]) -> Tensor:
        """Summed over scales. The averages begin with the answers of the first step."""
        kinds = (on_real, on_fake)
        means = [at_least_float32(answers.detach()).mean() for kind in kinds for answers in kind]
        now = torch.stack(means).view(2, -1)
        before = self.averages.get(name, now).to(now)
        self.averages[name] = now + self.settings.lecam_decay * (before - now)
        if self.translator.step <= self.settings.lecam_start:
            return torch.zeros_like(now[0, 0])
        average_real, average_fake = self.averages[name]
        terms = [
            lecam(real, fake, average_real[i], average_fake[i])
            for i, (real, fake) in enumerate(zip(on_real, on_fake, strict=True))
        ]
        return self.settings.lecam_weight * torch.stack(terms).sum()

    def _r1(self, name: str, real: Tensor) -> Tensor:
        """In float32 and without compiled code: half precision is too coarse for slopes, and
        compiled networks have no second derivative.
        """
        settings = self.settings
        if self.translator.step % settings.r1_every:
            return real.new_zeros(())
        images = real.detach().requires_grad_(True)
        with (
            torch.autocast(real.device.type, enabled=False),
            torch.compiler.set_stance("force_eager"),
        ):
            answers = _scales(self.judges[name](images))
            penalty = gradient_penalty(answers, images, self.translator.draw)
        return settings.r1_every * settings.r1_weight / 2 * penalty


def _scales(answers: Answers) -> Sequence[Tensor]:
    return [answers] if isinstance(answers, Tensor) else answers
