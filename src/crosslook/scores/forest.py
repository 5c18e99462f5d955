"""Log-loss of a random forest that tells real from fake embeddings."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from crosslook.scores.features import Features, checked
from crosslook.scores.forest_settings import CHANCE, PAPER, ForestSettings
from crosslook.scores.matching import Flags, Floats, Integers

__all__ = ["CHANCE", "PAPER", "ForestLogLoss", "ForestSettings", "forest_log_loss", "halves"]

_TINY = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class ForestLogLoss:
    """How well real and fake are told apart."""

    value: float  # mean over repeats; chance is ln 2, lower is easier to tell
    standard_error: float  # of that mean over the folds' draws; not over other patches
    repeats: int
    zero_hits: int  # answers of probability 0 for what was true, before any smoothing
    chance: float = CHANCE


def forest_log_loss(
    real: Features,
    fake: Features,
    groups_real: Sequence[Hashable] | None = None,
    groups_fake: Sequence[Hashable] | None = None,
    settings: ForestSettings | None = None,
    seed: int = 0,
) -> ForestLogLoss:
    """Mean log-loss over repeated 2-fold cross-validation of a random forest, real against fake.

    Source: Ren et al. 2020 (Deep Snow), arXiv:2005.08892, section 3: 2 folds, 100 repeats
    (``settings=PAPER``, with the votes as they are). Differs from it: folds hold whole groups. A
    fake, its source and their neighbours show one ground, and a forest that has seen it knows the
    ground, not the generator.

    By default repeats stop when the standard error of their mean is 0.005. That error is of the
    random folds and trees alone: other patches would move the value by more.

    k of T trees give p = k / T. One answer of 0 for the truth then costs 36 (minus the logarithm of
    float64's epsilon, at which scikit-learn clips), so the default is Laplace's rule,
    p = (k + 1) / (T + 2); ``zero_hits`` counts how often that mattered.

    Args:
        real: (N, D).
        fake: (N, D), as many.
        groups_real: N names, such as scenes; None lets every patch stand alone.
        groups_fake: N names. A name on both sides is one group.
        settings: None is the default that stops early.
        seed: of folds and trees.

    Returns:
        ln 2 = 0.693 where nothing tells the two apart. Above it the forest is wrong with
        confidence, which is no better generator.

    Raises:
        ValueError: if N differs, groups stand for one side only, a fold has no real or no fake
            patch, or ``checked`` refuses the sets.
    """
    settings = ForestSettings() if settings is None else settings
    x, y = checked(real, fake, rows=2)
    if len(x) != len(y):
        raise ValueError(
            f"chance is ln 2 for as many real as fake patches, got {len(x)} and {len(y)}: draw "
            "equal numbers."
        )
    if (groups_real is None) != (groups_fake is None):
        raise ValueError("groups must stand for both sides or for none.")
    rows = np.ascontiguousarray(np.concatenate([x, y]), np.float32)
    is_fake = np.repeat([False, True], len(x))
    if groups_real is None or groups_fake is None:
        groups: list[Hashable] = list(range(len(rows)))
    else:
        groups = [*groups_real, *groups_fake]
    if len(groups) != len(rows):
        raise ValueError(f"need one group per embedding: {len(rows)} rows, {len(groups)} groups.")

    losses: list[float] = []
    zero_hits = 0
    while len(losses) < settings.smallest or (
        len(losses) < settings.largest and _standard_error(losses) > settings.standard_error
    ):
        rng = np.random.default_rng([seed, len(losses)])
        votes = _votes(rows, is_fake, halves(groups, is_fake, rng), settings.trees, rng)
        zero_hits += int((votes == 0).sum())
        losses.append(_log_loss(votes, settings))
    return ForestLogLoss(float(np.mean(losses)), _standard_error(losses), len(losses), zero_hits)


def halves(groups: Sequence[Hashable], is_fake: Flags, rng: np.random.Generator) -> Flags:
    """Two folds of whole groups, as equal in real and in fake patches as random order allows.

    Groups come in random order, each to the fold where it evens the counts out more.

    Args:
        groups: N names.
        is_fake: (N,).
        rng: draws the order and the ties.

    Returns:
        (N,) whether a row belongs to the second fold.

    Raises:
        ValueError: if a fold is left without real or without fake patches.
    """
    number = {name: i for i, name in enumerate(dict.fromkeys(groups))}
    of_row = np.array([number[name] for name in groups])
    counts: Integers = np.zeros((len(number), 2), np.int64)
    np.add.at(counts, (of_row, is_fake.astype(np.int64)), 1)
    second = np.zeros(len(number), np.bool_)
    lead = np.zeros(2, np.int64)  # real and fake patches that the first fold is ahead
    for group in rng.permutation(len(number)):
        first, other = (int((np.abs(lead + way * counts[group])).sum()) for way in (1, -1))
        second[group] = rng.random() < 0.5 if first == other else other < first
        lead += -counts[group] if second[group] else counts[group]
    fold: Flags = second[of_row]
    for kind, chosen in (("real", ~is_fake), ("fake", is_fake)):
        if fold[chosen].all() or not fold[chosen].any():
            raise ValueError(
                f"a fold has no {kind} patch: {len(number)} groups cannot be halved. Take patches "
                "of more scenes."
            )
    return fold


def _votes(
    rows: Features, is_fake: Flags, fold: Flags, trees: int, rng: np.random.Generator
) -> Floats:
    """(N,) share of the trees, trained on the other fold, that vote for what a row is."""
    from sklearn.ensemble import RandomForestClassifier  # slow to import, and not always needed

    votes: Floats = np.empty(len(rows))
    for held_out in (fold, ~fold):
        forest = RandomForestClassifier(trees, random_state=int(rng.integers(2**31)), n_jobs=1)
        forest.fit(rows[~held_out], is_fake[~held_out])
        answers = forest.predict_proba(rows[held_out])
        votes[held_out] = answers[np.arange(len(answers)), is_fake[held_out].astype(np.int64)]
    return votes


def _log_loss(votes: Floats, settings: ForestSettings) -> float:
    """Mean -log p of the truth; ``votes`` are shares of the trees."""
    trees = settings.trees
    p = (trees * votes + 1) / (trees + 2) if settings.smoothed else votes.clip(_TINY, 1 - _TINY)
    return float(-np.log(p).mean())


def _standard_error(losses: list[float]) -> float:
    return float(np.std(losses, ddof=1) / np.sqrt(len(losses)))
