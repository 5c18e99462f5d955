"""Changes that keep an object what it is, drawn anew for every patch of every step."""

from dataclasses import replace

import numpy as np

from crosslook.detectors.cropping import zoom
from crosslook.detectors.example import Boxes, Example, Pixels
from crosslook.detectors.settings import AugmentSettings


def augment(
    example: Example, rng: np.random.Generator, settings: AugmentSettings, ratio: int | None
) -> Example:
    """Flip and turn at random, scale and crop, then change gain and speckle.

    Args:
        example: left as it is.
        rng: where everything comes from.
        settings: range of scales, size of the crop, strength of gain and speckle.
        ratio: the band, from 0, that is the ratio of the others, which no common gain changes.
    """
    turned = turn(example, int(rng.integers(4)), bool(rng.integers(2)))
    cut = zoom(turned, rng, settings)
    return replace(cut, pixels=jitter(cut.pixels, rng, settings, ratio))


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
    return replace(example, pixels=np.ascontiguousarray(pixels), boxes=boxes, ignore=ignore)


def jitter(
    pixels: Pixels, rng: np.random.Generator, settings: AugmentSettings, ratio: int | None
) -> Pixels:
    """Gain and speckle on a composite that is linear in decibel.

    A factor g on backscatter adds 10 log10(g) dB, and so as many grey levels on bright pixels as on
    dark ones: 254 / span_db per dB. Speckle is a factor of its own per pixel and band, gamma
    distributed with mean 1 and variance 1/looks. No-data stays no-data, and data stays data.
    """
    grey_per_db = 254.0 / settings.span_db
    strength = rng.normal(0.0, 1.0) * settings.gain_db * grey_per_db
    gain = np.full((len(pixels), 1, 1), strength, np.float32)
    if ratio is not None:
        gain[ratio] = 0.0
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
