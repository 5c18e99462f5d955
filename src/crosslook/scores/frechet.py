"""Fréchet distance between two sets of embeddings, exactly and without a matrix square root.

FID and FRD differ only in who made the embeddings (Inception-v3, ResNet-50); both end here.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy import linalg

from crosslook.scores.features import Features, checked
from crosslook.scores.matching import Floats


@dataclass(frozen=True)
class Gaussian:
    """The Gaussian fitted to a set of embeddings: mean, and a root R of its covariance R'R."""

    mean: Floats  # (D,)
    root: Floats  # (K, D), K = min(N, D)

    @property
    def variance(self) -> float:
        """The trace of the covariance."""
        return float((self.root**2).sum())


def frechet_distance(a: Features, b: Features) -> float:
    """Squared Fréchet (2-Wasserstein) distance of the Gaussians fitted to two sets.

        d^2 = |m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2))

    Source: Heusel et al. 2017, arXiv:1706.08500, eq. (6). Ren et al. (Deep Snow, arXiv:2005.08892)
    print in eq. (4) the exponent behind the trace, tr(S_a + S_b - 2 (S_a S_b))^(1/2). That is a
    misprint: it adds a length to a squared length, is not 0 for equal sets, and can be the root of
    a negative number. The standard form is taken.

    With A and B the centred embeddings over sqrt(N - 1), S_a = A'A, and the last trace is the
    nuclear norm (sum of the singular values) of A B'. So no D x D matrix is made where N < D, and
    no root of a singular matrix is taken. Where N > D, A is replaced by the R of its QR.

    Args:
        a: (N, D).
        b: (M, D). N and M may differ.

    Returns:
        >= 0; 0 where means and covariances agree. Unit: that of the embeddings, squared, so
        values of different networks do not compare. Biased upwards at small N, and most of the
        value where N < D: compare equal N only, beside ``features.real_against_real``.

    Raises:
        ValueError: if D differs, a set has fewer than two rows, or a value is not finite.
    """
    checked(a, b, rows=2)
    return between(gaussian(a), gaussian(b))


def gaussian(features: Features) -> Gaussian:
    """The Gaussian fitted to (N, D) embeddings, covariance over N - 1.

    Keep that of the real side: it serves every checkpoint.

    Raises:
        ValueError: if there are fewer than two rows, or a value is not finite.
    """
    values, _ = checked(features, features, rows=2)
    mean = values.mean(axis=0)
    root = (values - mean) / np.sqrt(len(values) - 1)
    if len(root) > root.shape[1]:
        root = np.linalg.qr(root, mode="r")
    return Gaussian(mean, root)


def between(a: Gaussian, b: Gaussian) -> float:
    """Squared Fréchet distance of two Gaussians, see ``frechet_distance``."""
    if a.mean.shape != b.mean.shape:
        raise ValueError(
            f"expected Gaussians of one dimension, got D={len(a.mean)} and {len(b.mean)}."
        )
    gap = float(((a.mean - b.mean) ** 2).sum())
    return max(0.0, gap + a.variance + b.variance - 2 * _nuclear_norm(a.root @ b.root.T))


def _nuclear_norm(matrix: Floats) -> float:
    """Sum of the singular values."""
    return float(cast(Floats, linalg.svdvals(matrix, overwrite_a=True)).sum())
