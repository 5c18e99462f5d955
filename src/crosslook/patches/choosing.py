"""Which few patches are compared with which: fixed by their names, spread evenly over scenes."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from crosslook.errors import InputError
from crosslook.patches.patch_set import Patch, Pixels, read_patch_set
from crosslook.patches.selection import why_dropped
from crosslook.patches.selection_params import Selection

BATCH = 32  # patches that are in memory at a time
HALF = ", half "
LEAST = 12  # patches a side; below it no score means anything


@dataclass(frozen=True)
class Side:
    """Chosen patches of one set, in the order of choice."""

    folder: Path
    names: tuple[str, ...]
    scenes: tuple[str, ...]  # of each
    words: str  # what they are, for readers

    def __len__(self) -> int:
        return len(self.names)

    def first(self, n: int) -> "Side":
        """The first n of them."""
        return replace(self, names=self.names[:n], scenes=self.scenes[:n])

    def contract(self) -> dict[str, Any]:
        """The radiometry contract of the set."""
        return read_patch_set(self.folder).contract

    def batches(self, size: int = BATCH) -> Iterator[Pixels]:
        """The pixels of the chosen ones, (B, C, H, W) uint8, so many at a time."""
        patches = read_patch_set(self.folder)
        places = {patch.name: i for i, patch in enumerate(patches.patches)}
        for names in (self.names[i : i + size] for i in range(0, len(self), size)):
            yield np.stack([patches.pixels(places[name]) for name in names])


@dataclass(frozen=True)
class Sides:
    """What is translated, and what the fakes are compared with."""

    source: Side  # n
    real: Side  # n that fakes are compared with, then up to n more for real against real
    n: int


def choose_sides(
    held_out: tuple[Path, Path],
    seen: Path,
    selects: tuple[Sequence[Selection], Sequence[Selection]],
    n: int,
) -> Sides:
    """``n`` real patches of the target, and as many sources, or fewer where there are not so many.

    Real patches are held out. Sources are held out where enough of them are that are not among
    the real ones, else they are those that the translator saw.

    Args:
        held_out: patch sets of source and target on scenes that no translator saw; that of the
            source may be missing.
        seen: patch set of the source that the translator learnt from.
        selects: what is kept of the sources, and of the targets.
        n: patches a side that are wanted.

    Raises:
        InputError: if fewer than 12 patches are left on a side.
    """
    targets = _usable(held_out[1], selects[1])
    _require("target", held_out[1], targets)
    many = [targets[i] for i in spread(targets, 2 * n)]
    n = min(n, len(many))
    taken = {patch.name for patch in many} if held_out[0] == held_out[1] else set()
    folder, kind = held_out[0], f"held-out {held_out[0].name} patches"
    sources = [patch for patch in _usable(folder, selects[0]) if patch.name not in taken]
    if len(sources) < n:
        kind = f"{seen.name} patches that the translator learnt from (held out: {len(sources)})"
        folder = seen
        sources = _usable(folder, selects[0])
    _require("source", folder, sources)
    chosen = [sources[i] for i in spread(sources, n)]
    n = min(n, len(chosen))
    of_source = f"{kind}, {_among(chosen[:n], sources)}"
    of_real = f"held-out {held_out[1].name} patches, {_among(many[:n], targets)}"
    of_real += f"; real against real: {len(many)} of them"
    return Sides(_side(folder, chosen[:n], of_source), _side(held_out[1], many, of_real), n)


def spread(patches: Sequence[Patch], n: int) -> list[int]:
    """Up to ``n`` of the patches, from every scene as many as any other has to give.

    Scenes take turns; their order, and that of a scene's patches, is the order of the hashes of
    their names. So the choice depends on names alone, fewer patches are the first ones of more, and
    a patch that is added to the set moves few of the others.

    Returns:
        their places in ``patches``, in the order of choice.
    """
    waiting: dict[str, list[int]] = defaultdict(list)
    for i in sorted(range(len(patches)), key=lambda i: _hash(patches[i].name), reverse=True):
        waiting[patches[i].scene].append(i)
    chosen: list[int] = []
    while len(chosen) < min(n, len(patches)):
        for scene in sorted(waiting, key=_hash):
            if waiting[scene]:
                chosen.append(waiting[scene].pop())
    return chosen[:n]


def _usable(folder: Path, wanted: Sequence[Selection]) -> list[Patch]:
    """The patches that are kept and have data everywhere; none where there is no set."""
    if not (folder / "patches.jsonl").exists():
        return []
    return in_halves(
        [
            patch
            for patch in read_patch_set(folder).patches
            if patch.valid == 1 and not any(why_dropped(patch, one) for one in wanted)
        ]
    )


def in_halves(patches: Sequence[Patch]) -> list[Patch]:
    """Patches of one single scene get its halves for scenes, so that folds can be drawn.

    The scene is parted across its longer side; patches that lie in both halves are left out, since
    folds must share no ground. Patches of several scenes stay as they are.
    """
    if len({patch.scene for patch in patches}) != 1:
        return list(patches)
    ends = np.array([[p.window[0] + p.window[2], p.window[1] + p.window[3]] for p in patches])
    starts = np.array([p.window[:2] for p in patches])
    axis = int(np.argmax(ends.max(axis=0) - starts.min(axis=0)))
    middle = (ends[:, axis].max() + starts[:, axis].min()) / 2
    halves = {1: ends[:, axis] <= middle, 2: starts[:, axis] >= middle}
    return [
        replace(patch, scene=f"{patch.scene}{HALF}{half}")
        for i, patch in enumerate(patches)
        for half, inside in halves.items()
        if inside[i]
    ]


def _require(what: str, folder: Path, found: Sequence[Patch]) -> None:
    if len(found) < LEAST:
        raise InputError(
            f"{folder} has {len(found)} whole patches of the {what} domain that are kept, and "
            f"scores need {LEAST}: ingest more scenes, or loosen the selection."
        )


def _side(folder: Path, patches: Sequence[Patch], words: str) -> Side:
    names, scenes = (tuple(getattr(p, key) for p in patches) for key in ("name", "scene"))
    return Side(folder, names, scenes, words)


def _among(chosen: Sequence[Patch], there: Sequence[Patch]) -> str:
    scenes = {patch.scene for patch in chosen}
    of_halves = any(HALF in scene for scene in scenes)
    words = "the halves of one scene" if of_halves else f"{len(scenes)} scenes"
    return f"{len(chosen)} of {len(there)} from {words}"


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
