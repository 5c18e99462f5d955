"""Cosine Resnet Distance: how far apart two sets of embeddings point, as three named numbers."""

from dataclasses import dataclass

import numpy as np

from crosslook.scores.features import Features, checked
from crosslook.scores.matching import Floats


@dataclass(frozen=True)
class Cosine:
    """The three readings of CRD."""

    cos_mean: float  # -1..1, a similarity: what eq. (5) prints
    crd: float  # 1 - cos_mean, 0..2: what the paper's text and figure mean
    crd_excess: float  # >= 0: what is left of it once both sets' own spread is taken off


def cosine(a: Features, b: Features) -> Cosine:
    """Mean cosine over all pairs of two sets, the distance 1 - that, and its excess.

        cos_mean = mean_ij x_i . y_j / (|x_i| |y_j|) = u . v
        crd = 1 - u . v
        crd_excess = |u - v|^2 = u . u + v . v - 2 u . v

    with u and v the mean unit vectors of the sets.

    Source: Ren et al. 2020 (Deep Snow), arXiv:2005.08892, eq. (5). As printed, eq. (5) is a mean
    inner product of unit vectors, which rises as the sets come closer, where the text calls it a
    distance and figure 3(d) falls. So the printed number is named ``cos_mean``, and ``crd`` is
    1 - that. (The misprint of eq. 4 stands in ``scores.frechet``.)

    ``crd`` of perfect fakes is not 0: it is 1 - the mean cosine of real with real, far from 0 for
    any spread-out set. ``crd_excess`` is 0 for equal sets: it is the squared maximum mean
    discrepancy with the linear kernel on the sphere, biased upwards by about (1 - u . u) / N a
    side. All three see the mean direction only: a generator that collapses to the mean improves
    ``crd``.

    Args:
        a: (N, D).
        b: (M, D).

    Raises:
        ValueError: if D differs, a set is empty, a value is not finite, or an embedding is 0.
    """
    u, v = (_mean_direction(one) for one in checked(a, b))
    cos_mean = float(u @ v)
    return Cosine(cos_mean, 1 - cos_mean, float(((u - v) ** 2).sum()))


def _mean_direction(features: Floats) -> Floats:
    """(D,) mean of the unit vectors."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError(
            f"{int((lengths == 0).sum())} of {len(features)} embeddings are 0 and point nowhere: "
            "look at their patches and at the network's weights."
        )
    mean: Floats = (features / lengths).mean(axis=0)
    return mean
