"""The records of results/ that the index is made from, by the names in params, never by glob.

A file of a translation that params.yaml no longer names may still lie in results/; it says nothing
about the present project.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crosslook import outputs, results

INSTANCES: Mapping[str, tuple[str, ...]] = {
    "check_data": (),
    "tile": (),
    "train_classifier": (),
    "warm_start": ("detectors",),
    "train_translator": ("translations", "scenery"),
    "translate": ("translations",),
    "score_translator": ("translations", "scenery"),
    "train_detector": ("translations",),
    "choose": (),
    "tune_fusion": (),
    "detect_test": ("translations",),
    "evaluate": (),
    "evaluate_differences": (),
    "evaluate_checkpoints": (),
    "evaluate_operating_points": (),
    "report": (),
}
"""Stage -> the lists in params.yaml that its instances are named after; none: one record."""

PICTURES = {
    "train_translator": ("*.png", "grids/*.png"),
    "score_translator": ("pictures/*.png",),
    "tune_fusion": ("*/*.png",),
    "evaluate_checkpoints": ("*.png",),
    "report": ("*.html",),
}
"""Record -> where pictures and pages lie below its build/ folder, or that of an instance."""

WHERE = {"evaluate_checkpoints": "evaluate"}
"""Record -> the stage in whose build/ folder its pictures lie, where that is another one."""


@dataclass(frozen=True)
class Record:
    """One JSON file of results/, and the pictures of the same instance."""

    stage: str
    name: str  # of the instance; the stage's own where there is but one
    value: Any
    files: Mapping[str, Path] = field(default_factory=dict)  # path below its build/ -> file


def gather(
    instances: Mapping[str, Sequence[str]], stages: Sequence[str] = tuple(INSTANCES)
) -> list[Record]:
    """Read what the stages have written so far, in flow order; what is missing is left out.

    Pictures are looked for in build/, which need not be there: results/ alone is in git.

    Args:
        instances: the lists ``translations``, ``scenery`` and ``detectors`` of params.yaml; one
            that is not given has no names.
        stages: whose records are wanted.

    Raises:
        StaleError: if a file is damaged.
    """
    found = []
    for stage in stages:
        listed = INSTANCES[stage]
        named = [name for key in listed for name in instances.get(key, ())]
        for name in named if listed else [stage]:
            path = outputs.results(stage, name) if listed else outputs.results(stage)
            if path.exists():
                files = _pictures(stage, name)
                found.append(Record(stage, name, results.read(path), files))
    return found


def _pictures(stage: str, name: str) -> dict[str, Path]:
    place = WHERE.get(stage, stage)
    folder = outputs.build(place, name) if INSTANCES[stage] else outputs.build(place)
    found = [path for pattern in PICTURES.get(stage, ()) for path in sorted(folder.glob(pattern))]
    return {path.relative_to(folder).as_posix(): path for path in found}


def digest(records: Sequence[Record]) -> str:
    """One sha256 over all records: what ``mlruns/.synced`` holds. Pictures do not count."""
    return results.digest(
        [{"stage": one.stage, "name": one.name, "value": one.value} for one in records]
    )
