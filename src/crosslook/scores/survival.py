"""Label survival: whether the object under a box is still there, and in its place, in a fake.

A generator that removes or moves objects poisons the labels that its fakes inherit, and no score
of distributions sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import ndimage, signal

from crosslook.scores.matching import Flags, Floats

Band = npt.NDArray[np.floating]  # (H, W)
Fate = Literal["survived", "vanished", "moved", "unjudged"]

SHARE = 0.25  # of the median contrast, of the box's side for its ring and for a shift
LEAST_RING_PX = 4
_LEAST_PIXELS = 8  # of a ring, for its deviation to mean something
_FLOOR = 1e-6  # standard deviation of a ring, in units of the image
_MARGIN_PX = 2  # the source's edges are taken from the box and so much around it


@dataclass(frozen=True)
class Reference:
    """Contrast of labelled boxes in real images of the target domain."""

    median: float
    boxes: int
    share: float  # of these boxes that keep sign and a quarter of the median: the ceiling, 0..1


@dataclass(frozen=True)
class Verdict:
    """What became of one box."""

    box: tuple[float, float, float, float]  # x1 y1 x2 y2
    fate: Fate
    contrast: float | None  # None where no ring lies in the image
    shift_px: tuple[int, int] | None  # x, y; None where the source has no edges


@dataclass(frozen=True)
class Survival:
    """The fates of many boxes."""

    survived: int
    vanished: int
    moved: int
    unjudged: int  # no ring in the image: in no share

    @property
    def share(self) -> float | None:
        """Survivors among the boxes that could be judged, 0..1; None without any."""
        judged = self.survived + self.vanished + self.moved
        return self.survived / judged if judged else None


def brightest_band(images: npt.NDArray[np.floating]) -> int:
    """The band of (N, C, H, W) with the largest mean.

    Give real images, once, with bands of one unit only (a ratio in dB is brighter than either of
    its terms): the band is then the same for all checkpoints.
    """
    if images.ndim != 4 or not images.size:
        raise ValueError(f"expected images (N, C, H, W), got {images.shape}.")
    means = [
        float(np.nanmean(np.asarray(images[:, c], np.float64))) for c in range(images.shape[1])
    ]
    return int(np.argmax(means))


def contrasts(band: Band, boxes: Floats) -> Floats:
    """How far each box stands out of its surroundings.

        contrast = (mean inside - mean of the ring) / standard deviation of the ring

    The ring is a quarter of the box wide (of sqrt(w h)), at least 4 px. Other boxes are left out of
    it: a neighbour is no background.

    Args:
        band: (H, W); NaN where there is no data.
        boxes: (N, 4) x1 y1 x2 y2.

    Returns:
        (N,); NaN where the box has no pixel with data, or its ring fewer than 8.

    Raises:
        ValueError: if shapes are wrong or a box is empty.
    """
    if band.ndim != 2:
        raise ValueError(f"expected one band (H, W), got {band.shape}.")
    checked = _boxes(boxes)
    values = np.asarray(band, np.float64)
    occupied = np.zeros(band.shape, np.bool_)
    for box in checked:
        occupied[_pixels(box, band.shape)] = True
    found: Floats = np.full(len(checked), np.nan)
    for i, box in enumerate(checked):
        window = _pixels(_grown(box, max(LEAST_RING_PX, SHARE * _side(box))), band.shape)
        ring = _known(values[window], ~occupied[window])
        inside = values[_pixels(box, band.shape)]
        inside = _known(inside, np.ones(inside.shape, np.bool_))
        if len(ring) >= _LEAST_PIXELS and len(inside):
            found[i] = (inside.mean() - ring.mean()) / max(float(ring.std()), _FLOOR)
    return found


def reference(bands: Sequence[Band], boxes: Sequence[Floats]) -> Reference:
    """The contrast of real boxes, to which those of fakes are compared.

    Args:
        bands: (H, W) each, real images of the target domain, never of the test set.
        boxes: (N, 4) each, their labels.

    Raises:
        ValueError: if no box can be judged, or the median contrast is 0.
    """
    of_all = [contrasts(band, own) for band, own in zip(bands, boxes, strict=True)]
    found = np.concatenate([np.zeros(0), *of_all])
    found = found[~np.isnan(found)]
    median = float(np.median(found)) if len(found) else 0.0
    if median == 0:
        raise ValueError(
            f"{len(found)} real boxes have a median contrast of {median}: survival needs labelled "
            "real images in which objects stand out."
        )
    share = float((found * np.sign(median) >= SHARE * abs(median)).mean())
    return Reference(median, len(found), share)


def verdicts(source: Band, fake: Band, boxes: Floats, real: Reference) -> list[Verdict]:
    """What became of each labelled box between a source and its fake.

    A box survives when, in the fake, its contrast has the sign of the real boxes' median and at
    least a quarter of its size, and the peak of the normalised cross-correlation of its edges
    between source and fake moved by less than a quarter of the box (of sqrt(w h)). Where the peak
    is farther away the box moved; where its contrast fails, also at the peak, it vanished. (An
    object that moved by less than its own width lies in its old ring, so contrast alone would call
    it vanished.)

    Args:
        source: (H, W), for instance the mean of its bands.
        fake: (H, W), the brightest band (``brightest_band``).
        boxes: (N, 4) x1 y1 x2 y2, labels of the source.
        real: from ``reference``, in the unit and band of ``fake``.

    Returns:
        One per box, in order.

    Raises:
        ValueError: if the images differ in shape, or a box is empty.
    """
    if source.shape != fake.shape:
        raise ValueError(f"source {source.shape} and fake {fake.shape} must have one shape (H, W).")
    edges = _edges(source), _edges(fake)
    found = []
    for box, contrast in zip(_boxes(boxes), contrasts(fake, boxes), strict=True):
        shift = _shift(*edges, box)
        fate: Fate = "survived"
        if np.isnan(contrast):
            fate = "unjudged"
        else:
            far = shift is not None and np.hypot(*shift) >= SHARE * _side(box)
            if not _stands_out(contrast, real):
                there = contrasts(fake, box + np.tile(shift, 2)) if far and shift else np.zeros(1)
                fate = "moved" if _stands_out(float(there[0]), real) else "vanished"
            elif far:
                fate = "moved"
        x1, y1, x2, y2 = box.tolist()
        known = None if np.isnan(contrast) else float(contrast)
        found.append(Verdict((x1, y1, x2, y2), fate, known, shift))
    return found


def survival(found: Sequence[Verdict]) -> Survival:
    """The verdicts counted."""
    fates = [verdict.fate for verdict in found]
    return Survival(*(fates.count(fate) for fate in ("survived", "vanished", "moved", "unjudged")))


def _stands_out(contrast: float, real: Reference) -> bool:
    """Whether the sign is that of the median, and the size at least a quarter; not for NaN."""
    return bool(contrast * np.sign(real.median) >= SHARE * abs(real.median))


def _edges(band: Band) -> Floats:
    """(H, W) size of the gradient after a Gaussian of 1 px; nodata takes the mean."""
    values = np.asarray(band, np.float64)
    known = ~np.isnan(values)
    filled = np.where(known, values, values[known].mean() if known.any() else 0.0)
    edges: Floats = ndimage.gaussian_gradient_magnitude(filled, 1.0)
    return edges


def _shift(source: Floats, fake: Floats, box: Floats) -> tuple[int, int] | None:
    """Where the edges of a box went: x, y of the peak of the normalised cross-correlation.

    Looked for within half a box, at least 4 px, and no farther than the image reaches. None where
    the source has no edges there. Of equal peaks the one that moved least counts.
    """
    rows, columns = _pixels(_grown(box, _MARGIN_PX), source.shape)
    template = source[rows, columns]
    template = template - template.mean()
    power = float((template**2).sum())
    if power <= 1e-12 * max(float((source**2).sum()), 1e-300):
        return None
    reach = int(np.ceil(max(LEAST_RING_PX, _side(box) / 2)))
    top, left = max(0, rows.start - reach), max(0, columns.start - reach)
    area = fake[top : rows.stop + reach, left : columns.stop + reach]
    area = area - area.mean()
    ones = np.ones_like(template)
    product = signal.correlate(area, template, mode="valid", method="fft")
    spread = signal.correlate(area**2, ones, mode="valid", method="fft")
    spread -= signal.correlate(area, ones, mode="valid", method="fft") ** 2 / template.size
    least = 1e-9 * max(float((area**2).sum()), 1e-300)
    ncc = np.where(spread > least, product / np.sqrt(np.maximum(spread, least) * power), -1.0)
    y, x = np.indices(ncc.shape)
    y, x = y - (rows.start - top), x - (columns.start - left)
    best = np.flatnonzero(ncc >= ncc.max() - 1e-9)
    nearest = best[np.argmin(np.hypot(x, y).ravel()[best])]
    return int(x.ravel()[nearest]), int(y.ravel()[nearest])


def _boxes(boxes: Floats) -> Floats:
    checked = np.asarray(boxes, np.float64).reshape(-1, 4)
    if bad := int((~((checked[:, 2:] > checked[:, :2]).all(axis=1))).sum()):
        raise ValueError(f"{bad} of {len(checked)} boxes are empty: expected x1 < x2 and y1 < y2.")
    return checked


def _side(box: Floats) -> float:
    return float(np.sqrt((box[2] - box[0]) * (box[3] - box[1])))


def _grown(box: Floats, by: float) -> Floats:
    grown: Floats = box + by * np.array([-1, -1, 1, 1])
    return grown


def _pixels(box: Floats, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Pixels whose centres lie in the box, at least one a side, cut at the image."""
    start = np.ceil(box[:2] - 0.5).astype(int)
    stop = np.maximum(np.ceil(box[2:] - 0.5).astype(int), start + 1)
    x1, y1 = np.maximum(start, 0)
    x2, y2 = np.minimum(stop, shape[::-1])
    return slice(int(y1), max(int(y1), int(y2))), slice(int(x1), max(int(x1), int(x2)))


def _known(values: Floats, where: Flags) -> Floats:
    chosen = values[where]
    known: Floats = chosen[~np.isnan(chosen)]
    return known
