"""Plain simulated shapes: what a detector learns before it sees any sensor.

Straight-edged figures (combs, grids, angles, rings, crosses, rows of blocks) are to be found;
blobs, lines and patches of ground are not. Colours, contrasts, textures and noise are drawn at
random and belong to neither sensor, so a warm start teaches what an object and its box are, and
nothing about how a port looks.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from rasterio.features import rasterize
from scipy.ndimage import gaussian_filter, zoom
from shapely import affinity
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.ops import unary_union

Rng = np.random.Generator
Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

VISIBLE = 0.5  # least share of a figure's box inside the patch


def draw_shapes(
    rng: Rng, size_px: int, smallest_px: float, largest_px: float, bands: int = 3
) -> tuple[Pixels, Floats]:
    """One patch with zero to four figures.

    Args:
        rng: where everything comes from.
        size_px: side of the patch.
        smallest_px: the shorter side of a visible box, at least.
        largest_px: the longest side of the longest figure.
        bands: C of the patch.

    Returns:
        pixels (C, H, W) in 1..255, and boxes (N, 4) x1 y1 x2 y2 of the figures' visible parts.
    """
    figures, boxes = _figures(rng, size_px, smallest_px, largest_px)
    ground = [_blob(rng, size_px, 0.3, 1.0) for _ in range(rng.integers(0, 3))]
    clutter = [_clutter(rng, size_px) for _ in range(rng.integers(2, 8))]
    layers = ground + clutter + figures
    levels, roughness = _paint(rng, bands, len(layers), len(ground), len(figures))
    mask = rasterize(
        [(shape, n + 1) for n, shape in enumerate(layers)] or [(box(0, 0, 1, 1), 0)],
        out_shape=(size_px, size_px),
        dtype="uint8",
    )
    image = levels[mask].transpose(2, 0, 1) + _clouds(rng, bands, size_px)
    image = gaussian_filter(image, (0, *[rng.uniform(0.0, 1.0)] * 2))
    image = _noise(rng, image, roughness[mask])
    return np.clip(np.rint(image * 254 + 1), 1, 255).astype(np.uint8), boxes


def _figures(
    rng: Rng, size_px: int, smallest_px: float, largest_px: float
) -> tuple[list[BaseGeometry], Floats]:
    """Figures that barely overlap, and their boxes."""
    frame = box(0, 0, size_px, size_px)
    figures: list[BaseGeometry] = []
    boxes: list[tuple[float, float, float, float]] = []
    for _ in range(rng.integers(0, 5)):
        long = float(np.exp(rng.uniform(np.log(1.5 * smallest_px), np.log(largest_px))))
        unit = FIGURES[rng.integers(len(FIGURES))](rng, max(0.06, 2.0 / long))
        shape = affinity.scale(unit, long, long * rng.uniform(0.4, 1.0), origin=(0, 0))
        shape = affinity.rotate(shape, rng.uniform(0, 360), origin=(0, 0))
        shape = affinity.translate(shape, *rng.uniform(0, size_px, 2))
        seen = shape.intersection(frame)
        if seen.is_empty or box(*seen.bounds).area < VISIBLE * box(*shape.bounds).area:
            continue
        x1, y1, x2, y2 = seen.bounds
        if min(x2 - x1, y2 - y1) < smallest_px:
            continue
        if any(box(*other).intersects(box(x1, y1, x2, y2)) for other in boxes):
            continue
        figures.append(seen)
        boxes.append((x1, y1, x2, y2))
    return figures, np.array(boxes, np.float32).reshape(-1, 4)


def _comb(rng: Rng, thick: float) -> BaseGeometry:
    teeth = np.linspace(-0.45, 0.45, rng.integers(2, 7))
    lines = [LineString([(-0.5, 0), (0.5, 0)])]
    lines += [LineString([(x, 0), (x, rng.uniform(0.3, 0.5))]) for x in teeth]
    return _bars(lines, rng, thick)


def _grid(rng: Rng, thick: float) -> BaseGeometry:
    across, down = rng.integers(2, 5, 2)
    lines = [LineString([(x, -0.5), (x, 0.5)]) for x in np.linspace(-0.5, 0.5, across)]
    lines += [LineString([(-0.5, y), (0.5, y)]) for y in np.linspace(-0.5, 0.5, down)]
    return _bars(lines, rng, thick)


def _angle(rng: Rng, thick: float) -> BaseGeometry:
    arms = [(-0.5, rng.uniform(-0.5, 0.5)), (-0.5, -0.5), (0.5, -0.5)]
    if rng.random() < 0.5:
        arms.append((0.5, rng.uniform(-0.5, 0.5)))
    return _bars([LineString(arms)], rng, 1.5 * thick)


def _cross(rng: Rng, thick: float) -> BaseGeometry:
    at = rng.uniform(-0.4, 0.4)
    lines = [LineString([(at, -0.5), (at, 0.5)]), LineString([(-0.5, -at), (0.5, -at)])]
    return _bars(lines, rng, 1.5 * thick)


def _ring(rng: Rng, thick: float) -> BaseGeometry:
    outer = Point(0, 0).buffer(0.5) if rng.random() < 0.5 else box(-0.5, -0.5, 0.5, 0.5)
    ring = outer.difference(affinity.scale(outer, *[1 - 3 * min(thick, 0.15)] * 2))
    if rng.random() < 0.5:  # with an entrance
        ring = ring.difference(box(0.1, -0.1, 0.6, rng.uniform(0.1, 0.4)))
    return ring


def _blocks(rng: Rng, thick: float) -> BaseGeometry:
    across, down = rng.integers(2, 5), rng.integers(1, 4)
    side = max(0.6, 1 - thick * across)
    blocks = [
        box(i / across, j / down, (i + side) / across, (j + side) / down)
        for i in range(across)
        for j in range(down)
    ]
    return affinity.translate(MultiPolygon(blocks), -0.5, -0.5)


FIGURES: tuple[Callable[[Rng, float], BaseGeometry], ...] = (
    _comb,
    _grid,
    _angle,
    _cross,
    _ring,
    _blocks,
)


def _bars(lines: list[LineString], rng: Rng, thick: float) -> BaseGeometry:
    width = thick * rng.uniform(1.0, 2.0)
    return unary_union([line.buffer(width / 2, cap_style="flat") for line in lines])


def _clutter(rng: Rng, size_px: int) -> BaseGeometry:
    """A blob or a line: something that is no figure."""
    if rng.random() < 0.5:
        return _blob(rng, size_px, 0.02, 0.15)
    start = rng.uniform(0, size_px, 2)
    bends = np.cumsum(rng.normal(0, 0.25 * size_px, (rng.integers(1, 4), 2)), axis=0)
    return LineString([start, *(start + bends)]).buffer(rng.uniform(0.7, 2.5))


def _blob(rng: Rng, size_px: int, smallest: float, largest: float) -> BaseGeometry:
    """A round outline; its radius lies between shares of the patch's side."""
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = size_px * rng.uniform(smallest, largest) * np.ones(24)
    for wave in (2, 3, 5):
        radius *= 1 + rng.uniform(0, 0.5 / wave) * np.sin(wave * turn + rng.uniform(0, 6.28))
    x, y = rng.uniform(0, size_px, 2)
    return Polygon(np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1))


