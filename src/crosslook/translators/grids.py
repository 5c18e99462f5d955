"""A picture to look at: fixed patches, their fakes, the method's views, and real targets."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from crosslook.translators.pixels import Pixels
from crosslook.translators.translating import translate_pixels, view_pixels
from crosslook.translators.translator import Translator
from crosslook.writing import whole_file

GAP = 4  # pixels between pictures, white
LETTERS = 12  # of a label in one line
SMALLEST_TEXT, TEXT_SHARE = 11, 0.07  # height of a letter: pixels, and as a share of a row


def write_grid(path: Path, translator: Translator, source: Pixels, target: Pixels) -> None:
    """Write a PNG: one column per patch; its rows are named at the left.

    From the top: source, fake, what ``views`` of the method shows, real target (of another place).

    Args:
        path: the PNG.
        translator: as it is now.
        source: (N, 3, H, W).
        target: (N, 3, H, W).
    """
    from matplotlib.image import imsave

    fakes = np.stack([translate_pixels(translator, patch) for patch in source])
    shown = [view_pixels(translator, patch) for patch in source]
    views = {name: np.stack([views[name] for views in shown]) for name in shown[0]}
    picture = labelled({"source": source, "fake": fakes, **views, "real target": target})
    with whole_file(path) as temporary:
        pixels = np.ascontiguousarray(picture.transpose(1, 2, 0))
        imsave(temporary, pixels, metadata={"Software": "crosslook"})


def labelled(rows: Mapping[str, Pixels]) -> Pixels:
    """The ``grid`` of the rows, with a column at its left that names them, (3, H', W')."""
    canvas = grid(list(rows.values()))
    height = (canvas.shape[1] + GAP) // len(rows) - GAP
    text_px = max(SMALLEST_TEXT, round(TEXT_SHARE * height))
    return np.concatenate([_names(list(rows), canvas.shape[1], height, text_px), canvas], axis=2)


def grid(rows: Sequence[Pixels]) -> Pixels:
    """Rows of (N, 3, H, W) pictures in one (3, H', W') picture; missing ones stay white."""
    n, bands, height, width = (max(row.shape[axis] for row in rows) for axis in range(4))
    size = (bands, len(rows) * (height + GAP) - GAP, n * (width + GAP) - GAP)
    canvas = np.full(size, 255, np.uint8)
    for i, row in enumerate(rows):
        for j, picture in enumerate(row):
            top, left = i * (height + GAP), j * (width + GAP)
            canvas[:, top : top + picture.shape[1], left : left + picture.shape[2]] = picture
    return canvas


def sample(patches: Pixels, count: int = 6) -> Pixels:
    """Up to ``count`` patches, spread evenly over the set, so always the same ones."""
    chosen = np.linspace(0, len(patches) - 1, min(count, len(patches))).round().astype(int)
    picked: Pixels = patches[chosen]
    return picked


def _names(names: Sequence[str], height: int, row: int, text_px: int) -> Pixels:
    """A white column, (3, height, W), with a name at the middle of each row, as wide as needed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(20, height / 100), dpi=100, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    widths = []
    for i, name in enumerate(names):
        middle = 1 - (i * (row + GAP) + row / 2) / height
        words = "\n".join(textwrap.wrap(name, LETTERS))
        text = figure.text(2 * GAP / 2000, middle, words, va="center", fontsize=text_px * 0.72)
        widths.append(text.get_window_extent(renderer).x1)
    figure.draw(renderer)
    drawn: Pixels = np.asarray(renderer.buffer_rgba())[:, : round(max(widths)) + 2 * GAP, :3]
    return drawn.transpose(2, 0, 1)
