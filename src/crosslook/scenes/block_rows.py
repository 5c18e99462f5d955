"""Windows of a raster at the speed of the disk: every block is decoded once.

A GeoTIFF is stored in blocks, tiles or strips, and a window of 600 px touches 4.7 tiles of 512 px
on average, so reading window by window from a newly opened file decodes everything 3.4 times. Here
the rows of blocks that a window needs are held in a ring: in row order each block is decoded once,
and those that no window touches are not decoded at all. Threads get contiguous rows of windows,
each with a dataset handle and a ring of its own.

GDAL's block cache, which would grow to the size of the image, is kept small meanwhile.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Event, Lock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from rasterio.env import get_gdal_config, set_gdal_config
from rasterio.io import DatasetReader
from rasterio.windows import Window as RasterioWindow

from crosslook.scenes.windows import Window, part_inside, row_parts

Stored = npt.NDArray[Any]  # (C, h, w) numbers as they stand in the file
Open = Callable[[], AbstractContextManager[DatasetReader]]
T = TypeVar("T")

CHUNK_PX = 256  # of smaller blocks, as many are held together as make this side
RUN_PX = 1024  # of neighbours, as many are read at a time: each call of rasterio takes 0.1 ms
CACHE_BYTES = 8 * 2**20  # of GDAL's own cache, in which nothing needs to stay


def each_window(
    open_raster: Open,
    bands: Sequence[int],
    windows: Sequence[Window],
    work: Callable[[Window, Stored], T],
    workers: int = 1,
) -> Iterator[T]:
    """What ``work`` makes of each window, in the order of ``windows``.

    The result does not depend on the number of workers.

    Args:
        open_raster: opens the raster; called once in each thread.
        bands: counted from 0.
        windows: sorted by row; each must have a part inside the raster.
        work: gets a window and the stored numbers of that part, (C, h, w), which change when it
            has returned. It runs in the thread that read them; what it returns is kept until its
            turn comes.
        workers: threads, each with contiguous rows of windows. 1: all happens in this one, as the
            results are asked for.

    Raises:
        ValueError: if the windows are not sorted by row, or one lies outside the raster.
        and whatever opening and ``work`` raise; other threads then end after their window.
    """
    parts = row_parts(windows, workers)
    stopped, opening = Event(), Lock()

    def run(part: Sequence[Window]) -> Iterator[T]:
        with ExitStack() as stack:
            with opening:  # one at a time, because catching warnings is for one thread
                dataset = stack.enter_context(open_raster())
            for window, stored in read_windows(dataset, bands, part):
                if stopped.is_set():
                    return
                yield work(window, stored)

    with _small_cache():
        if len(parts) < 2:
            for part in parts:
                yield from run(part)
            return
        with ThreadPoolExecutor(len(parts)) as pool:
            done = [pool.submit(lambda part: list(run(part)), part) for part in parts]
            try:
                wait(done, return_when=FIRST_EXCEPTION)
            finally:
                stopped.set()
            for one in done:
                yield from one.result()


def read_windows(
    dataset: DatasetReader, bands: Sequence[int], windows: Sequence[Window]
) -> Iterator[tuple[Window, Stored]]:
    """Each window and the stored numbers (C, h, w) of its part inside the raster.

    The numbers change when the next are asked for.

    Args:
        dataset: opened in this thread.
        bands: counted from 0.
        windows: sorted by row; each must have a part inside the raster.

    Raises:
        ValueError: if they are not.
    """
    parts = _parts(windows, dataset.shape)
    if not parts:
        return
    ring = _Ring(dataset, bands, parts)
    for window, part in zip(windows, parts, strict=True):
        yield window, ring.read(part)


class _Ring:
    """A buffer of as many rows of chunks as a window touches at most; a chunk is a block, or some
    small ones. Row k lies in slot k modulo their number, so that it takes the place of one that no
    window needs any more.
    """

    def __init__(
        self, dataset: DatasetReader, bands: Sequence[int], windows: Sequence[Window]
    ) -> None:
        self.dataset = dataset
        self.numbers = [band + 1 for band in bands]
        self.high, self.wide = (-(-CHUNK_PX // side) * side for side in dataset.block_shapes[0])
        self.needed: dict[int, set[int]] = {}  # of each row of chunks, those that windows touch
        slots = 0
        for column, row, width, height in windows:
            rows = _touched(row, height, self.high)
            slots = max(slots, len(rows))
            for k in rows:
                self.needed.setdefault(k, set()).update(_touched(column, width, self.wide))
        self.left = min(window[0] for window in windows) // self.wide * self.wide
        right = max(window[0] + window[2] for window in windows)
        right = min(-(-right // self.wide) * self.wide, dataset.width)
        self.held = [-1] * slots  # by slot, the number of the row
        shape = (len(bands), slots * self.high, right - self.left)
        self.buffer: Stored = np.empty(shape, _dtype(dataset))

    def read(self, window: Window) -> Stored:
        """The stored numbers of the next window; they change when another one is read."""
        column, row, width, height = window
        rows, slots = _touched(row, height, self.high), len(self.held)
        for k in rows:
            if self.held[k % slots] != k:
                self._decode(k)
        seen = self.buffer[:, :, column - self.left : column - self.left + width]
        seen.flags.writeable = False
        top = row - (rows.start - rows.start % slots) * self.high
        bottom = top + height - seen.shape[1]
        if bottom <= 0:
            return seen[:, top : top + height]
        return np.concatenate([seen[:, top:], seen[:, :bottom]], axis=1)

    def _decode(self, k: int) -> None:
        """Put row ``k`` into its slot, but for the chunks that no window touches."""
        slot, top = k % len(self.held), k * self.high
        height = min(self.high, self.dataset.height - top)
        most = max(1, RUN_PX // self.wide)
        for first, count in _runs(self.needed[k], most):
            left = first * self.wide
            width = min(count * self.wide, self.dataset.width - left)
            at = left - self.left
            out = self.buffer[:, slot * self.high :, at : at + width][:, :height]
            area = RasterioWindow(left, top, width, height)
            self.dataset.read(self.numbers, window=area, out=out)
        self.held[slot] = k


def _touched(start: int, length: int, step: int) -> range:
    """Numbers of the chunks that pixels start..start + length touch."""
    return range(start // step, (start + length - 1) // step + 1)


def _runs(numbers: set[int], most: int) -> list[tuple[int, int]]:
    """Numbers that follow one another, as first and count; at most ``most`` in a run."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and number == sum(runs[-1]) and runs[-1][1] < most:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs


def _parts(windows: Sequence[Window], size: tuple[int, int]) -> list[Window]:
    """The parts of windows inside the raster, if all is as it must be."""
    parts: list[Window] = []
    for window in windows:
        part = part_inside(window, size)
        if part is None:
            raise ValueError(f"window {window} lies outside of {size[0]} x {size[1]} px.")
        if parts and part[1] < parts[-1][1]:
            raise ValueError(f"window {window} begins above the one before: sort them by row.")
        parts.append(part)
    return parts


def _dtype(dataset: DatasetReader) -> npt.DTypeLike:
    """Of the numbers that rasterio gives; numpy has no complex integers."""
    name = dataset.dtypes[0]
    return "complex64" if name == "complex_int16" else name


@contextmanager
def _small_cache() -> Iterator[None]:
    """Meanwhile GDAL's block cache is small, if it is not anyway."""
    before = int(get_gdal_config("GDAL_CACHEMAX"))
    set_gdal_config("GDAL_CACHEMAX", min(before, CACHE_BYTES))
    try:
        yield
    finally:
        set_gdal_config("GDAL_CACHEMAX", before)
