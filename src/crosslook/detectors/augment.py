"""Changes that keep an object what it is, drawn anew for every patch of every step."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crosslook.detectors.settings import AugmentSettings

Pixels = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """One patch to learn from."""

    pixels: Pixels  # (3, H, W), 0 = no-data, 1..255 = data
    boxes: Boxes  # (N, 4) x1 y1 x2 y2, pixels
    labels: npt.NDArray[np.int64]  # (N,) from 1
    ignore: Boxes  # (M, 4) regions that teach nothing


def augment(
    example: Example, rng: np.random.Generator, settings: AugmentSettings, has_ratio: bool
) -> Example:
    """Flip and turn at random, then change gain and speckle.

    Args:
        example: left as it is.
        rng: where everything comes from.
        settings: strength of gain and speckle.
        has_ratio: the third band is the ratio of the others, which no common gain changes.
    """
    turned = turn(example, int(rng.integers(4)), bool(rng.integers(2)))
    pixels = jitter(turned.pixels, rng, settings, has_ratio)
    return Example(pixels, turned.boxes, turned.labels, turned.ignore)


def turn(example: Example, quarters: int, flip: bool) -> Example:
    """Turn counter-clockwise by quarters, then mirror left and right if ``flip``."""
    pixels, boxes, ignore = example.pixels, example.boxes, example.ignore
    for _ in range(quarters):
        width = pixels.shape[2]
        pixels = np.rot90(pixels, axes=(1, 2))
        boxes, ignore = _quarter(boxes, width), _quarter(ignore, width)
    if flip:
        width = pixels.shape[2]
        pixels = pixels[:, :, ::-1]
        boxes, ignore = _mirror(boxes, width), _mirror(ignore, width)
    return Example(np.ascontiguousarray(pixels), boxes, example.labels, ignore)


def jitter(
    pixels: Pixels, rng: np.random.Generator, settings: AugmentSettings, has_ratio: bool
) -> Pixels:
    """Gain and speckle on a composite that is linear in decibel.

    A factor g on backscatter adds 10 log10(g) dB, and so as many grey levels on bright pixels as on
    dark ones: 254 / span_db per dB. Speckle is a factor of its own per pixel and band, gamma
    distributed with mean 1 and variance 1/looks. No-data stays no-data, and data stays data.
    """
    grey_per_db = 254.0 / settings.span_db
    gain = np.full((3, 1, 1), rng.normal(0.0, 1.0) * settings.gain_db * grey_per_db, np.float32)
    if has_ratio:
        gain[2] = 0.0
    change = gain
    if settings.looks > 0:
        speckle = rng.standard_gamma(settings.looks, pixels.shape, np.float32) / settings.looks
        change = gain + np.float32(10 * grey_per_db) * np.log10(speckle.clip(1e-3))
    changed = np.clip(np.rint(pixels + change), 1, 255).astype(np.uint8)
    return np.where(pixels == 0, np.uint8(0), changed)


def _quarter(boxes: Boxes, width: int) -> Boxes:
    x1, y1, x2, y2 = boxes.T
    return np.stack([y1, width - x2, y2, width - x1], axis=1)


def _mirror(boxes: Boxes, width: int) -> Boxes:
    x1, y1, x2, y2 = boxes.T
    return np.stack([width - x2, y1, width - x1, y2], axis=1)
