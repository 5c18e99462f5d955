"""Which patches are trained on, and which are tested. A patch may stand in one part only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosslook.patches.land_cover import Ground, LandCoverSet, Rows

PAPER_TEST = 4_000
PAPER_PATCHES = 31_825  # winter, all of it
# The scenes that the toolbox of SEN12MS holds out (splits/SEN12MS_holdOutScenes.txt).
HELD_OUT = {
    "ROIs1158_spring": (15, 17, 63, 97, 124, 146),
    "ROIs1868_summer": (15, 19, 43, 72, 79, 104, 131),
    "ROIs1970_fall": (30, 35, 39, 47, 61, 120, 141, 144),
    "ROIs2017_winter": (32, 64, 107, 135, 146),
}


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of a set. What is chosen is chosen on ``dev``; ``test`` is seen once."""

    train: Rows
    dev: Rows
    test: Rows
    warnings: tuple[str, ...] = ()


def official(data: LandCoverSet, dev_share: float = 0.1, seed: int = 0) -> Split:
    """The 26 held-out scenes of SEN12MS are the test; dev scenes are drawn from the others.

    Raises:
        ValueError: if none of them is here, or nothing else is.
    """
    held_out = {f"{season}_{n}" for season, numbers in HELD_OUT.items() for n in numbers}
    test = np.flatnonzero([scene in held_out for scene in data.scenes])
    rest = np.flatnonzero([scene not in held_out for scene in data.scenes])
    if not len(test) or not len(rest):
        raise ValueError(
            f"official split: {len(test)} patches of held-out scenes and {len(rest)} others; both "
            "are needed. Take the split by_scene, or more scenes."
        )
    train, dev = _scenes_apart(data, rest, dev_share, seed)
    return Split(train, dev, test)


def by_scene(
    data: LandCoverSet, test_share: float = 0.25, dev_share: float = 0.1, seed: int = 0
) -> Split:
    """Scenes drawn at random: no scene serves two parts, so none shares ground with another.

    Args:
        data: of two scenes at least, three with dev.
        test_share: of the scenes, at least one.
        dev_share: of the others, at least one; 0 is none.
        seed: of the draw.

    Raises:
        ValueError: if there are too few scenes.
    """
    rest, test = _scenes_apart(data, np.arange(len(data)), test_share, seed)
    train, dev = _scenes_apart(data, rest, dev_share, seed + 1)
    return Split(train, dev, test)


def paper_random(
    data: LandCoverSet, test: int = PAPER_TEST, dev_share: float = 0.0, seed: int = 0
) -> Split:
    """Patches drawn at random whatever their scene, as the paper's 27,825 and 4,000 are.

    The patches of a scene overlap by half in SEN12MS, so a test patch has been seen in part: the
    warning says how many. (The paper does not say how it split; the official split of winter has
    28,479 and 3,346, so it is another one.)

    Args:
        data: of more than ``test`` patches.
        test: patches to test on.
        dev_share: of the other patches.
        seed: of the draw.

    Raises:
        ValueError: if there are too few patches.
    """
    if not 0 < test < len(data) or not 0 <= dev_share < 1:
        raise ValueError(
            f"paper_random tests on {test} of {len(data)} patches and takes a share of {dev_share} "
            "of the others for dev: some must be left to train on."
        )
    order = np.random.default_rng(seed).permutation(len(data))
    tested, rest = np.sort(order[:test]), order[test:]
    dev = round(dev_share * len(rest))
    train = np.sort(rest[dev:])
    leaking = shared(data, tested, train)
    warnings = [
        f"paper_random: {leaking} of {test} test patches share ground with a training patch, so "
        "its scores flatter; compare them with other scores of such a split alone."
    ]
    if len(data) != PAPER_PATCHES:
        warnings.append(
            f"paper_random: {len(data)} patches where the paper has {PAPER_PATCHES}: "
            f"{len(train)} trained, {test} tested."
        )
    return Split(train, np.sort(rest[:dev]), tested, tuple(warnings))


def shared(data: LandCoverSet, first: Rows, second: Rows) -> int:
    """How many of the rows ``first`` show ground that one of ``second`` shows."""
    ground = Ground.of(data)
    number = 0
    for scene in np.unique(ground.scene[first]):
        mine, theirs = first[ground.scene[first] == scene], second[ground.scene[second] == scene]
        number += int(ground.shared(mine, theirs).any(axis=1).sum())
    return number


def _scenes_apart(data: LandCoverSet, rows: Rows, share: float, seed: int) -> tuple[Rows, Rows]:
    """``rows`` without those of some scenes, and those: a share of the scenes, drawn at random."""
    if not 0 <= share < 1:
        raise ValueError(f"a share of the scenes must lie in 0..1, below 1, got {share}.")
    scenes = _scenes(data, rows)
    number = max(1, round(share * len(scenes))) if share else 0
    if number >= len(scenes):
        raise ValueError(
            f"{number} of {len(scenes)} scenes to hold out leave none to train on: more scenes are "
            "needed, or a smaller share."
        )
    drawn = set(np.random.default_rng(seed).permutation(scenes)[:number].tolist())
    apart = np.array([data.scenes[i] in drawn for i in rows], dtype=np.bool_)
    return rows[~apart], rows[apart]


def _scenes(data: LandCoverSet, rows: Rows) -> Sequence[str]:
    return list(dict.fromkeys(data.scenes[i] for i in rows))
