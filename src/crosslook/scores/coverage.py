"""Coverage: the share of real patches that have a fake in their neighbourhood."""

import numpy as np

from crosslook.scores.features import Features, checked
from crosslook.scores.matching import Floats


def coverage(real: Features, fake: Features, k: int = 5) -> float:
    """The share of real embeddings with a fake no farther than their k-th nearest real one.

        coverage = mean_i 1[ min_j |x_i - y_j| <= |x_i - x_(k of i)| ]

    Source: Naeem et al. 2020, arXiv:2002.09797, their coverage. A fake just at the radius counts. A
    generator that leaves out a part of the real patches leaves that part uncovered, which the
    scores of means and covariances may not see. Precision, recall and density are left out: at the
    few hundred patches of a held-out set they say little.

    Args:
        real: (N, D), N > k.
        fake: (M, D).
        k: neighbours. 5 is the paper's.

    Returns:
        0..1. Between samples of one distribution it is about ``expected_coverage``, below 1; show
        it, or ``features.real_against_real``, beside the score.

    Raises:
        ValueError: if there are no more than k real embeddings, or ``checked`` refuses them.
    """
    x, y = checked(real, fake)
    if not 1 <= k < len(x):
        raise ValueError(f"k={k} must lie between 1 and N - 1={len(x) - 1} real embeddings.")
    centre = x.mean(axis=0)
    x, y = x - centre, y - centre
    among = _squared_distances(x, x)
    np.fill_diagonal(among, np.inf)
    radius = np.partition(among, k - 1, axis=1)[:, k - 1]
    return float((_squared_distances(x, y).min(axis=1) <= radius).mean())


def expected_coverage(n: int, m: int, k: int = 5) -> float:
    """The coverage that perfect fakes have on average: n real, m fake, one distribution.

        1 - (n - 1) ... (n - k) / ((m + n - 1) ... (m + n - k))

    since a real patch is uncovered when the k nearest of all others are real. It does not depend
    on the distribution.

    Source: Naeem et al. 2020, arXiv:2002.09797, their expectation for equal distributions.
    """
    if not 1 <= k < n or m < 1:
        raise ValueError(f"need 1 <= k < n and m >= 1, got k={k}, n={n}, m={m}.")
    steps = np.arange(1, k + 1)
    return float(1 - np.prod((n - steps) / (m + n - steps)))


def _squared_distances(a: Floats, b: Floats) -> Floats:
    """(N, M) from centred (N, D) and (M, D), by one matrix product."""
    lengths = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)
    found: Floats = np.maximum(lengths - 2 * a @ b.T, 0)
    return found
