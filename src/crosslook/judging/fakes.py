"""What a checkpoint makes of the sources, shown to whoever wants to know something of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from crosslook.errors import CheckpointError
from crosslook.patches.choosing import Side
from crosslook.patches.patch_set import require_contract
from crosslook.translators.checkpoint import load_translator
from crosslook.translators.pixels import Pixels
from crosslook.translators.translating import translate_pixels
from crosslook.translators.translator import Translator


class Looker(Protocol):
    """Sees the fakes of one checkpoint batch by batch, and writes what it found."""

    def see(self, source: Pixels, fake: Pixels, of_fake: Mapping[str, Any]) -> None:
        """A batch of sources and their fakes, (B, C, H, W) each, and the fakes' contract."""

    def write(self, name: str) -> None:
        """What was found, under the name of the checkpoint."""


def show_fakes(checkpoint: Path, source: Side, real: Side, lookers: Sequence[Looker]) -> None:
    """Translate the sources once, for all who look.

    Args:
        checkpoint: of the translator.
        source: patches to translate.
        real: what the fakes will be compared with.
        lookers: write under the checkpoint's name.

    Raises:
        CheckpointError: if the checkpoint is damaged, or makes values that are not finite.
        RadiometryError: if sources or real patches have another radiometry than it was trained on.
        InputError: if a network cannot read its patches.
    """
    translator, card = load_translator(checkpoint, channels=(3, 3), source=source.contract())
    require_contract(real.contract(), card.target, "the set of real patches", str(checkpoint))
    for pixels in source.batches():
        fake = _translated(translator, pixels, checkpoint)
        for one in lookers:
            one.see(pixels, fake, card.target)
    for one in lookers:
        one.write(checkpoint.stem)


def _translated(translator: Translator, source: Pixels, checkpoint: Path) -> Pixels:
    """(N, 3, H, W) fakes; a method that has styles takes that of each patch's own seed."""
    try:
        return np.stack([translate_pixels(translator, patch) for patch in source])
    except FloatingPointError as error:
        raise CheckpointError(
            f"{checkpoint}: {error} The training has diverged: lower learning_rate, or take an "
            "earlier checkpoint."
        ) from None
