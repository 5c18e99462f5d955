"""Whether fakes and their sources are covered by the same, as a land-cover model sees them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crosslook.scores.bootstrap import interval
from crosslook.scores.grouped import group_draws, mean_replicates
from crosslook.scores.homogeneity import deranged
from crosslook.scores.matching import Floats

Shares = npt.NDArray[np.floating]  # (N, W, K) class shares of W windows of N patches
SHUFFLES = 20


@dataclass(frozen=True)
class Consistency:
    """Agreement of sources and fakes, and what it has to be read against."""

    value: float
    low: float | None  # 95 % interval over scenes; None of a single one
    high: float | None
    n: int  # patches that have a window on both sides
    windows: int  # that were compared
    scenes: int
    shuffled: float | None  # of sources and fakes of different places; None of a single patch
    shuffled_deviation: float | None  # over the shuffles


def semantic_consistency(
    source: Shares,
    fake: Shares,
    scenes: Sequence[Hashable],
    replicates: int = 1000,
    seed: int = 0,
) -> Consistency:
    """Mean histogram intersection of class shares of sources and of their fakes.

        s = mean_i mean_w sum_c min(p_source(c | i, w), p_fake(c | i, w))

    over the windows w of patch i, then over the patches. It is the homogeneity of Senchugova and
    Haensch, eq. (5), with a fake in the place of the second sensor's image. Two answers that never
    change reach 1, whatever is shown: read it against ``shuffled``.

    Args:
        source: (N, W, K), the K shares of a window sum to 1; NaN where it was left out.
        fake: the same shape, row by row made of these sources.
        scenes: (N) of the sources; intervals draw whole scenes.
        replicates: of the bootstrap; 0 gives no interval.
        seed: of draws and shuffles.

    Returns:
        0 (no class in common) to 1 (equal).

    Raises:
        ValueError: if the shapes differ, or no window is known on both sides.
    """
    if source.shape != fake.shape or source.ndim != 3 or len(scenes) != len(source):
        raise ValueError(
            f"sources {source.shape} and fakes {fake.shape} must have one shape (N, W, K), and "
            f"{len(scenes)} scenes be N."
        )
    each, windows = _intersections(source, fake)
    known = windows > 0
    if not known.any():
        raise ValueError("no window has enough pixels with data in both source and fake.")
    of_known = [scene for scene, one in zip(scenes, known, strict=True) if one]
    groups = len(set(of_known))
    low, high = None, None
    if groups > 1 and replicates:
        drawn = group_draws(of_known, replicates, seed)
        low, high = interval(mean_replicates(each[known], of_known, drawn), groups)
    by_chance = _shuffled(source[known], fake[known], seed)
    return Consistency(
        float(each[known].mean()),
        low,
        high,
        int(known.sum()),
        int(windows.sum()),
        groups,
        float(np.mean(by_chance)) if by_chance else None,
        float(np.std(by_chance)) if by_chance else None,
    )


def _intersections(source: Shares, fake: Shares) -> tuple[Floats, npt.NDArray[np.int64]]:
    """(N,) mean over the windows of each patch, NaN without one, and their number."""
    common = np.minimum(source.astype(np.float64), fake.astype(np.float64)).sum(axis=2)
    known = ~np.isnan(common)
    windows = known.sum(axis=1)
    means: Floats = np.full(len(common), np.nan)
    np.divide(np.where(known, common, 0).sum(axis=1), windows, out=means, where=windows > 0)
    return means, windows


def _shuffled(source: Shares, fake: Shares, seed: int) -> list[float]:
    """The mean of pairs of different patches, window by window, in so many random orders."""
    if len(source) < 2:
        return []
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(SHUFFLES):
        each, windows = _intersections(source, fake[deranged(rng, len(fake))])
        if (windows > 0).any():
            found.append(float(each[windows > 0].mean()))
    return found
