"""A patch set in which every patch stands several times: names, places and labels.

Variant v of patch NAME is called NAME_sV. The variants of a patch follow each other, and keep its
scene, window, CRS and transform: whoever splits by scene or by ground keeps them together.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crosslook.patches.patch_set import Patch


def repeat_patches(patches: Sequence[Patch], count: int) -> Iterator[tuple[int, Patch, int]]:
    """(index of the original, the patch under its new name, variant) for every new patch.

    With ``count`` 1 the patches stay as they are.
    """
    for i, patch in enumerate(patches):
        for variant in range(count):
            name = variant_name(patch.name, variant) if count > 1 else patch.name
            yield i, replace(patch, name=name), variant


def repeat_labels(coco: Mapping[str, Any], count: int) -> dict[str, Any]:
    """The labels of ``repeat_patches``: each variant has those of its original.

    Image and annotation ids count from 1 again; with ``count`` 1 the labels stay as they are.

    Args:
        coco: labels of a patch set; its image ids count from 1.
        count: variants of every patch.
    """
    if count == 1:
        return dict(coco)
    own: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in coco["annotations"]:
        own[row["image_id"]].append(row)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image in coco["images"]:
        stem, dot, suffix = image["file_name"].rpartition(".")
        for variant in range(count):
            new_id = (image["id"] - 1) * count + variant + 1
            file_name = f"{variant_name(stem, variant)}{dot}{suffix}"
            images.append(image | {"id": new_id, "file_name": file_name})
            for row in own[image["id"]]:
                annotations.append(row | {"id": len(annotations) + 1, "image_id": new_id})
    return {**coco, "images": images, "annotations": annotations}


def variant_name(name: str, variant: int) -> str:
    """``NAME_s2`` for variant 2 of NAME."""
    return f"{name}_s{variant}"
