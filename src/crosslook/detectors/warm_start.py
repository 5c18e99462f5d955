"""The weights that every training of one detector starts from, the same for every translation."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crosslook.detectors.checkpoints import About, Detector, save_detector
from crosslook.detectors.engines import build
from crosslook.detectors.example import Example
from crosslook.detectors.examples import Batch, to_batch
from crosslook.detectors.settings import DetectorSettings, WarmStartSettings
from crosslook.detectors.shapes import draw_shapes
from crosslook.detectors.training import Course, train
from crosslook.detectors.weights import load_start
from crosslook.writing import write_json

CATEGORIES: tuple[dict[str, Any], ...] = ({"id": 1, "name": "shape"},)
NO_REGIONS = np.zeros((0, 4), np.float32)


def write_start(
    name: str, wanted: DetectorSettings, shapes: WarmStartSettings, seed: int, state: Path
) -> Path:
    """Make the starting weights of the detector ``name``, for the stage warm_start.

    Args:
        name: of the detector, for the record.
        wanted: the detector's shape, and where its weights come from.
        shapes: the training on simulated shapes, if ``wanted`` asks for it.
        seed: of everything random.
        state: folder for the state of an unfinished training.

    Returns:
        a folder with weights.safetensors and record.json.
    """
    detector, course = make_start(wanted, shapes, seed, state)
    made = state / "made"
    save_detector(made / "weights.safetensors", detector)
    record = {
        "detector": name,
        "engine": wanted.architecture.engine,
        "weights": detector.about.weights,
        "start": detector.about.start,
        "seed": seed,
        "n_parameters": sum(p.numel() for p in detector.model.parameters()),
        "losses": course.losses if course else [],
    }
    write_json(made / "record.json", record)
    return made


def make_start(
    wanted: DetectorSettings, shapes: WarmStartSettings, seed: int, state: Path | None = None
) -> tuple[Detector, Course | None]:
    """A detector that has seen no patch of any sensor.

    ``weights`` of ``wanted`` says what it has seen instead: simulated shapes, photographs
    (ImageNet, COCO, a file), or nothing.

    Returns:
        the detector, and the course of its training on shapes; None if there was none.

    Raises:
        CheckpointError: if trained weights cannot be had or do not fit.
    """
    model = build(wanted.architecture, len(CATEGORIES), seed)
    start = load_start(model, wanted)
    course = None
    if wanted.weights == "warm_start":
        course = train(
            model, Shapes(shapes, seed, wanted.architecture.bands), shapes.training, seed, state
        )
        start = {"source": "simulated shapes", "steps": shapes.training.steps, "parts": ["all"]}
    about = About(wanted.architecture, CATEGORIES, None, _name(wanted.weights), start)
    return Detector(model.eval(), about), course


@dataclass(frozen=True)
class Shapes:
    """The batch of every step, a function of (seed, step) alone."""

    settings: WarmStartSettings
    seed: int
    bands: int = 3

    def __call__(self, step: int) -> Batch:
        """Batch of ``step``, from 1."""
        batch = []
        for place in range(self.settings.training.batch_size):
            rng = np.random.default_rng([self.seed, 5, step, place])
            s = self.settings
            pixels, boxes = draw_shapes(rng, s.size_px, s.smallest_px, s.largest_px, self.bands)
            labels, visible = np.ones(len(boxes), np.int64), np.ones(len(boxes), np.float32)
            batch.append(Example(pixels, boxes, labels, NO_REGIONS, visible))
        return to_batch(batch)


def _name(weights: str) -> str:
    """A file's name without its folders, which differ from machine to machine."""
    return Path(weights).name
