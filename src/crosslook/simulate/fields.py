"""Random fields and filters, all float32 and without a loop over pixels."""

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

FloatArray = npt.NDArray[np.float32]
ByteArray = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


def spectral_noise(
    rng: np.random.Generator, size: int, beta: float, outer_px: float, step: int = 1
) -> FloatArray:
    """A Gaussian field with power ~ (k^2 + 1/outer_px^2)^(-beta/2), mean 0, standard deviation 1.

    Args:
        rng: where the randomness comes from.
        size: height and width in pixels.
        beta: slope of the spectrum; 2 is rough, 4 is smooth.
        outer_px: no structure is larger than about this many pixels.
        step: make it on a grid this much coarser and interpolate, for smooth fields.

    Returns:
        (size, size).
    """
    coarse = -(-size // step) + 2
    n = int(fft.next_fast_len(int(coarse * 1.2) + 8, real=True))  # the edges must not repeat
    k = np.hypot.outer(fft.fftfreq(n), fft.rfftfreq(n)).astype(np.float32)
    amplitude = (k**2 + np.float32((step / outer_px) ** 2)) ** np.float32(-beta / 4)
    waves = rng.standard_normal((n, n // 2 + 1, 2), dtype=np.float32).view(np.complex64)[..., 0]
    field = fft.irfft2(waves * amplitude, s=(n, n))[:coarse, :coarse]
    field = (field - field.mean()) / field.std()
    return enlarge(field, size, step) if step > 1 else field[:size, :size].astype(np.float32)


def enlarge(field: FloatArray, size: int, step: int) -> FloatArray:
    """Interpolate ``field`` linearly onto a grid ``step`` times finer, cut to (size, size)."""
    at = (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(step)
    at = np.clip(at - np.float32(0.5), 0, len(field) - 1.001)
    low = at.astype(np.intp)
    part = at - low
    rows = field[low] + (field[low + 1] - field[low]) * part[:, None]
    left = rows[:, low]
    return np.asarray(left + (rows[:, low + 1] - left) * part, dtype=np.float32)


def smooth(field: FloatArray, side: float = 0.25) -> FloatArray:
    """Weigh three neighbours by (side, 1 - 2 side, side), down and across; edges are mirrored."""
    kernel = np.array([side, 1 - 2 * side, side], dtype=np.float32)
    down = ndimage.correlate1d(field, kernel, axis=0, mode="reflect")
    return np.asarray(ndimage.correlate1d(down, kernel, axis=1, mode="reflect"))


def distance(mask: Mask) -> FloatArray:
    """Distance in pixels from each true pixel to the nearest false one, good to a pixel or so."""
    size = len(mask)
    half = np.pad(mask, (0, size % 2), mode="edge")[::2, ::2]
    if half.all():
        return np.full(mask.shape, size, dtype=np.float32)
    return enlarge(ndimage.distance_transform_edt(half).astype(np.float32) * 2, size, 2)


def slopes(height_m: FloatArray, pixel_m: float, sigma_px: float) -> tuple[FloatArray, FloatArray]:
    """Rise over run to the east and to the south of a surface smoothed over ``sigma_px``."""
    size = len(height_m)
    half = ndimage.gaussian_filter(height_m[::2, ::2], sigma_px / 2, mode="nearest", truncate=3)
    south, east = np.gradient(half, 2 * pixel_m)
    return enlarge(east, size, 2), enlarge(south, size, 2)


def without_specks(mask: Mask, smallest_px: int) -> Mask:
    """``mask`` without connected pieces that have fewer pixels than ``smallest_px``."""
    pieces, _ = ndimage.label(mask)
    keep = np.bincount(pieces.ravel()) >= smallest_px
    keep[0] = False
    return np.asarray(keep[pieces])


def hash01(*keys: npt.NDArray[np.uint32], salt: int = 0) -> FloatArray:
    """A number in 0..1 for each tuple of keys, always the same for the same keys and salt."""
    mixed = np.full(keys[0].shape, salt, dtype=np.uint32)
    for key in keys:
        mixed = (mixed ^ key) * np.uint32(0x9E3779B1)
        mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    return (mixed >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)
