"""One label file for many scenes -> the labels of each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shapely.geometry import mapping

from crosslook.errors import InputError
from crosslook.patches.annotations import Feature, touches
from crosslook.patches.drawings import Reading
from crosslook.patches.images import gather, of_scene
from crosslook.patches.label_values import short
from crosslook.patches.labels import read_labels
from crosslook.scenes.catalogue import Scene


def share_out(
    path: Path | None,
    scenes: Sequence[Scene],
    stems: Mapping[str, str],
    class_name: str | None = None,
    with_class: bool = True,
    reading: Reading | None = None,
) -> tuple[dict[str, list[dict[str, Any]]], int]:
    """The features of each scene, and how many of the file belong to none of them.

    Args:
        path: labels in any format that ``read_labels`` knows; None gives every scene nothing.
        scenes: that take features.
        stems: scene id -> stem of the file it came from, which labels may name.
        class_name: for features without a property "class".
        with_class: every feature needs a class; labelled areas need none.
        reading: what the label file does not say itself.

    Raises:
        InputError: if the file cannot be read, a feature has no class where it needs one, or lies
            outside the scene that it names.
    """
    shares: dict[str, list[dict[str, Any]]] = {scene.id: [] for scene in scenes}
    if path is None:
        return shares, 0
    elsewhere = 0
    images = gather(of_scene(scene, stems[scene.id]) for scene in scenes)
    reading = reading or Reading()
    for feature in read_labels(path, images, reading):
        named = [s for s in scenes if feature.scene in (s.id, stems[s.id])]
        homes = [s for s in (named or scenes) if touches(feature.outline, s)]
        if named and not homes:
            raise InputError(
                f"{path}: label {feature.id} names scene {feature.scene!r} but lies outside it."
            )
        if not homes or (feature.scene is not None and not named):
            elsewhere += 1
            continue
        if with_class and feature.name is None and class_name is None:
            raise InputError(
                f"{path}: label {feature.id} has no property {short(reading.class_property)}: "
                "give --class-name, or --class-property."
            )
        for scene in homes:
            shares[scene.id].append(_item(feature, scene, class_name))
    return shares, elsewhere


def _item(feature: Feature, scene: Scene, class_name: str | None) -> dict[str, Any]:
    own = {"scene": scene.id}
    if feature.name is None and class_name is not None:
        own["class"] = class_name
    return {
        "type": "Feature",
        "id": feature.id,
        "properties": dict(feature.properties) | own,
        "geometry": mapping(feature.outline),
    }
