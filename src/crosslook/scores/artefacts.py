"""What a generator adds to an image: L1 maps per band, spectra, and an index of grids in them."""

import numpy as np
import numpy.typing as npt

from crosslook.scores.matching import Floats

Images = npt.NDArray[np.floating]

_LEAST = 32  # px; below it the neighbourhoods of the frequencies overlap
_NEIGHBOURHOOD = 3  # bins to each side
_PEAK = 1  # bins to each side, which the window spreads a frequency over


def l1_map(source: Images, fake: Images) -> Floats:
    """Mean absolute difference of sources and fakes at each pixel of each band.

        map(c, y, x) = mean_n |fake_n(c, y, x) - source_n(c, y, x)|

    Source: Ren et al. 2020 (Deep Snow), arXiv:2005.08892, figures 2 and 4, which show one image; a
    pattern that is fixed to the patch grid stands out more in the mean.

    Args:
        source: (N, C, H, W) in physical units (reflectance, dB); NaN where there is no data.
        fake: (N, C, H, W) in the same units.

    Returns:
        (C, H, W) in that unit, 0 where nothing was changed; NaN where no patch has data.

    Raises:
        ValueError: if the shapes differ or there is no image.
    """
    if source.shape != fake.shape or source.ndim != 4 or not len(source):
        raise ValueError(
            f"expected sources and fakes of one shape (N, C, H, W), got {source.shape} and "
            f"{fake.shape}: translate the same patches, and compare bands that both have."
        )
    total = np.zeros(source.shape[1:])
    number = np.zeros(source.shape[1:])
    for before, after in zip(source, fake, strict=True):
        change = np.abs(np.asarray(after, np.float64) - before)
        known = ~np.isnan(change)
        total[known] += change[known]
        number += known
    found: Floats = np.full(total.shape, np.nan)
    np.divide(total, number, out=found, where=number > 0)
    return found


def power_spectrum(images: Images) -> Floats:
    """Mean power spectrum of images or maps, zero frequency in the middle.

        P(v, u) = mean |FFT2( window (image - mean) )|^2

    The window (Hann, in both axes) keeps the jump between opposite edges from filling the axes,
    where grids are looked for. It spreads a single frequency over three bins.

    Args:
        images: (..., H, W), each at least 32 px; without NaN.

    Returns:
        (H, W), frequency 0 at (H // 2, W // 2), in squared units of the image.

    Raises:
        ValueError: if they are too small, none, or not finite.
    """
    if images.ndim < 2 or min(images.shape[-2:]) < _LEAST or not images.size:
        raise ValueError(f"expected (..., H, W) of at least {_LEAST} px, got {images.shape}.")
    if not np.isfinite(images).all():
        raise ValueError("images hold NaN or infinity: fill nodata, or leave those patches out.")
    height, width = images.shape[-2:]
    window = _hann(height)[:, None] * _hann(width)
    total = np.zeros((height, width))
    flat = images.reshape(-1, height, width)
    for image in flat:
        values = np.asarray(image, np.float64)
        total += np.abs(np.fft.fft2(window * (values - values.mean()))) ** 2
    found: Floats = np.fft.fftshift(total / len(flat))
    return found


def checkerboard_index(spectrum: Floats) -> float:
    """How far the spectrum stands out at the frequencies of grids with periods of 2 and 4 px.

        index = mean over frequencies of  mean power at it / mean power of its neighbourhood

    The frequencies are all pairs out of {0, N/4, N/2, 3N/4} of each axis but (0, 0): lines along
    either axis, and their crossings, among them the checkerboard proper at (N/2, N/2). "At it" is
    3 x 3 bins, since the window spreads a frequency over them; the neighbourhood is 7 x 7 without
    those. Strided and transposed convolutions leave such grids (Odena et al. 2016, Deconvolution
    and Checkerboard Artifacts, Distill). Ratios are taken before the mean: power falls with
    frequency in any image, and N/4 would hide N/2.

    Args:
        spectrum: (H, W) from ``power_spectrum``; H and W divisible by 4.

    Returns:
        About 1 without a grid, and for a constant image. More for images whose ground runs along
        rows and columns, so show the index of real images beside it.

    Raises:
        ValueError: if a side is below 32 px or not divisible by 4.
    """
    if spectrum.ndim != 2 or min(spectrum.shape) < _LEAST or any(n % 4 for n in spectrum.shape):
        raise ValueError(
            f"expected a spectrum (H, W) with sides divisible by 4 and at least {_LEAST}, got "
            f"{spectrum.shape}: crop the images."
        )
    total = float(spectrum.mean())
    if total == 0:
        return 1.0
    height, width = spectrum.shape
    power = np.fft.ifftshift(spectrum)
    around = np.arange(-_NEIGHBOURHOOD, _NEIGHBOURHOOD + 1)
    peak = np.maximum(np.abs(around)[:, None], np.abs(around)) <= _PEAK
    ratios = []
    for place in range(1, 16):
        row, column = place // 4 * height // 4, place % 4 * width // 4
        square = power[np.ix_((row + around) % height, (column + around) % width)]
        ratios.append(square[peak].mean() / (square[~peak].mean() + 1e-12 * total))
    return float(np.mean(ratios))


def _hann(n: int) -> Floats:
    """(n,) periodic Hann window."""
    window: Floats = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    return window
