"""Folds of images, and which checkpoint is chosen in each of them.

Protocol "nested" has repeats of grouped folds; protocol "paper" is the one fold that learns from
the images it predicts.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crosslook.ensemble.labelled import FEWEST_SCENES, Labelled, Rows
from crosslook.ensemble.models import Groups, Model, Trained
from crosslook.errors import InputError
from crosslook.scores import bootstrap
from crosslook.scores.matching import Floats, Integers, Matches


@dataclass(frozen=True)
class Fold:
    """Image ids on which everything is chosen, and those that are then predicted."""

    learn: tuple[int, ...]
    hold: tuple[int, ...]


Repeats = list[list[Fold]]


@dataclass(frozen=True)
class Picks:
    """The checkpoint that every fold chose for one detector and translation."""

    group: Sequence[Trained]
    chosen: Integers  # (repeats, folds) positions in ``group``


def same_images(images: Labelled) -> Repeats:
    """One fold that learns from the images that it predicts."""
    every = tuple(images.image_ids)
    return [[Fold(every, every)]]


def grouped_folds(images: Labelled, folds: int, repeats: int, seed: int) -> tuple[Repeats, str]:
    """Repeated K-fold in which the images of a scene never part, and how it was done, in words.

    With fewer than 8 scenes every scene is a fold of its own, the same in all repeats. Where all
    images are of one scene, they are split one by one, which flatters: neighbours are alike.

    Args:
        images: all of them.
        folds: K; no more than there are scenes.
        repeats: of the whole partition, each with another random order.
        seed: of the orders.
    """
    scenes: Sequence[Hashable] = images.scenes
    number, how = len(set(scenes)), f"{folds} folds of scenes"
    if number == 1:
        scenes, number = range(len(scenes)), len(scenes)
        folds = min(folds, number)
        how = f"{folds} folds of images, all of one scene"
    elif number < FEWEST_SCENES:
        folds, how = number, "leave one scene out"
    folds = min(folds, number)
    names = list(dict.fromkeys(scenes))
    partition: Repeats = []
    for repeat in range(repeats):
        order = np.random.default_rng([seed, repeat]).permutation(len(names))
        parts = [{names[i] for i in part} for part in np.array_split(order, folds)]
        partition.append([_fold(images.image_ids, scenes, part) for part in parts])
    return partition, how


def pick(
    groups: Groups,
    matches: Mapping[int, Sequence[Matches]],
    images: Labelled,
    repeats: Repeats,
) -> dict[tuple[str, str], Picks]:
    """The checkpoint with the highest AP on the images a fold learns from; the earlier when equal.

    Args:
        groups: (detector, translation) -> its detectors, in the order of training.
        matches: ``id`` of a detector -> its matches on ``images``.
        images: those that the folds split.
        repeats: of folds.

    Raises:
        InputError: if a fold learns from images without an object.
    """
    position = {image: i for i, image in enumerate(images.image_ids)}
    flat = [fold for folds in repeats for fold in folds]
    learn = np.zeros((len(flat), len(position)), np.int64)
    for row, fold in enumerate(flat):
        learn[row, [position[image] for image in fold.learn]] = 1
    picks = {}
    for key, group in groups.items():
        ap = np.array([bootstrap.statistics(matches[id(one)], learn)["AP"] for one in group])
        if (ap < 0).any():
            raise InputError(
                "a fold of the nested protocol learns from images without a labelled object: "
                "label objects in more scenes, or leave 'nested' out of evaluate.protocols."
            )
        best = np.argmax(np.round(ap, 12), axis=0)  # the first of equal ones
        picks[key] = Picks(group, best.reshape(len(repeats), -1))
    return picks


def predicted(picks: Picks, repeats: Repeats, seen: Mapping[int, Rows]) -> Model:
    """The model that has, in each fold, the checkpoint chosen on the other ones.

    Args:
        picks: of one detector and translation.
        repeats: of folds.
        seen: ``id`` of a detector -> what it saw on all images.
    """
    known: dict[tuple[int, ...], Rows] = {}
    entries = []
    for folds, chosen in zip(repeats, picks.chosen.tolist(), strict=True):
        pairs = zip(folds, chosen, strict=True)
        by_image = {image: at for fold, at in pairs for image in fold.hold}
        key = tuple(by_image[image] for image in sorted(by_image))
        if key not in known:
            known[key] = [
                row
                for at in sorted(set(key))
                for row in seen[id(picks.group[at])]
                if by_image[row["image_id"]] == at
            ]
        entries.append(known[key])
    times = np.bincount(picks.chosen.ravel(), minlength=len(picks.group))
    usual = int(times.argmax())
    one = picks.group[usual]
    share = float(times[usual] / times.sum())
    about = (one.detector, one.engine, one.weights, one.translation, one.checkpoint)
    return Model(*about, tuple(entries), share)


def held(images: Labelled, folds: Sequence[Fold]) -> Integers:
    """(F, I) 1 where fold f predicts image i."""
    position = {image: i for i, image in enumerate(images.image_ids)}
    marks = np.zeros((len(folds), len(position)), np.int64)
    for row, fold in enumerate(folds):
        marks[row, [position[image] for image in fold.hold]] = 1
    return marks


def mean_of_folds(
    images: Labelled, repeats: Repeats, matches: Sequence[Sequence[Matches]]
) -> float | None:
    """The mean AP of held-out folds, over folds that have an object and repeats.

    A check on pooling: if it differs from the pooled AP by more than the interval is wide, scores
    of different folds may not stand on one scale.

    Args:
        images: all of them.
        repeats: of folds.
        matches: of each repeat, on all images.
    """
    found: list[Floats] = [
        bootstrap.statistics(list(one), held(images, folds))["AP"]
        for folds, one in zip(repeats, matches, strict=True)
    ]
    defined = np.concatenate(found)
    defined = defined[defined >= 0]
    return float(defined.mean()) if len(defined) else None


def _fold(image_ids: Sequence[int], scenes: Sequence[Hashable], part: set[Hashable]) -> Fold:
    inside = [scene in part for scene in scenes]
    return Fold(
        tuple(image for image, is_in in zip(image_ids, inside, strict=True) if not is_in),
        tuple(image for image, is_in in zip(image_ids, inside, strict=True) if is_in),
    )
