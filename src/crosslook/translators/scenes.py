"""Whole scenes, tile by tile, without seams.

A norm makes every fake pixel depend on its whole image, so tiles of one scene would differ in tone.
Here all tiles share the norms' statistics and the style. What is left at the border of a tile is
the padding of the convolutions; that is covered by the neighbour, into which it fades.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from crosslook.networks.statistics import SharedStatistics
from crosslook.scenes.windows import Window
from crosslook.translators.pixels import Pixels, to_network, to_pixels
from crosslook.translators.tiling import Span, Tiling, spans
from crosslook.translators.translating import padded, translate_pixels, translate_values
from crosslook.translators.translator import Translator

Read = Callable[[Window], Pixels]  # a window inside the scene -> (C, height, width), 0 = no-data
Mask = npt.NDArray[np.bool_]


def translate_scene(translator: Translator, pixels: Pixels, tiling: Tiling | None = None) -> Pixels:
    """A whole scene, (C, H, W) uint8 -> (C_target, H, W) uint8; see ``translate_rows``.

    ``pixels`` may be a memory map: it is read window by window.
    """

    def read(window: Window) -> Pixels:
        column, row, width, height = window
        return pixels[:, row : row + height, column : column + width]

    size = (pixels.shape[1], pixels.shape[2])
    return np.concatenate([*translate_rows(translator, size, read, tiling or Tiling())], axis=1)


def translate_rows(
    translator: Translator, size: tuple[int, int], read: Read, tiling: Tiling
) -> Iterator[Pixels]:
    """Translate a scene and give it out from top to bottom, some rows at a time.

    No more than one row of tiles is held in memory. A scene that fits into one tile is translated
    by ``translate_pixels``. Of a larger one, up to ``tiling.sample`` windows, spread evenly, go
    through the networks as one batch first; the statistics of all norms are taken on them together
    and used for every tile. Windows that are constant are left out, like the constant patches in
    training, unless there is nothing else. No-data pixels count in no statistics; to the
    convolutions they are black, as in a patch. Methods with styles give the whole scene the style
    of the first of those windows.

    Neighbouring tiles overlap. In the middle quarter of the overlap one fades into the other; what
    lies further out, where the padding of the convolutions is felt most, is cut off.

    Args:
        translator: as trained; left as it was.
        size: (height, width) of the scene.
        read: gives the pixels of a window inside the scene; no-data is 0 in any band.
        tiling: how to cut it.

    Yields:
        (C_target, h, width) uint8; the heights add up to ``size[0]``. No-data stays no-data: 0 in
        every band; every other pixel is 1..255.

    Raises:
        ValueError: if ``tiling`` does not suit the translator.
        FloatingPointError: if a fake value is not finite.
    """
    height, width = size
    overlap = tiling.overlap_for(translator.reach_px)
    if max(size) <= tiling.tile:
        yield translate_pixels(translator, read((0, 0, width, height)))
        return
    common = measure(translator, size, read, tiling)
    columns = spans(width, tiling.tile, overlap)
    rows = spans(height, tiling.tile, overlap)
    fading = torch.zeros(common.bands, 0, width)  # what upper tiles give to rows not yet done
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        values, data = _translate_band(translator, common, read, row, columns)
        values *= row.weights[:, None]
        values[:, : fading.shape[1]] += fading
        done = (row.stop if following is None else following.start) - row.start
        fake = to_pixels(values[:, :done])
        fake[:, ~data[:done]] = 0
        yield fake
        fading = values[:, done:]


@dataclass(frozen=True)
class Common:
    """What all tiles of a scene share."""

    statistics: SharedStatistics
    model: Tensor  # the image that gives the style
    bands: int  # of the fakes

    @contextmanager
    def used(self, translator: Translator) -> Iterator[None]:
        """Meanwhile ``translator`` translates tiles of this scene."""
        with self.statistics.kept(), translator.styled_like(self.model):
            yield


def measure(translator: Translator, size: tuple[int, int], read: Read, tiling: Tiling) -> Common:
    """Choose a sample of a scene and send it through the networks; see ``translate_rows``."""
    sample = np.stack([read(window) for window in _sample_windows(size, read, tiling)])
    device = next((p.device for p in translator.parameters()), torch.device("cpu"))
    data = torch.from_numpy(_data(sample)[:, None]).to(device, torch.float32)
    model = padded(to_network(sample[:1], device))
    statistics = SharedStatistics(translator)
    with statistics.measured(padded(data)), translator.styled_like(model):
        fakes = translate_values(translator, sample)
    return Common(statistics, model, fakes.shape[1])


def _sample_windows(size: tuple[int, int], read: Read, tiling: Tiling) -> list[Window]:
    """Windows of one size, spread evenly over those of the scene that show something."""
    side = tiling.tile // 2
    height, width = (min(side, length) for length in size)
    windows = [
        (min(column.start, size[1] - width), min(row.start, size[0] - height), width, height)
        for row in spans(size[0], side, 0)
        for column in spans(size[1], side, 0)
    ]
    worth = [_worth(read(window)) for window in windows]
    best = [window for window, own in zip(windows, worth, strict=True) if own == max(worth)]
    chosen = np.linspace(0, len(best) - 1, min(tiling.sample, len(best))).round().astype(int)
    return [best[i] for i in chosen]


def _translate_band(
    translator: Translator, common: Common, read: Read, row: Span, columns: Sequence[Span]
) -> tuple[Tensor, Mask]:
    """One row of tiles, joined.

    Returns:
        values (C_target, row.stop - row.start, width), and where the source has data.
    """
    shape = (row.stop - row.start, columns[-1].stop)
    values, data = torch.zeros(common.bands, *shape), np.zeros(shape, np.bool_)
    for column in columns:
        tile = read((column.start, row.start, column.stop - column.start, shape[0]))
        data[:, column.start : column.stop] = _data(tile)
        if _data(tile).any():
            with common.used(translator):
                fake = translate_values(translator, tile[None])[0]
            values[:, :, column.start : column.stop] += fake.float().cpu() * column.weights
    return values, data


def _data(pixels: Pixels) -> Mask:
    """Where pixels, (..., C, H, W), are data in every band: (..., H, W)."""
    return np.asarray((pixels > 0).all(axis=-3))


def _worth(pixels: Pixels) -> int:
    """0 for a window without data, 1 if its data are constant, 2 if there is something to see."""
    seen = pixels[:, _data(pixels)]
    if not seen.size:
        return 0
    return 2 if (seen != seen[:, :1]).any() else 1
