"""How fast windows are read for cutting, beside what one would write without a thought.

    python benchmarks/tiling.py

Two rasters are made: three bands of uint16 in deflated tiles, as of Sentinel-2, and one band of
uint16 in lines, not compressed, as a Sentinel-1 product has it. Ways to read a grid of windows:

    opening per patch   rasterio.open for each window
    row-major loop      one dataset, window by window in row order
    crosslook           what the stage tile reads with, on 1, 2, ... threads, checks of the file too
    decode limit        every block once, kept nowhere; "limit" is its share of the CPU time

Each run has a process of its own, because what one leaves in memory speeds up the next; the ways
take turns; a time is the median. All have to give the same pixels. Seconds and peak memory as in
clocks.py. The files lie in the disk cache: what is measured is the reading, not the disk. The aims
are asked by the clock, of the most threads; CPU time tells what is due to the reading alone.
"""

import argparse
import statistics
import tempfile
import warnings
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.windows import Window as RasterioWindow

from clocks import Record, empty, peak, start_peak, timed
from crosslook.scenes.block_rows import CACHE_BYTES, each_window
from crosslook.scenes.raster import open_geotiff
from crosslook.scenes.windows import Window, grid

OPENING, LOOP, OURS, LIMIT = "opening per patch", "row-major loop", "crosslook", "decode limit"
AIMS = {"tiled": {OPENING: 2.0, LOOP: 1.2}, "striped": {OPENING: 4.0}}
LINES = 256  # read at a time where blocks are lines
Take = Callable[[Window, npt.NDArray[Any]], int]
Way = Callable[[Path, Sequence[Window], Take], list[int]]
T = TypeVar("T")


@dataclass(frozen=True)
class Runs:
    """All runs of one way on one raster."""

    way: str
    cpu: float  # seconds
    wall: float
    peak: int  # bytes


def make_raster(path: Path, kind: str, size: int, block: int) -> None:
    """Write a raster of fractal ground: ``tiled`` with noise, or ``striped`` with speckle."""
    rng = np.random.default_rng(0)
    ground = _ground(rng, size)
    bands, common = 1, {"width": size, "height": size, "dtype": "uint16", "driver": "GTiff"}
    layout: dict[str, Any] = {"blockysize": 1}
    if kind == "tiled":
        bands = 3
        layout = {"tiled": True, "blockxsize": block, "blockysize": block, "interleave": "pixel"}
        layout |= {"compress": "deflate", "predictor": 2}
    with rasterio.open(path, "w", count=bands, **common, **layout) as file:
        for top in range(0, size, block):
            part = ground[top : top + block]
            made = [
                1200 + 300 * part + rng.normal(0, 25, part.shape)
                if kind == "tiled"
                else 300 * np.exp(part / 2) * rng.gamma(4.4, 1 / 4.4, part.shape)
                for _ in range(bands)
            ]
            pixels = np.clip(made, 1, 65_000).astype(np.uint16)
            file.write(pixels, window=RasterioWindow(0, top, size, len(part)))


def by_opening(path: Path, windows: Sequence[Window], take: Take) -> list[int]:
    """The file is opened for each window."""
    found = []
    for window in windows:
        with rasterio.open(path) as dataset:
            found.append(take(window, dataset.read(window=RasterioWindow(*window))))
    return found


def in_a_loop(path: Path, windows: Sequence[Window], take: Take) -> list[int]:
    """One dataset, window by window."""
    with rasterio.open(path) as dataset:
        return [take(w, dataset.read(window=RasterioWindow(*w))) for w in windows]


def by_crosslook(workers: int, path: Path, windows: Sequence[Window], take: Take) -> list[int]:
    """As the stage tile reads."""
    with rasterio.open(path) as dataset:
        bands = range(dataset.count)
    return list(each_window(partial(open_geotiff, path), bands, windows, take, workers))


def each_block_once(path: Path, windows: Sequence[Window], take: Take) -> list[int]:
    """Every block into the same memory; windows do not matter."""
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), rasterio.open(path) as dataset:
        high, wide = dataset.block_shapes[0]
        high = max(high, LINES) if wide == dataset.width else high
        held = np.empty((dataset.count, high, wide), dataset.dtypes[0])
        for top in range(0, dataset.height, high):
            for left in range(0, dataset.width, wide):
                height, width = min(high, dataset.height - top), min(wide, dataset.width - left)
                area = RasterioWindow(left, top, width, height)
                dataset.read(window=area, out=held[:, :height, :width])
    return []


