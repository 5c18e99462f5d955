"""Detectors at work: patches in, boxes out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from crosslook.detectors.checkpoints import Detector
from crosslook.detectors.example import Pixels
from crosslook.detectors.examples import to_image
from crosslook.detectors.settings import DetectionSettings
from crosslook.errors import InputError
from crosslook.patches.boxes import Detections
from crosslook.patches.patch_set import PatchSet, require_contract


def detect(
    detector: Detector,
    patch_set: PatchSet,
    settings: DetectionSettings,
    *,
    allow_other_radiometry: bool = False,
) -> dict[int, Detections]:
    """Find objects in every patch of a set.

    Args:
        detector: made for the set's radiometry.
        patch_set: labelled or not; labels are not looked at.
        settings: which boxes are handed on.
        allow_other_radiometry: show the detector pixels that it was not made for. Only for the
            baseline that learns optical pixels and is judged on SAR.

    Returns:
        COCO image id, from 1 -> its detections, best first. Patches without any have an empty
        entry.

    Raises:
        RadiometryError: if the patches differ in radiometry from those that it learnt.
        InputError: if they have another number of bands.
    """
    require_bands(patch_set, detector)
    if not allow_other_radiometry:
        require_contract(
            patch_set.contract, detector.about.contract or {}, str(patch_set.folder), "the detector"
        )
    ids = [kind["id"] for kind in detector.about.categories]
    found: dict[int, Detections] = {}
    for start in range(0, len(patch_set), settings.batch_size):
        batch = range(start, min(start + settings.batch_size, len(patch_set)))
        seen = detect_pixels(detector.model, [patch_set.pixels(i) for i in batch], ids, settings)
        found |= {i + 1: one for i, one in zip(batch, seen, strict=True)}
    return found


def require_bands(patch_set: PatchSet, detector: Detector) -> None:
    """Refuse patches of another number of bands than the detector takes.

    Raises:
        InputError: with both numbers.
    """
    found, wanted = len(patch_set.contract["composite_bands"]), detector.about.architecture.bands
    if found != wanted:
        raise InputError(
            f"{patch_set.folder}: patches have {found} bands, the detector takes {wanted}: set "
            f"bands of its architecture to {found} and train it again."
        )


@torch.no_grad()
def detect_pixels(
    model: nn.Module,
    patches: Sequence[Pixels],
    category_ids: Sequence[int],
    settings: DetectionSettings,
) -> list[Detections]:
    """Find objects in a few patches; boxes in pixels of each.

    Args:
        model: a detector's module.
        patches: (C, H, W) each, 0 = no-data.
        category_ids: of label 1, 2, ...
        settings: which boxes are handed on.
    """
    model.eval()
    device = next(model.parameters()).device
    answers = model([to_image(pixels).to(device) for pixels in patches])
    return [_select(answer, np.array([0, *category_ids]), settings) for answer in answers]


def _select(
    answer: Mapping[str, Tensor], ids: np.ndarray[Any, Any], settings: DetectionSettings
) -> Detections:
    """The best boxes above the threshold; a stable order, so that equal scores do not swap."""
    values = {name: tensor.cpu().numpy() for name, tensor in answer.items()}
    order = np.argsort(-values["scores"], kind="stable")
    order = order[values["scores"][order] >= settings.score_threshold][: settings.max_per_image]
    return Detections(
        values["boxes"][order].astype(np.float32),
        values["scores"][order].astype(np.float32),
        ids[values["labels"][order]].astype(np.int64),
    )
