"""Sums over groups, and what they would be with other groups: intervals of means and ratios.

A statistic that is a mean, or is made of sums over patches, needs no patch in a bootstrap, only the
sums over each scene: a replicate weighs them by how often it draws the scene.
"""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.scores.bootstrap import draw
from crosslook.scores.matching import Floats, Integers


def group_sums(values: npt.NDArray[Any], groups: Sequence[Hashable]) -> npt.NDArray[Any]:
    """Sum the rows of each group.

    Args:
        values: (N, ...) one row per patch.
        groups: (N) what each belongs to, e.g. its scene.

    Returns:
        (G, ...) in the order in which the groups first appear; of booleans, how many are true.

    Raises:
        ValueError: if there is no row, or not one group for each.
    """
    if len(values) != len(groups) or not len(groups):
        raise ValueError(f"need one group for each row, got {len(groups)} for {len(values)}.")
    number = {group: i for i, group in enumerate(dict.fromkeys(groups))}
    wide = values.astype(np.float64 if values.dtype.kind == "f" else np.int64)
    sums = np.zeros((len(number), *values.shape[1:]), wide.dtype)
    np.add.at(sums, [number[group] for group in groups], wide)
    return sums


def group_draws(groups: Sequence[Hashable], replicates: int, seed: int) -> Integers:
    """How often each replicate draws each group, in the order of ``group_sums``.

    Equal groups, replicates and seed give equal draws, which is what pairs two models.

    Returns:
        (R, G) numbers >= 0; each row sums to G.
    """
    return draw(range(len(set(groups))), replicates, seed)


def mean_replicates(values: Floats, groups: Sequence[Hashable], drawn: Integers) -> Floats:
    """The mean over patches in each replicate, whose groups may differ in size.

        mean_r = sum_g m_rg sum_(i in g) x_i / sum_g m_rg n_g

    Args:
        values: (N,).
        groups: (N).
        drawn: (R, G) from ``group_draws``.

    Returns:
        (R,).
    """
    sizes = group_sums(np.ones(len(values), np.int64), groups)
    means: Floats = (drawn @ group_sums(values, groups)) / (drawn @ sizes)
    return means
