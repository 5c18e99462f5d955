"""An ensemble at work: patches in, one set of boxes per patch out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.delivery.bundle import Recipe, read_members, read_recipe
from crosslook.detectors.checkpoints import Detector
from crosslook.detectors.detecting import detect_pixels
from crosslook.ensemble.fusion import fuse_images
from crosslook.patches.boxes import Detections

Patches = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Predictor:
    """An ensemble, ready to predict."""

    recipe: Recipe
    detectors: dict[str, Detector]

    def predict(self, patches: Patches) -> list[Detections]:
        """Find objects in patches that were cut with the radiometry of ``recipe.contract``.

        Args:
            patches: (N, 3, H, W) uint8; 0 = no-data, 1..255 = data.

        Returns:
            N detections, boxes in pixels, best score first.

        Raises:
            ValueError: if the shape or the type is another.
        """
        if patches.ndim != 4 or patches.shape[1] != 3 or patches.dtype != np.uint8:
            raise ValueError(
                f"expected patches (N, 3, H, W) of uint8, got {patches.shape} of {patches.dtype}."
            )
        ids = [kind["id"] for kind in self.recipe.categories]
        settings = self.recipe.detection
        answers: dict[str, dict[int, Detections]] = {name: {} for name in self.detectors}
        for start in range(0, len(patches), settings.batch_size):
            batch = patches[start : start + settings.batch_size]
            for name, detector in self.detectors.items():
                seen = detect_pixels(detector.model, list(batch), ids, settings)
                answers[name] |= {start + i: one for i, one in enumerate(seen)}
        sizes = dict.fromkeys(range(len(patches)), (patches.shape[2], patches.shape[3]))
        weights = {member.name: member.weight for member in self.recipe.members}
        fused = fuse_images(answers, weights, sizes, self.recipe.rules)
        return [fused[i] for i in range(len(patches))]

    def as_rows(self, found: list[Detections]) -> list[dict[str, Any]]:
        """Plain values, per patch: ``boxes`` [[x1, y1, x2, y2]], ``scores``, ``classes``."""
        names = {kind["id"]: kind["name"] for kind in self.recipe.categories}
        return [
            {
                "boxes": [[float(value) for value in box] for box in one.boxes],
                "scores": [float(score) for score in one.scores],
                "classes": [names[int(label)] for label in one.labels],
            }
            for one in found
        ]


def read_predictor(folder: Path) -> Predictor:
    """Open a bundle.

    Raises:
        CheckpointError: if something in it is missing or damaged.
    """
    recipe = read_recipe(folder)
    return Predictor(recipe, read_members(folder, recipe))
