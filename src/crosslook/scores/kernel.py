"""KID: the kernel distance between two sets of embeddings, unbiased, with an interval by groups."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from crosslook.scores.bootstrap import draw, tail
from crosslook.scores.features import Features, checked
from crosslook.scores.matching import Floats, Integers


@dataclass(frozen=True)
class Kid:
    """KID and how far it would move with other scenes."""

    value: float
    low: float | None  # 95 % interval; None where a side has fewer than two groups
    high: float | None
    standard_error: float | None  # standard deviation over the replicates
    groups: int  # of the side that has fewer


@dataclass(frozen=True)
class _Blocks:
    """Sums of the kernel over pairs of two groups, and how many pairs there are. (G, H) each."""

    sums: Floats
    pairs: Floats

    def mean(self, left: Integers, right: Integers, shared: bool) -> Floats:
        """(R,) mean over pairs with groups drawn so often; NaN without a pair.

        Args:
            left: (R, G) how often each row's group is drawn.
            right: (R, H) the same for the columns.
            shared: whether rows and columns are the same groups, drawn together. A group drawn
                twice then stands for two groups, and pairs between it and its copy are left out,
                as pairs of a patch with itself are.
        """
        totals = []
        for of_blocks in (self.sums, self.pairs):
            if shared:
                own = np.diag(of_blocks)
                apart = of_blocks - np.diag(own)
                totals.append(((left @ apart) * right).sum(axis=1) + left @ own)
            else:
                totals.append(((left @ of_blocks) * right).sum(axis=1))
        found: Floats = np.full(len(left), np.nan)
        np.divide(totals[0], totals[1], out=found, where=totals[1] > 0)
        return found


def kid(
    a: Features,
    b: Features,
    groups_a: Sequence[Hashable] | None = None,
    groups_b: Sequence[Hashable] | None = None,
    replicates: int = 1000,
    seed: int = 0,
) -> Kid:
    """Kernel Inception Distance: unbiased squared maximum mean discrepancy, cubic kernel.

        KID = mean_(i != j) k(x_i, x_j) + mean_(i != j) k(y_i, y_j) - 2 mean_ij k(x_i, y_j)
        k(x, y) = (x . y / D + 1)^3

    Source: Binkowski et al. 2018, arXiv:1801.01401, section 4 (estimator: Gretton et al. 2012, JMLR
    13, lemma 6). They average 100 subsets to save time; here every pair is used once, which is the
    same expectation with less noise.

    The interval is a bootstrap over groups: scenes are drawn with replacement, with all their
    patches, and percentiles are widened for few groups (``bootstrap.tail``). Groups that stand on
    both sides are drawn together. Pairs of a group with its own copy are left out, so that a
    replicate is not larger for drawing a scene twice.

    Args:
        a: (N, D).
        b: (M, D).
        groups_a: N names of what is drawn as one, such as scenes; None draws patches.
        groups_b: M names. A name on both sides is one group.
        replicates: of the bootstrap.
        seed: of its draws.

    Returns:
        0 on average for equal distributions, so below 0 about half of the time then.

    Raises:
        ValueError: if groups stand for one side only or are not one per embedding, a side has
            fewer than two rows, or ``checked`` refuses the sets.
    """
    x, y = checked(a, b, rows=2)
    if (groups_a is None) != (groups_b is None):
        raise ValueError("groups must stand for both sides or for none.")
    of_x: list[Hashable] = list(range(len(x))) if groups_a is None else list(groups_a)
    of_y: list[Hashable] = [("b", i) for i in range(len(y))] if groups_b is None else list(groups_b)
    if (len(of_x), len(of_y)) != (len(x), len(y)):
        raise ValueError(
            f"need one group per embedding: {len(x)} and {len(y)} embeddings, {len(of_x)} and "
            f"{len(of_y)} groups."
        )
    shared = bool(set(of_x) & set(of_y))
    names_x, names_y = list(dict.fromkeys(of_x)), list(dict.fromkeys(of_y))
    fewer = min(len(names_x), len(names_y))
    if shared:
        names_x = names_y = list(dict.fromkeys([*of_x, *of_y]))
    blocks = (
        _blocks(x, x, of_x, of_x, names_x, names_x, same=True),
        _blocks(y, y, of_y, of_y, names_y, names_y, same=True),
        _blocks(x, y, of_x, of_y, names_x, names_y, same=False),
    )

    def discrepancy(left: Integers, right: Integers) -> Floats:
        return (
            blocks[0].mean(left, left, True)
            + blocks[1].mean(right, right, True)
            - 2 * blocks[2].mean(left, right, shared)
        )

    once = (np.ones((1, len(names)), np.int64) for names in (names_x, names_y))
    value = float(discrepancy(*once)[0])
    if fewer < 2 or replicates < 1:
        return Kid(value, None, None, None, fewer)
    left = draw(names_x, replicates, seed)
    drawn = discrepancy(left, left if shared else draw(names_y, replicates, seed + 1))
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < 2:
        return Kid(value, None, None, None, fewer)
    low, high = np.quantile(drawn, [tail(fewer), 1 - tail(fewer)])
    return Kid(value, float(low), float(high), float(drawn.std(ddof=1)), fewer)


def _blocks(
    a: Floats,
    b: Floats,
    of_a: list[Hashable],
    of_b: list[Hashable],
    names_a: list[Hashable],
    names_b: list[Hashable],
    same: bool,
) -> _Blocks:
    """Kernel sums between groups; with ``same`` rows, pairs of a row with itself are left out."""
    gram = (a @ b.T / a.shape[1] + 1) ** 3
    if same:
        np.fill_diagonal(gram, 0)
    rows, columns = _members(of_a, names_a), _members(of_b, names_b)
    sizes = rows.sum(axis=1), columns.sum(axis=1)
    pairs = np.outer(*sizes)
    if same:
        pairs -= np.diag(sizes[0])
    return _Blocks((columns @ (rows @ gram).T).T, pairs)


def _members(of: list[Hashable], names: list[Hashable]) -> Any:
    """(G, N) sparse, 1 where a row belongs to a group."""
    number = {name: i for i, name in enumerate(names)}
    places = ([number[name] for name in of], np.arange(len(of)))
    return sparse.csr_array((np.ones(len(of)), places), shape=(len(names), len(of)))
