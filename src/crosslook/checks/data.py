"""All checks of data/ in one go."""

from collections.abc import Mapping, Sequence
from typing import Any

from crosslook.checks.check_params import CheckDataParams
from crosslook.checks.content import copy_problems
from crosslook.checks.labels import class_problems, label_problems
from crosslook.checks.rasters import histogram, raster_problems
from crosslook.checks.splits import contract_problems, count_scenes, split_problems
from crosslook.errors import InputError
from crosslook.scenes.catalogue import Scene, domain_of
from crosslook.scenes.composites import Settings


def check_scenes(
    scenes: Sequence[Scene],
    composites: Mapping[str, Settings],
    classes: Sequence[str],
    allow_mixed_optical: bool,
    settings: CheckDataParams,
) -> dict[str, Any]:
    """Problems of a catalogue in words, and what is in it, as a record for results/."""
    problems = [
        problem
        for scene in scenes
        for problem in raster_problems(scene, settings.plausible_db, settings.dark_reflectance)
    ]
    problems += contract_problems(scenes, dict(composites), allow_mixed_optical)
    problems += label_problems(scenes)
    problems += class_problems(scenes, classes)
    problems += split_problems(scenes)
    problems += copy_problems(scenes)
    kinds = sorted({(domain_of(scene), scene.radiometry.unit) for scene in scenes})
    return {
        "problems": problems,
        "counts": count_scenes(scenes),
        "radiometry": {
            f"{domain}_{unit}": histogram(
                [
                    scene
                    for scene in scenes
                    if (domain_of(scene), scene.radiometry.unit) == (domain, unit)
                ]
            )
            for domain, unit in kinds
        },
    }


def require_no_problems(problems: Sequence[str], where: str) -> None:
    """Fail when there is a problem; ``where`` all of them stand is told.

    Raises:
        InputError: one line with their number and the first.
    """
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise InputError(f"data/ has {count}, the first: {problems[0]} All stand in {where}.")
