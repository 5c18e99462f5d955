"""Checks on splits. Each returns its problems in words and never raises."""

from collections.abc import Sequence
from typing import Any

from crosslook.checks.labels import class_counts
from crosslook.errors import InputError, RadiometryError
from crosslook.patches.domains import composites_by_domain
from crosslook.patches.splits import Ground, scene_ground, scenes_by_set, shared_ground
from crosslook.scenes.catalogue import SPLITS, Scene, domain_of
from crosslook.scenes.composites import Settings, shared_contract

NEEDED = {
    "optical": "optical scenes of split train or unlabelled, for the translators",
    "optical_labelled": "optical scenes of split train with labels, for the detectors",
    "sar": "SAR scenes of split train or unlabelled, for the translators",
    "sar_dev": "SAR scenes of split dev, to choose by",
    "sar_test": "SAR scenes of split test, to report",
}


def places_disjoint(seen: Sequence[Ground], held_out: Sequence[Ground]) -> list[str]:
    """No ground is both learnt from and judged on: a port seen in training flatters every score.

    Compares on the map, across sensors and CRS.
    """
    return [
        f"{a.name} and {b.name} share {area_km2:.2f} km² of ground, but one is learnt from and "
        "the other judged on: leave one of them out."
        for a, b, area_km2 in shared_ground(seen, held_out)
    ]


def split_problems(scenes: Sequence[Scene]) -> list[str]:
    """Every set has scenes, judged scenes have labels, and splits share no ground.

    A scene with a domain of its own has no labels, and judges translations at most.
    """
    chosen = scenes_by_set(scenes)
    problems = [f"there are no {what}." for name, what in NEEDED.items() if not chosen[name]]
    problems += [
        f"{scene.id}: split {scene.split} needs labels, and it has none."
        for scene in scenes
        if scene.split in ("dev", "test") and scene.labels is None and not scene.domain
    ]
    problems += [
        f"{scene.id}: domain {scene.domain!r} is for translators, so split test has no use for "
        "it: take split unlabelled, or dev to judge translations."
        for scene in scenes
        if scene.domain and scene.split == "test"
    ]
    problems += [
        f"{scene.id}: domain {scene.domain!r} is for translators, which know no labels: take its "
        "labels or its domain away."
        for scene in scenes
        if scene.domain and scene.labels is not None
    ]
    ground = {
        split: [scene_ground(scene) for scene in scenes if scene.split == split] for split in SPLITS
    }
    learnt = ground["train"] + ground["unlabelled"]
    problems += places_disjoint(learnt, ground["dev"] + ground["test"])
    problems += places_disjoint(ground["dev"], ground["test"])
    return problems


def contract_problems(
    scenes: Sequence[Scene], composites: dict[str, Settings], allow_mixed_optical: bool
) -> list[str]:
    """All scenes of a domain can share one composite, set for it or for its sensor."""
    problems = []
    try:
        by_domain = composites_by_domain(scenes, composites)
    except InputError as error:
        return [str(error)]
    for domain, settings in by_domain.items():
        own = [scene for scene in scenes if domain_of(scene) == domain]
        try:
            if own:
                shared_contract(own, settings, allow_mixed_optical)
        except (RadiometryError, InputError) as error:
            problems.append(str(error))
    return problems


def count_scenes(scenes: Sequence[Scene]) -> dict[str, dict[str, Any]]:
    """Scenes, megapixels and labels per class, by domain and split."""
    counts = {}
    for domain in ("optical", "sar", *sorted({scene.domain for scene in scenes} - {""})):
        for split in SPLITS:
            own = [scene for scene in scenes if (domain_of(scene), scene.split) == (domain, split)]
            if own:
                pixels = sum(scene.size[0] * scene.size[1] for scene in own)
                counts[f"{domain}_{split}"] = {
                    "scenes": len(own),
                    "megapixels": round(pixels / 1e6, 3),
                    "labels": dict(sorted(class_counts(own).items())),
                }
    return counts
