"""Labelled patches in, fakes with the same labels out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import pad

from crosslook.errors import CheckpointError
from crosslook.patches.patch_set import Patch, PatchSet, read_patch_set, write_patch_set
from crosslook.patches.variants import repeat_labels, repeat_patches
from crosslook.translators.checkpoint import load_translator
from crosslook.translators.pixels import Pixels, to_network, to_pixels
from crosslook.translators.translator import Translator
from crosslook.writing import write_json

MULTIPLE = 4  # networks that halve twice


@dataclass
class FakeChecks:
    """What a detector would stumble over, summed over the fakes of one checkpoint."""

    patches: int = 0
    constant: list[str] = field(default_factory=list)  # fakes with one value per band
    _levels: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((3, 256), np.int64))

    def add(self, name: str, fake: Pixels) -> None:
        """Look at one fake, (3, H, W) uint8."""
        self.patches += 1
        counts = np.stack([np.bincount(band.ravel(), minlength=256) for band in fake])
        counts[:, 0] = 0
        if counts.any() and ((counts > 0).sum(axis=1) == 1).all():
            self.constant.append(name)
        self._levels += counts

    def as_dict(self) -> dict[str, Any]:
        """Plain values: shares and means over the data pixels; None where there are none."""
        pixels = self._levels.sum(axis=1)
        sums = zip(self._levels @ np.arange(256), pixels, strict=True)
        ends = int(self._levels[:, [1, 255]].sum())
        return {
            "patches": self.patches,
            "constant": len(self.constant),
            "constant_names": self.constant[:5],
            "saturated": ends / int(pixels.sum()) if pixels.any() else None,
            "mean_level": [float(total / n) if n else None for total, n in sums],
        }


def translate_pixels(translator: Translator, pixels: Pixels, variant: int = 0) -> Pixels:
    """One patch, whole, in one pass: (C, H, W) uint8 -> (C_target, H, W) uint8.

    Mirrored at the border up to a multiple of 4 and cut back. No-data stays no-data: 0 in every
    band; every other pixel is 1..255.

    Raises:
        FloatingPointError: if a fake value is not finite.
    """
    fake = to_pixels(translate_values(translator, pixels[None], variant)[0])
    fake[:, (pixels == 0).any(axis=0)] = 0
    return fake


def translate_values(translator: Translator, pixels: Pixels, variant: int = 0) -> Tensor:
    """A batch, (B, C, H, W) uint8, as the network gives it: (B, C_target, H, W) in [-1, 1].

    Mirrored at the border up to a multiple of 4 and cut back; no-data is translated like data.
    """

    def translate(source: Tensor) -> dict[str, Tensor]:
        return {"fake": translator.translate(source, variant)}

    return _shown(translator, pixels, translate)["fake"]


def view_pixels(translator: Translator, pixels: Pixels) -> dict[str, Pixels]:
    """The ``views`` of one patch, prepared and cut as its fake is: name -> (3, H, W) uint8.

    Raises:
        FloatingPointError: if a value is not finite.
    """
    views = _shown(translator, pixels[None], translator.views)
    pictures = {name: to_pixels(values[0]) for name, values in views.items()}
    for picture in pictures.values():
        picture[:, (pixels == 0).any(axis=0)] = 0
    return pictures


def padded(images: Tensor) -> Tensor:
    """(B, C, H, W), mirrored at the right and lower border up to a multiple of 4."""
    height, width = images.shape[2:]
    return pad(images, (0, -width % MULTIPLE, 0, -height % MULTIPLE), mode="reflect")


def _shown(
    translator: Translator, pixels: Pixels, show: Callable[[Tensor], dict[str, Tensor]]
) -> dict[str, Tensor]:
    """What ``show`` makes of a batch, (B, C, H, W) uint8, each cut back to H and W."""
    height, width = pixels.shape[2:]
    device = next((p.device for p in translator.parameters()), torch.device("cpu"))
    was_training = translator.training
    translator.eval()
    try:
        with torch.inference_mode():
            shown = show(padded(to_network(pixels, device)))
    finally:
        translator.train(was_training)
    return {name: values[:, :, :height, :width] for name, values in shown.items()}


@dataclass(frozen=True)
class TranslateJob:
    """One checkpoint and the patches that it shall translate."""

    checkpoint: Path
    patches: Path
    folder: Path  # gets patches/ and checks.json
    styles: int = 1  # fakes of each patch; a method without styles makes one all the same


def translate_set(job: TranslateJob) -> TranslateJob:
    """Write ``folder``/patches, a patch set with the labels of the source, and checks.json.

    With several styles the fakes of a patch stand together, named NAME_s0, NAME_s1, ..., and each
    has the patch's labels and place. Returns the job, for whoever runs several.

    Raises:
        CheckpointError: if the checkpoint is damaged or makes values that are not finite.
        ParamsError: if the checkpoint keeps fewer styles than the job wants.
        RadiometryError: if the patches were made with another radiometry than the checkpoint's.
    """
    source = read_patch_set(job.patches)
    translator, card = load_translator(job.checkpoint, channels=(3, 3), source=source.contract)
    checks, count = FakeChecks(), job.styles if translator.has_styles else 1
    fakes = _fakes(source, translator, count, checks, job.checkpoint)
    coco = source.coco if source.coco is None else repeat_labels(source.coco, count)
    write_patch_set(job.folder / "patches", fakes, card.target, coco)
    write_json(job.folder / "checks.json", {"checkpoint": card.step} | checks.as_dict())
    return job


def _fakes(
    source: PatchSet, translator: Translator, count: int, checks: FakeChecks, checkpoint: Path
) -> Iterator[tuple[Patch, Pixels]]:
    for i, patch, variant in repeat_patches(source.patches, count):
        try:
            fake = translate_pixels(translator, source.pixels(i), variant)
        except FloatingPointError as error:
            raise CheckpointError(
                f"{checkpoint}: patch {patch.name}: {error} The training has diverged: lower "
                "learning_rate, or take an earlier checkpoint."
            ) from None
        checks.add(patch.name, fake)
        yield patch, fake
