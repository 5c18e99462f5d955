"""Signs of a generator that collapses or drifts: variety, saturation, histograms.

All three are of uint8 patches, 0 = no-data and 1..255 = data, in shares of the stretch: level 1 is
its lower end, 255 its upper one.
"""

import numpy as np
import numpy.typing as npt

Levels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
LOWEST, HIGHEST = 1, 255


def variance_across(images: Levels) -> float:
    """How much images differ from each other: the variance over images, at each pixel of each band,

        mean_{c, y, x} 1 / (N - 1) sum_n (x_n(c, y, x) - mean_n x_n(c, y, x))^2

    It is 0 when a generator answers every input with one image, whatever is on it.

    Args:
        images: (N, C, H, W); pixels where fewer than two images have data do not count.

    Returns:
        squared shares of the stretch; NaN if no pixel counts.

    Raises:
        ValueError: if there are not two images.
    """
    if images.ndim != 4 or len(images) < 2:
        raise ValueError(f"expected two or more images (N, C, H, W), got {images.shape}.")
    counts = (images > 0).sum(axis=0)
    levels = images.astype(np.int64)  # no-data adds nothing
    spread = counts * (levels**2).sum(axis=0) - levels.sum(axis=0) ** 2  # whole numbers: exact
    known = counts > 1
    if not known.any():
        return float("nan")
    variances = spread[known] / (counts[known] * (counts[known] - 1))
    return float(variances.mean()) / (HIGHEST - LOWEST) ** 2


def saturated_share(images: Levels) -> float:
    """The share of values that lie at an end of the stretch, over all bands.

    Args:
        images: (..., C, H, W).

    Returns:
        0..1; NaN if there is no data.
    """
    data = int((images >= LOWEST).sum())
    ends = int((images == LOWEST).sum() + (images == HIGHEST).sum())
    return ends / data if data else float("nan")


def histogram_distance(a: Levels, b: Levels) -> Floats:
    """How far the values of two sets of images lie apart, band by band.

    The 1-D Wasserstein distance of order 1 between all values of a band,

        W = sum_v |F_a(v) - F_b(v)| / 254

    with the cumulative shares F at the levels v = 1..255: the mean way that values have to go.

    Args:
        a: (N, C, H, W).
        b: (M, C, H', W').

    Returns:
        (C,) shares of the stretch, 0 for equal histograms, 1 for black against white; NaN for a
        band without data.

    Raises:
        ValueError: if the bands differ.
    """
    if a.ndim != 4 or b.ndim != 4 or a.shape[1] != b.shape[1]:
        raise ValueError(f"expected images (N, C, H, W) of equal bands, got {a.shape}, {b.shape}.")
    gaps = np.abs(_cumulative(a) - _cumulative(b))
    return np.asarray(gaps[:, LOWEST:HIGHEST].sum(axis=1) / (HIGHEST - LOWEST), np.float64)


def _cumulative(images: Levels) -> Floats:
    """(C, 256) shares of the data of each band at or below each level."""
    counts = np.stack(
        [np.bincount(images[:, band].ravel(), minlength=256) for band in range(images.shape[1])]
    ).astype(np.float64)
    counts[:, 0] = 0
    totals = counts.sum(axis=1, keepdims=True)
    shares: Floats = np.full(counts.shape, np.nan)
    np.divide(counts.cumsum(axis=1), totals, out=shares, where=totals > 0)
    return shares
