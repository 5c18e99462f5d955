"""Windows of a raster at the speed of the disk: every block is decoded once.

A GeoTIFF is stored in blocks, tiles or strips, and a window of 600 px touches 4.7 tiles of 512 px
on average, so reading window by window from a newly opened file decodes everything 3.4 times. Here
the rows of blocks that the next window needs are held in a ring of buffers: in row order each
block is decoded once, and those that no window touches are not decoded at all. Contiguous rows of
windows are shared out over threads, each with a dataset handle and a ring of its own.

What is held does not depend on GDAL's block cache, which would grow to the size of the image.
Meanwhile that is kept small.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from threading import Event
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

CHUNK_PX = 256  # of smaller blocks, as many are read at a time as make this side
CACHE_BYTES = 32 * 2**20  # of GDAL's own cache, in which nothing needs to stay


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
        work: gets a window and the stored numbers of that part, (C, h, w), which are its own. It
            runs in the thread that read them; what it returns is kept until its turn comes.
        workers: threads, each with contiguous rows of windows. 1: all happens in this one, as the
            results are asked for.

    Raises:
        ValueError: if the windows are not sorted by row, or one lies outside the raster.
        and whatever opening and ``work`` raise; other threads then end after their window.
    """
    parts = row_parts(windows, workers)
    stopped = Event()

    def run(part: Sequence[Window]) -> Iterator[T]:
        with open_raster() as dataset:
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
    """The rows of chunks that the current window touches; a chunk is a block, or some small ones.

    Buffers of rows that no window needs any more are used again.
    """

    def __init__(
        self, dataset: DatasetReader, bands: Sequence[int], windows: Sequence[Window]
    ) -> None:
        self.dataset = dataset
        self.numbers = [band + 1 for band in bands]
        self.high, self.wide = (-(-CHUNK_PX // side) * side for side in dataset.block_shapes[0])
        self.needed: dict[int, set[int]] = {}  # of each row of chunks, those that windows touch
        for column, row, width, height in windows:
            columns = _touched(column, width, self.wide)
            for k in _touched(row, height, self.high):
                self.needed.setdefault(k, set()).update(columns)
        self.left = min(window[0] for window in windows) // self.wide * self.wide
        right = max(window[0] + window[2] for window in windows)
        right = min(-(-right // self.wide) * self.wide, dataset.width)
        self.shape = (len(bands), self.high, right - self.left)
        self.dtype = _dtype(dataset)
        self.held: dict[int, Stored] = {}  # by number of the row
        self.spare: list[Stored] = []

    def read(self, window: Window) -> Stored:
        """The stored numbers of the next window."""
        column, row, width, height = window
        rows = _touched(row, height, self.high)
        for k in [k for k in self.held if k < rows.start]:
            self.spare.append(self.held.pop(k))
        found = np.empty((len(self.numbers), height, width), self.dtype)
        across = slice(column - self.left, column - self.left + width)
        for k in rows:
            if k not in self.held:
                self.held[k] = self._decode(k)
            first = k * self.high
            top, bottom = max(row, first), min(row + height, first + self.high)
            chunks = self.held[k][:, top - first : bottom - first, across]
            found[:, top - row : bottom - row] = chunks
        return found

    def _decode(self, k: int) -> Stored:
        """Row ``k`` of chunks; what lies in those that no window touches is left as it was."""
        made = self.spare.pop() if self.spare else np.empty(self.shape, self.dtype)
        top = k * self.high
        height = min(self.high, self.dataset.height - top)
        for x in sorted(self.needed[k]):
            left = x * self.wide
            width = min(self.wide, self.dataset.width - left)
            out = made[:, :height, left - self.left : left - self.left + width]
            area = RasterioWindow(left, top, width, height)
            self.dataset.read(self.numbers, window=area, out=out)
        return made


def _touched(start: int, length: int, step: int) -> range:
    """Numbers of the chunks that pixels start..start + length touch."""
    return range(start // step, (start + length - 1) // step + 1)


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