def _paint(rng: Rng, bands: int, layers: int, ground: int, figures: int) -> tuple[Floats, Floats]:
    """A colour (C,) and a roughness for the ground below (0) and for every layer.

    Figures stand out from the ground below in at least one band, to either side.
    """
    below = rng.uniform(0.1, 0.9) + rng.normal(0, 0.1, bands)
    levels = below + rng.normal(0, 0.15, (layers + 1, 1)) + rng.normal(0, 0.1, (layers + 1, bands))
    levels[1 + ground :] = below + rng.normal(0, 0.25, (layers - ground, 1))
    levels[1 + ground :] += rng.normal(0, 0.1, (layers - ground, bands))
    if figures:
        side = rng.choice([-1, 1], (figures, 1))
        share = rng.uniform(0.3, 1.0, (figures, bands))
        levels[-figures:] = below + side * share * rng.uniform(0.2, 0.6, (figures, 1))
    levels[0] = below
    return levels.astype(np.float32), rng.uniform(0.3, 2.0, layers + 1).astype(np.float32)


def _clouds(rng: Rng, bands: int, size_px: int) -> Floats:
    """Slow changes over the patch, partly common to the bands."""
    cells = int(rng.integers(2, 12))
    field = rng.normal(0, 1, (bands, cells, cells)) * 0.5 + rng.normal(0, 1, (1, cells, cells))
    wide = zoom(field, (1, size_px / cells, size_px / cells), order=1)
    fitted: Floats = (rng.uniform(0, 0.08) * wide).astype(np.float32)
    return fitted


def _noise(rng: Rng, image: Floats, roughness: Floats) -> Floats:
    """Added, multiplied or grainy noise, stronger on some layers than on others."""
    kind, strength = rng.integers(3), rng.uniform(0.01, 0.12)
    draws = rng.standard_normal(image.shape, np.float32)
    if kind == 1:
        draws *= 2 * image
    elif kind == 2:
        draws = gaussian_filter(draws, (0, 1, 1)) * 3.5
    noisy: Floats = image + np.float32(strength) * roughness * draws
    return noisy
