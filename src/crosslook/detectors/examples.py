"""Patch sets as a detector learns them: examples, their split, and the batch of every step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from crosslook.detectors.augment import augment
from crosslook.detectors.example import Boxes, Example, Pixels
from crosslook.detectors.ignoring import Target
from crosslook.detectors.settings import AugmentSettings
from crosslook.patches.patch_set import Patch, PatchSet

Batch = tuple[list[Tensor], list[Target]]


def categories(coco: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """The {id, name} of every kind of object, by id; a detector's label k is the k-th, from 1."""
    kinds = [{"id": int(row["id"]), "name": str(row["name"])} for row in coco["categories"]]
    return tuple(sorted(kinds, key=lambda kind: kind["id"]))


def ratio_band(contract: Mapping[str, Any]) -> int | None:
    """The band, from 0, that is the ratio of the polarisations; None if there is none."""
    if contract.get("ratio") is None:
        return None
    bands = [str(band) for band in contract["composite_bands"]]
    named = [n for n, band in enumerate(bands) if "/" in band]
    return named[0] if named else len(bands) - 1


class Examples:
    """The patches of a labelled set as examples, read when asked for.

    A copy in another process begins with nothing read.
    """

    def __init__(self, patch_set: PatchSet, kinds: Sequence[Mapping[str, Any]]) -> None:
        self.patch_set, self.kinds = patch_set, kinds
        self.label = {kind["id"]: n + 1 for n, kind in enumerate(kinds)}
        self.rows: list[list[dict[str, Any]]] = [[] for _ in range(len(patch_set))]
        for row in patch_set.labels()["annotations"]:
            self.rows[row["image_id"] - 1].append(row)
        self.pixels = lru_cache(maxsize=256)(patch_set.pixels)

    def __reduce__(self) -> tuple[type["Examples"], tuple[Any, ...]]:
        return Examples, (self.patch_set, self.kinds)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> Example:
        objects = [row for row in self.rows[i] if not row.get("iscrowd")]
        regions = [row for row in self.rows[i] if row.get("iscrowd")]
        labels = np.array([self.label[row["category_id"]] for row in objects], np.int64)
        visible = np.array([row.get("visible", 1.0) for row in objects], np.float32)
        return Example(self.pixels(i), _corners(objects), labels, _corners(regions), visible)

    def labelled(self, i: int) -> bool:
        """Patch i has at least one object."""
        return any(not row.get("iscrowd") for row in self.rows[i])


@dataclass(frozen=True)
class Batches:
    """The batch of every step, a function of (seed, step) alone."""

    examples: Examples
    chosen: tuple[int, ...]  # which examples
    size: int
    seed: int
    settings: AugmentSettings
    ratio: int | None  # the band, from 0, that is the ratio of the others

    def __call__(self, step: int) -> Batch:
        """Batch of ``step``, from 1. Every example comes once per epoch, in an order of its own."""
        n = len(self.chosen)
        picked = []
        for place in range((step - 1) * self.size, step * self.size):
            order = np.random.default_rng([self.seed, 1, place // n]).permutation(n)
            picked.append(self.examples[self.chosen[order[place % n]]])
        rng = np.random.default_rng([self.seed, 2, step])
        return to_batch([augment(one, rng, self.settings, self.ratio) for one in picked])


def to_batch(examples: Sequence[Example]) -> Batch:
    """Examples as a detector takes them."""
    images = [to_image(example.pixels) for example in examples]
    targets = [
        {
            "boxes": torch.from_numpy(example.boxes),
            "labels": torch.from_numpy(example.labels),
            "ignore": torch.from_numpy(example.ignore),
        }
        for example in examples
    ]
    return images, targets


def to_image(pixels: Pixels) -> Tensor:
    """(C, H, W) float32 in [0, 1]: 1 -> 0, 255 -> 1, and no-data -> 0."""
    return torch.from_numpy((pixels.astype(np.float32) - 1).clip(0) / 254)


def split_by_scene(
    patches: Sequence[Patch], labelled: Sequence[bool], share: float, seed: int
) -> tuple[list[int], list[int]]:
    """Split patches into those to learn from and those that choose the step that is kept.

    Whole scenes go to one side when there are at least four of them, because neighbouring patches
    show the same ground. With fewer, the southern end of every scene is set aside, of the patches
    with objects and of those without. Patches of one place, fakes in several styles, stay together.

    Args:
        patches: of one set.
        labelled: patch i has an object.
        share: of the patches that is held back.
        seed: of the draw of scenes.

    Returns:
        indices to learn from, indices to validate on. The second is empty when ``share`` is 0 or
        there is one place with objects only.
    """
    places = [(patch.scene, patch.window) for patch in patches]
    with_objects = {places[i] for i in range(len(patches)) if labelled[i]}
    scenes = sorted({patch.scene for patch in patches})
    held: list[int] = []
    if share > 0 and len(with_objects) > 1 and len(scenes) >= 4:
        wanted = max(1, round(share * len(patches)))
        for k in np.random.default_rng([seed, 3]).permutation(len(scenes)):
            members = [i for i, patch in enumerate(patches) if patch.scene == scenes[k]]
            if not held or abs(wanted - len(held) - len(members)) < abs(wanted - len(held)):
                held += members
    elif share > 0 and len(with_objects) > 1:
        for kind, least in ((True, 1), (False, 0)):
            some = [i for i in range(len(patches)) if labelled[i] == kind]
            some.sort(key=lambda i: (-_southness(patches, i), i))
            ordered = list(dict.fromkeys(places[i] for i in some))
            chosen = set(ordered[: max(least, round(share * len(ordered)))])
            held += [i for i in some if places[i] in chosen]
    validation = sorted(held)
    return [i for i in range(len(patches)) if i not in set(validation)], validation


def _southness(patches: Sequence[Patch], i: int) -> float:
    """Place of patch i between the northern (0) and the southern (1) end of its scene."""
    rows = [patch.window[1] for patch in patches if patch.scene == patches[i].scene]
    return (patches[i].window[1] - min(rows)) / max(1, max(rows) - min(rows))


def _corners(rows: Sequence[Mapping[str, Any]]) -> Boxes:
    xywh = np.array([row["bbox"] for row in rows], np.float32).reshape(-1, 4)
    return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)
