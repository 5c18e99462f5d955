"""What every score on embeddings asks of them, and its value between real and real.

Most scores of this family are biased at small N: between two samples of one distribution they are
far from their "perfect" value. So none is shown without what it gives between two sets of real
patches of the same size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crosslook.scores.matching import Floats

Features = npt.NDArray[np.floating]  # (N, D) one embedding per patch
Score = Callable[[Features, Features], float]  # of real and fake embeddings


@dataclass(frozen=True)
class Drawn:
    """A score between random subsets of equal size."""

    value: float  # mean over the draws
    deviation: float  # standard deviation over the draws; 0 for one draw
    n: int  # patches on each side
    draws: int
    how: str  # it came about, in words


def real_against_real(
    real: Features, score: Score, n: int | None = None, draws: int = 5, seed: int = 0
) -> Drawn:
    """A score between two disjoint sets of n real patches, over several draws.

    Patches are drawn one by one, so both sets show the same scenes: real and fake patches from
    different scenes differ by more than this even when the fakes are perfect.

    Args:
        real: (N, D) all real embeddings.
        score: called with two (n, D) subsets.
        n: patches on each side; None is the half of N. It stands beside a score of fakes of the
            same n only. Where N < 2 n, score the fakes at N // 2 too (``at_size``).
        draws: subsets are drawn so many times.
        seed: of the draws.

    Raises:
        ValueError: if there are fewer than 2 n real patches.
    """
    n = len(real) // 2 if n is None else n
    if n < 2 or draws < 1:
        raise ValueError(f"need n >= 2 on each side and draws >= 1, got {n} and {draws}.")
    if 2 * n > len(real):
        raise ValueError(
            f"two disjoint sets of {n} need {2 * n} real patches, got {len(real)}: embed more, or "
            f"compare at n={len(real) // 2}, the fakes with at_size."
        )
    values = []
    for draw in range(draws):
        order = np.random.default_rng([seed, draw]).permutation(len(real))
        values.append(score(real[order[:n]], real[order[n : 2 * n]]))
    sides = f"two disjoint sets of {n} real patches"
    return _summary(values, n, f"{sides}, patches drawn one by one, mean over", seed)


def at_size(
    real: Features, fake: Features, score: Score, n: int, draws: int = 5, seed: int = 0
) -> Drawn:
    """A score between n real and n fake patches, to stand beside ``real_against_real`` at that n.

    Args:
        real: (N, D); its subsets are those of ``real_against_real`` with the same seed.
        fake: (M, D).
        score: called with two (n, D) subsets.
        n: patches on each side.
        draws: subsets are drawn so many times.
        seed: of the draws.

    Raises:
        ValueError: if a side has fewer than n patches.
    """
    if n < 2 or draws < 1 or n > min(len(real), len(fake)):
        raise ValueError(
            f"need 2 <= n <= {min(len(real), len(fake))} (the smaller side) and draws >= 1, got "
            f"n={n}, draws={draws}."
        )
    values = []
    for draw in range(draws):
        rng = np.random.default_rng([seed, draw])
        some = rng.permutation(len(real))[:n]
        values.append(score(real[some], fake[rng.permutation(len(fake))[:n]]))
    return _summary(values, n, f"{n} real and {n} fake patches, drawn one by one, mean over", seed)


def checked(a: Features, b: Features, rows: int = 1) -> tuple[Floats, Floats]:
    """Both sets in float64, fit to be compared.

    Args:
        a: (N, D).
        b: (M, D).
        rows: least N and M.

    Raises:
        ValueError: if they are not two matrices of one width, are too short, or are not finite.
    """
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or not a.shape[1]:
        raise ValueError(
            f"expected embeddings (N, D) and (M, D) from one network, got {a.shape} and {b.shape}."
        )
    if min(len(a), len(b)) < rows:
        raise ValueError(f"need at least {rows} embeddings a side, got {len(a)} and {len(b)}.")
    for name, one in (("first", a), ("second", b)):
        if bad := int((~np.isfinite(one)).any(axis=1).sum()):
            raise ValueError(
                f"{bad} of {len(one)} embeddings of the {name} set are not finite: look for nodata "
                "in their patches, or for a diverged generator."
            )
    return np.asarray(a, np.float64), np.asarray(b, np.float64)


def _summary(values: list[float], n: int, how: str, seed: int) -> Drawn:
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    how = f"{how} {len(values)} draws (seed {seed})"
    return Drawn(float(np.mean(values)), deviation, n, len(values), how)
