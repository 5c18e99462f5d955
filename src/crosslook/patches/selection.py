"""Which patches of a set are learnt from, by their shares of clouds, snow and no-data.

Thresholds apply here, when a training reads patches, and not when they are cut: another threshold
cuts nothing anew. Only patches that carry such shares are judged; those of SAR carry none.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from crosslook.errors import InputError
from crosslook.patches.patch_set import Patch, PatchSet
from crosslook.patches.selection_params import Selection

JUDGED = ("cloud", "shadow", "snow", "bright")


def select(patches: PatchSet, wanted: Selection) -> PatchSet:
    """The patches that ``wanted`` keeps, with their labels; image ids count from 1 again.

    Raises:
        InputError: if there are patches, but none is kept.
    """
    if not wanted.judges:
        return patches
    kept = [i for i, patch in enumerate(patches.patches) if why_dropped(patch, wanted) is None]
    if len(kept) == len(patches):
        return patches
    if not kept:
        reasons = ", ".join(f"{n} {reason}" for reason, n in tally(patches, wanted).items() if n)
        raise InputError(
            f"{patches.folder}: select keeps none of {len(patches)} patches ({reasons}): loosen "
            "its thresholds, or ingest clearer scenes."
        )
    chosen = tuple(patches.patches[i] for i in kept)
    coco = None if patches.coco is None else _labels(patches.coco, kept)
    return replace(patches, patches=chosen, coco=coco)


def why_dropped(patch: Patch, wanted: Selection) -> str | None:
    """The first reason against a patch, in words; None if it is kept."""
    return next(_reasons(patch, wanted), None)


def tally(patches: PatchSet, wanted: Selection) -> dict[str, int]:
    """How many patches are kept, how many dropped by reason, and how many kept on trust.

    ``unknown`` counts kept patches of which a share that is limited is not known.
    """
    counts: Counter[str] = Counter({"kept": 0})
    for patch in patches.patches:
        reason = why_dropped(patch, wanted)
        counts[reason or "kept"] += 1
        counts["unknown"] += reason is None and bool(_unknown(patch, wanted))
    return {name: counts[name] for name in counts if counts[name] or name == "kept"}


def _reasons(patch: Patch, wanted: Selection) -> Iterator[str]:
    if not _is_judged(patch):
        return
    if 1 - patch.valid > wanted.max_no_data:
        yield "no data"
    for kind, (low, high) in wanted.limits.items():
        share = patch.notes.get(kind)
        if share is not None and share > high:
            yield f"too much {kind}"
        if share is not None and share < low:
            yield f"too little {kind}"
    if wanted.unknown == "drop" and _unknown(patch, wanted):
        yield "unknown " + " and ".join(_unknown(patch, wanted))


def _unknown(patch: Patch, wanted: Selection) -> list[str]:
    """The limited kinds of which nothing is known."""
    if not _is_judged(patch):
        return []
    return [kind for kind in wanted.limits if patch.notes.get(kind) is None]


def _is_judged(patch: Patch) -> bool:
    return any(kind in patch.notes for kind in JUDGED)


def _labels(coco: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    new_id = {coco["images"][i]["id"]: n for n, i in enumerate(kept, start=1)}
    images = [coco["images"][i] | {"id": n} for n, i in enumerate(kept, start=1)]
    rows = [row for row in coco["annotations"] if row["image_id"] in new_id]
    annotations = [
        row | {"id": n, "image_id": new_id[row["image_id"]]} for n, row in enumerate(rows, start=1)
    ]
    return {**coco, "images": images, "annotations": annotations}
