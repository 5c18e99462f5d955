"""Random scale and crop of an example, that never cuts an object silently."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from crosslook.detectors.example import Boxes, Example, Pixels
from crosslook.detectors.settings import AugmentSettings

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.floating]

WHOLE = 0.999  # share of a box from which on it is not cut, but for rounding

THIN = 1e-6  # px; stands for the side of a box that has none


def zoom(example: Example, rng: np.random.Generator, settings: AugmentSettings) -> Example:
    """A window of the example, at random place and scale, with one object at least if it has any.

    One object, drawn at random, lies in the window whole; where it would not fit, the scale is
    lowered until it does. Objects of which less than ``min_visible`` is left become ignored
    regions. A window that reaches beyond the patch shows no-data there.

    Args:
        example: left as it is; handed back if the settings ask for nothing.
        rng: where everything comes from; untouched if the settings ask for nothing.
        settings: range of scales, side of the window.
    """
    height, width = example.pixels.shape[1:]
    rows, columns = (min(settings.crop_px or side, side) for side in (height, width))
    if settings.scale == (1.0, 1.0) and (rows, columns) == (height, width):
        return example
    scale = float(np.exp(rng.uniform(*np.log(settings.scale))))
    if len(example.boxes):
        x1, y1, x2, y2 = map(float, example.boxes[rng.integers(len(example.boxes))])
        scale = min(scale, columns / max(x2 - x1, THIN), rows / max(y2 - y1, THIN))
    else:  # any point
        x1, y1 = rng.uniform(0, width), rng.uniform(0, height)
        x2, y2 = x1, y1
    left = _begin(rng, width, columns / scale, x1, x2)
    top = _begin(rng, height, rows / scale, y1, y2)
    if scale == 1:  # whole pixels need no resampling
        left, top = float(np.rint(left)), float(np.rint(top))
    pixels = resample(example.pixels, left, top, scale, (rows, columns))
    return _inside(replace(example, pixels=pixels), left, top, scale, settings.min_visible)


def resample(
    pixels: Pixels, left: float, top: float, scale: float, size: tuple[int, int]
) -> Pixels:
    """A window of a patch at another scale, bilinear; no-data is never mixed into signal.

    A pixel is the mean of the data among its four neighbours, by their weights; it is no-data where
    data has less than half of the weight.

    Args:
        pixels: (C, H, W), 0 = no-data.
        left: first column of the window, in pixels of the patch; may lie outside.
        top: first row.
        scale: pixels of the answer per pixel of the patch.
        size: rows and columns of the answer.
    """
    data = (pixels > 0).astype(np.float32)
    sums, weight = pixels.astype(np.float32), data
    for axis, start in ((1, top), (2, left)):
        places = start + (np.arange(size[axis - 1]) + 0.5) / scale - 0.5
        sums, weight = _linear(sums, places, axis), _linear(weight, places, axis)
    known = weight >= 0.5
    mean = np.rint(sums / np.where(known, weight, 1)).clip(1, 255)
    return np.where(known, mean, 0).astype(np.uint8)


def _begin(rng: np.random.Generator, length: int, window: float, low: float, high: float) -> float:
    """Where a window begins along one axis: in the patch, or around it, with low to high inside."""
    room = length - window
    first, last = max(high - window, min(0.0, room)), min(low, max(0.0, room))
    return float(rng.uniform(first, max(first, last)))


def _linear(values: Floats, places: Places, axis: int) -> Floats:
    """Values between neighbours along an axis; nothing (0) beyond its ends."""
    below = np.floor(places).astype(int)
    length = values.shape[axis]
    along = [-1 if n == axis else 1 for n in range(3)]

    def part(index: npt.NDArray[np.int_], share: Places) -> Floats:
        weight = np.where((index >= 0) & (index < length), share, 0).astype(np.float32)
        taken: Floats = values.take(index.clip(0, length - 1), axis) * weight.reshape(along)
        return taken

    return part(below, 1 - (places - below)) + part(below + 1, places - below)


def _inside(example: Example, left: float, top: float, scale: float, min_visible: float) -> Example:
    """Boxes and ignored regions as the window shows them."""
    size = example.pixels.shape[2], example.pixels.shape[1]
    origin = np.array([left, top, left, top], np.float32)

    def seen(boxes: Boxes) -> tuple[Boxes, Floats]:
        moved = (boxes - origin) * np.float32(scale)
        inside = moved.clip(0, np.array(size * 2, np.float32)).astype(np.float32)
        share = _area(inside) / _area(moved).clip(THIN)
        return inside, share.astype(np.float32)

    boxes, share = seen(example.boxes)
    visible = example.visible * share
    shown = (share > WHOLE) | (visible >= min_visible)
    regions, left_over = seen(example.ignore)
    return Example(
        example.pixels,
        boxes[shown],
        example.labels[shown],
        np.concatenate([regions[left_over > 0], boxes[~shown & (share > 0)]]),
        visible[shown],
    )


def _area(boxes: Boxes) -> Floats:
    area: Floats = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return area