def measure(
    path: Path, windows: Sequence[Window], workers: Sequence[int], repeats: int
) -> list[Runs]:
    """All ways, in turns.

    Raises:
        RuntimeError: if two ways give other pixels.
    """
    ways: dict[str, Way] = {OPENING: by_opening, LOOP: in_a_loop}
    ways |= {_crosslook(count): partial(by_crosslook, count) for count in workers}
    sums = {name: _alone(way, path, windows, checksum) for name, way in ways.items()}
    for name, found in sums.items():
        if found != sums[OPENING]:
            raise RuntimeError(f"{path.name}: {name!r} and {OPENING!r} read other pixels.")
    ways[LIMIT] = each_block_once
    records: dict[str, list[Record]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            records[name].append(_alone(_run, way, path, windows))
    return [
        Runs(
            name,
            cpu=statistics.median(one["cpu"][0] for one in found),
            wall=statistics.median(one["wall"][0] for one in found),
            peak=max(one["peak"] for one in found),
        )
        for name, found in records.items()
    ]


def checksum(window: Window, pixels: npt.NDArray[Any]) -> int:
    """Of the pixels of a window."""
    return zlib.crc32(pixels.tobytes())


def lines(kind: str, runs: Sequence[Runs], windows: Sequence[Window]) -> list[str]:
    """A table of all ways, the share of the decode limit, the ratios, and whether they are met."""
    by_way = {one.way: one for one in runs}
    pixels = sum(window[2] * window[3] for window in windows) / 1e6
    found = [
        f"{'':<22}{'CPU s':>8}{'Mpx/CPU-s':>11}{'s':>8}{'Mpx/s':>8}{'limit':>8}{'peak MiB':>10}"
    ]
    for one in runs:
        rates = ("", "") if one.way == LIMIT else (pixels / one.cpu, pixels / one.wall)
        told = [f"{rate:.0f}" if rate else "" for rate in rates]
        share = f"{by_way[LIMIT].cpu / one.cpu:.0%}"
        found.append(
            f"{one.way:<22}{one.cpu:>8.2f}{told[0]:>11}{one.wall:>8.2f}{told[1]:>8}{share:>8}"
            f"{one.peak / 2**20:>10.0f}"
        )
    ours = [one for one in runs if one.way.startswith(OURS)]
    for one in ours:
        for other in (OPENING, LOOP):
            clock, cpu = by_way[other].wall / one.wall, by_way[other].cpu / one.cpu
            words = f"{one.way}: {clock:.1f}x {other} by the clock, {cpu:.1f}x by CPU time"
            if one is ours[-1] and other in AIMS[kind]:
                least = AIMS[kind][other]
                words += f"; {'met' if clock >= least else 'MISSED'}: at least {least:g}x"
            found.append(words)
    return found


def main() -> None:
    """Print all times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=8000, help="pixels a side")
    parser.add_argument("--patch", type=int, default=600, help="pixels a side of a window")
    parser.add_argument("--block", type=int, default=512, help="pixels a side of a tile")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="for the rasters; default: a temporary one")
    given = parser.parse_args()
    windows = grid((given.size, given.size), given.patch, given.patch)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for kind in AIMS:
            path = Path(folder) / f"{kind}.tif"
            _alone(make_raster, path, kind, given.size, given.block)
            print(
                f"{kind}: {given.size} x {given.size} px, {path.stat().st_size / 2**20:.0f} MiB, "
                f"{len(windows)} windows of {given.patch} px"
            )
            runs = measure(path, windows, given.workers, given.repeats)
            print("\n".join(lines(kind, runs, windows)), end="\n\n", flush=True)
            path.unlink()


def _run(way: Way, path: Path, windows: Sequence[Window]) -> Record:
    rasterio.open(path).close()  # GDAL's start is not reading
    found, start = empty(), start_peak("cpu")
    timed(lambda: way(path, windows, lambda *_: 0), 1, "cpu", found)
    return found | {"peak": peak("cpu") - start}


def _alone(work: Callable[..., T], *given: Any) -> T:
    """What ``work`` returns in a new process that knows what this one has imported."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return pool.submit(_quietly, work, *given).result()


def _quietly(work: Callable[..., T], *given: Any) -> T:
    warnings.simplefilter("ignore", NotGeoreferencedWarning)
    return work(*given)


def _crosslook(workers: int) -> str:
    return f"{OURS}, {workers} thread{'s' if workers > 1 else ''}"


def _ground(rng: np.random.Generator, size: int) -> npt.NDArray[np.float32]:
    """Noise of several wavelengths, mean 0 and deviation 1."""
    made = np.zeros((size, size), np.float32)
    for side in (8, 32, 128, 512):
        coarse = rng.normal(0, side / 512, (-(-size // side),) * 2).astype(np.float32)
        made += np.kron(coarse, np.ones((side, side), np.float32))[:size, :size]
    normal: npt.NDArray[np.float32] = (made - made.mean()) / max(float(made.std()), 1e-6)
    return normal


if __name__ == "__main__":
    main()
