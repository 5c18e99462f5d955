"""From one set of labelled fakes to a detector."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import nn

from crosslook.detectors.checkpoints import Detector
from crosslook.detectors.detecting import detect_pixels, require_bands
from crosslook.detectors.engines import build
from crosslook.detectors.examples import (
    Batches,
    Examples,
    categories,
    ratio_band,
    split_by_scene,
)
from crosslook.detectors.settings import FitSettings
from crosslook.detectors.training import Course, train
from crosslook.detectors.usable import why_unfit
from crosslook.detectors.weights import adopt
from crosslook.errors import InputError
from crosslook.patches.boxes import Detections, to_coco_results
from crosslook.patches.patch_set import PatchSet
from crosslook.scores.average_precision import evaluate


def fit(
    start: Detector, fakes: PatchSet, settings: FitSettings, seed: int, state: Path | None = None
) -> tuple[Detector, Course, int]:
    """Train a detector on a labelled set, from its starting weights.

    About 85 % of the patches teach. On the rest, by scene where there are enough scenes, AP on
    *fakes* decides which step is kept: no real SAR is looked at.

    Args:
        start: of ``warm_start.make_start``; left as it is.
        fakes: labelled patches; those without objects are negatives.
        settings: of the training.
        seed: of everything random.
        state: folder for the state of an unfinished training.

    Returns:
        the detector, the course of its training, and the number of patches that it learnt from.

    Raises:
        InputError: if no patch that teaches has an object, or the patches have another number of
            bands than the detector takes.
    """
    if reason := why_unfit(fakes):
        raise InputError(f"{fakes.folder}: {reason}, so no detector can learn from it.")
    require_bands(fakes, start)
    coco = fakes.labels()
    kinds = categories(coco)
    examples = Examples(fakes, kinds)
    learn, hold = split_by_scene(
        fakes.patches,
        [examples.labelled(i) for i in range(len(fakes))],
        settings.validation_share,
        seed,
    )
    if not any(examples.labelled(i) for i in learn):
        learn, hold = learn + hold, []
    model = build(start.about.architecture, len(kinds), seed)
    adopt(model, start.model.state_dict())
    batches = Batches(
        examples,
        tuple(learn),
        settings.training.batch_size,
        seed,
        settings.augment,
        ratio_band(fakes.contract),
    )
    examine = None
    if any(examples.labelled(i) for i in hold):
        examine = _Examination(examples, hold, coco, kinds, settings)
    course = train(model, batches, settings.training, seed, state, examine)
    about = replace(start.about, categories=kinds, contract=dict(fakes.contract))
    return Detector(model, about), course, len(learn)


@dataclass(frozen=True)
class _Examination:
    """Validation AP of a model."""

    examples: Examples
    hold: Sequence[int]
    coco: Mapping[str, Any]
    kinds: Sequence[Mapping[str, Any]]
    settings: FitSettings

    def __call__(self, model: nn.Module) -> float:
        found: dict[int, Detections] = {}
        size = self.settings.detection.batch_size
        ids = [kind["id"] for kind in self.kinds]
        for start in range(0, len(self.hold), size):
            some = self.hold[start : start + size]
            pixels = [self.examples.pixels(i) for i in some]
            seen = detect_pixels(model, pixels, ids, self.settings.detection)
            found |= {i + 1: one for i, one in zip(some, seen, strict=True)}
        truth = {
            "images": [row for row in self.coco["images"] if row["id"] in found],
            "annotations": [row for row in self.coco["annotations"] if row["image_id"] in found],
            "categories": self.coco["categories"],
        }
        return evaluate(truth, to_coco_results(found))["AP"]
