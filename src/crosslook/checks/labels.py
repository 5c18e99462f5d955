"""Checks on label files. Each returns its problems in words and never raises."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from crosslook.errors import InputError
from crosslook.patches.annotations import Feature, read_features, touches
from crosslook.scenes.catalogue import Scene

SAME_PLACE = 0.9  # intersection over union of two labels that are one place drawn twice


def label_problems(scenes: Sequence[Scene]) -> list[str]:
    """Every label and labelled area is a valid polygon, has a class, and touches its scene.

    A file may serve several scenes: then each label must touch one of them.
    """
    known = {scene.id for scene in scenes}
    problems = []
    for path, users in _by_file(scenes, "labels").items():
        features, found = _read(path, known)
        problems += found
        problems += [
            f"{path}: label {feature.id} has no property 'class'."
            for feature in features
            if feature.name is None
        ]
        problems += outside_every_scene(path, features, users)
        problems += drawn_twice(path, features)
    for path, users in _by_file(scenes, "labelled_area").items():
        features, found = _read(path, known)
        problems += found
        problems += outside_every_scene(path, features, users)
    return problems


def outside_every_scene(
    path: Path, features: Sequence[Feature], scenes: Sequence[Scene]
) -> list[str]:
    """Every feature touches a scene that uses the file, and the very one that it names."""
    problems = []
    for feature in features:
        if not feature.outline.is_valid:
            continue
        wanted = [scene for scene in scenes if feature.scene in (None, scene.id)]
        if wanted and not any(touches(feature.outline, scene) for scene in wanted):
            where = "every scene" if feature.scene is None else f"its scene {feature.scene}"
            lon, lat = feature.outline.representative_point().coords[0]
            problems.append(
                f"{path}: label {feature.id} at {lon:.5f}, {lat:.5f} lies outside {where}."
            )
    return problems


def drawn_twice(path: Path, features: Sequence[Feature]) -> list[str]:
    """No two labels of a class cover the same ground."""
    valid = [feature for feature in features if feature.outline.is_valid]
    tree = shapely.STRtree([feature.outline for feature in valid])
    problems = []
    for i, feature in enumerate(valid):
        for j in sorted(tree.query(feature.outline).tolist()):
            other = valid[j]
            alike = (other.name, other.scene) == (feature.name, feature.scene)
            if j > i and alike and _overlap(feature.outline, other.outline) > SAME_PLACE:
                problems.append(
                    f"{path}: labels {feature.id} and {other.id} are one place drawn twice."
                )
    return problems


def class_problems(scenes: Sequence[Scene], classes: Sequence[str]) -> list[str]:
    """Every class that is to be found has a label in split train."""
    learnt = [scene for scene in scenes if scene.split == "train" and not scene.domain]
    counts = class_counts(learnt)
    there = ", ".join(sorted(counts)) or "none"
    return [
        f"class {name!r} has no label in split train (classes there: {there})."
        for name in classes
        if not counts[name]
    ]


def class_counts(scenes: Sequence[Scene]) -> Counter[str]:
    """Labels per class over the scenes; damaged files and labels count as none."""
    counts: Counter[str] = Counter()
    for path, users in _by_file(scenes, "labels").items():
        ids = {scene.id for scene in users}
        counts.update(
            feature.name
            for feature in _read(path, ids)[0]
            if feature.name is not None
            and feature.outline.is_valid
            and feature.scene in (None, *ids)
            and any(touches(feature.outline, scene) for scene in users)
        )
    return counts


def _by_file(scenes: Sequence[Scene], role: str) -> dict[Path, list[Scene]]:
    files: dict[Path, list[Scene]] = {}
    for scene in scenes:
        path = getattr(scene, role)
        if path is not None:
            files.setdefault(path, []).append(scene)
    return files


def _read(path: Path, known: set[str]) -> tuple[list[Feature], list[str]]:
    try:
        features = read_features(path)
    except InputError as error:
        return [], [str(error)]
    problems = [
        f"{path}: label {feature.id} is not a valid polygon: {explain_validity(feature.outline)}."
        for feature in features
        if not feature.outline.is_valid
    ]
    problems += [
        f"{path}: label {feature.id} names scene {feature.scene!r}, which is not in scenes.json."
        for feature in features
        if feature.scene is not None and feature.scene not in known
    ]
    return features, problems


def _overlap(a: BaseGeometry, b: BaseGeometry) -> float:
    shared = a.intersection(b).area
    return float(shared / (a.area + b.area - shared))
