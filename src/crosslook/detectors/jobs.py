"""Units of work for the engine: one start, one detector on one set of fakes, or on SAR test.

A job carries paths and settings only, so that it can travel to a worker process; each leaves its
result in ``job.folder``. Importing torchvision takes seconds, so only who does a job does it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crosslook.detectors.settings import (
    DetectionSettings,
    DetectorSettings,
    FitSettings,
    WarmStartSettings,
)
from crosslook.errors import InputError
from crosslook.patches.boxes import to_coco_results
from crosslook.patches.patch_set import PatchSet, read_patch_set
from crosslook.patches.selection import select
from crosslook.scores.average_precision import count_objects, evaluate
from crosslook.writing import write_json

if TYPE_CHECKING:
    from crosslook.detectors.checkpoints import Detector
    from crosslook.detectors.training import Course

UNTRANSLATED = "none"  # the method that hands optical patches on as they are


@dataclass(frozen=True)
class StartJob:
    """Make the weights that one detector's trainings begin with."""

    detector: str
    wanted: DetectorSettings
    shapes: WarmStartSettings
    seed: int
    state: Path

    @property
    def learns(self) -> bool:
        """There is a training to be done."""
        return self.wanted.weights == "warm_start"

    @property
    def folder(self) -> Path:
        """Where weights.safetensors and record.json are left."""
        return self.state / "made"


@dataclass(frozen=True)
class FitJob:
    """Train one detector on one set of fakes, and score it on SAR dev."""

    detector: str
    translation: str
    method: str  # of the translation
    checkpoint: int | str | None
    start: Path
    fakes: Path
    dev: Path
    settings: FitSettings
    seed: int
    state: Path

    @property
    def folder(self) -> Path:
        """Where weights.safetensors, dev.json and entry.json are left."""
        return self.state / "made"


@dataclass(frozen=True)
class DetectJob:
    """Run one trained detector on one patch set."""

    detector: str
    method: str
    checkpoint: int | str | None
    weights: Path
    patches: Path
    settings: DetectionSettings
    state: Path

    @property
    def folder(self) -> Path:
        """Where test.json and entry.json are left."""
        return self.state / "made"


def run_start(job: StartJob) -> StartJob:
    """Do a ``StartJob``.

    Raises:
        CheckpointError: if trained weights cannot be had or do not fit.
    """
    from crosslook.detectors.warm_start import write_start

    write_start(job.detector, job.wanted, job.shapes, job.seed, job.state)
    return job


def run_fit(job: FitJob) -> FitJob:
    """Do a ``FitJob``.

    Raises:
        CheckpointError: if the start is damaged.
        RadiometryError: if the fakes have another radiometry than SAR dev.
        InputError: if SAR dev has no object, so that nothing can be scored.
    """
    from crosslook.detectors.checkpoints import load_detector, save_detector
    from crosslook.detectors.detecting import detect
    from crosslook.detectors.fitting import fit

    fakes = select(read_patch_set(job.fakes), job.settings.select)
    dev = read_patch_set(job.dev)
    truth = dev.labels()
    if not count_objects(truth):
        raise InputError(f"{job.dev}: no patch has an object, so no detector can be scored on it.")
    start = load_detector(job.start)
    detector, course, learnt = fit(start, fakes, job.settings, job.seed, job.state)
    other = job.method == UNTRANSLATED
    found = detect(detector, dev, job.settings.detection, allow_other_radiometry=other)
    rows = to_coco_results(found)
    save_detector(job.folder / "weights.safetensors", detector)
    write_json(job.folder / "dev.json", rows)
    entry = _entry(job, detector, course, dev, evaluate(truth, rows))
    write_json(job.folder / "entry.json", entry | {"n_train_images": learnt})
    return job


def run_detect(job: DetectJob) -> DetectJob:
    """Do a ``DetectJob``.

    Raises:
        CheckpointError: if the detector is damaged.
        RadiometryError: if the patches have another radiometry than those that it learnt.
    """
    from crosslook.detectors.checkpoints import load_detector
    from crosslook.detectors.detecting import detect

    detector, patches = load_detector(job.weights), read_patch_set(job.patches)
    other = job.method == UNTRANSLATED
    found = detect(detector, patches, job.settings, allow_other_radiometry=other)
    boxes = [len(seen) for seen in found.values()]
    sure = [int((seen.scores >= 0.5).sum()) for seen in found.values()]
    write_json(job.folder / "test.json", to_coco_results(found))
    entry = {
        "detector": job.detector,
        "checkpoint": job.checkpoint,
        "trained_on": _sensor(detector),
        "n_images": len(patches),
        "n_scenes": _scenes(patches),
        "boxes_per_patch": sum(boxes) / max(1, len(boxes)),
        "boxes_per_patch_above_half": sum(sure) / max(1, len(sure)),
    }
    write_json(job.folder / "entry.json", entry)
    return job


def _entry(
    job: FitJob, detector: "Detector", course: "Course", dev: PatchSet, score: dict[str, float]
) -> dict[str, Any]:
    return {
        "detector": job.detector,
        "engine": detector.about.architecture.engine,
        "weights": detector.about.weights,
        "translation": job.translation,
        "checkpoint": job.checkpoint,
        "seed": job.seed,
        "trained_on": _sensor(detector),
        "ap": score["AP"],
        "ap50": score["AP50"],
        "ap75": score["AP75"],
        "ar": score["AR100"],
        "n_images": len(dev),
        "n_scenes": _scenes(dev),
        "n_boxes": count_objects(dev.labels()),
        "kept_step": course.kept_step,
        "validation": course.validation,
        "losses": course.losses,
    }


def _sensor(detector: "Detector") -> str:
    return str((detector.about.contract or {}).get("sensor"))


def _scenes(patches: PatchSet) -> int:
    return len({patch.scene for patch in patches.patches})
