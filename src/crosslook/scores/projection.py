"""Principal components of embeddings: of real ones, in which every checkpoint is drawn."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg

from crosslook.scores.features import Features, checked
from crosslook.scores.matching import Floats

COMPONENTS = 3


@dataclass(frozen=True)
class Projection:
    """A view fitted once, so that all checkpoints share axes and limits."""

    mean: Floats  # (D,)
    axes: Floats  # (3, D) of three components, unit vectors, the largest variance first
    explained: Floats  # (3,) share of the total variance of what it was fitted on, 0..1

    def __call__(self, features: Features) -> Floats:
        """(N, D) embeddings -> (N, 3) coordinates, in units of the embeddings."""
        values, _ = checked(features, self.axes)
        found: Floats = (values - self.mean) @ self.axes.T
        return found


def fit_projection(real: Features, components: int = COMPONENTS) -> Projection:
    """Principal components of real embeddings. Fit on real ones only, once per data set.

    The sign of a component is arbitrary; here its loading of largest size is positive.

    Args:
        real: (N, D), N > ``components``.
        components: how many.

    Raises:
        ValueError: if there are too few rows, or they span fewer directions than components.
    """
    values, _ = checked(real, real, rows=components + 1)
    mean = values.mean(axis=0)
    centred = values - mean
    wide = len(centred) < centred.shape[1]
    gram = centred @ centred.T if wide else centred.T @ centred
    size = len(gram)
    found: Any = linalg.eigh(gram, subset_by_index=[max(0, size - components), size - 1])
    powers, vectors = found[0][::-1], found[1][:, ::-1]
    total = float((centred**2).sum())
    spanned = int((powers > 1e-12 * total).sum())
    if spanned < components:
        raise ValueError(
            f"{len(real)} real embeddings span {spanned} directions, expected at least "
            f"{components}: are the patches copies of each other?"
        )
    axes = ((vectors.T @ centred) if wide else vectors.T).copy()
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    largest = np.abs(axes).argmax(axis=1)
    axes *= np.sign(axes[np.arange(components), largest])[:, None]
    return Projection(mean, axes, powers / total)
