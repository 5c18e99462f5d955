"""Reading scenes by window, and writing composites of them.

Only GeoTIFF is opened, and only what the catalogue says it is.
"""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.crs import CRS
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as RasterioWindow

from crosslook.errors import DiskError, InputError
from crosslook.scenes.block_rows import Stored, each_window
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.composites import Pixels, Settings, bands_read, composite
from crosslook.scenes.raster_limits import claim_problem
from crosslook.scenes.windows import Window, part_inside
from crosslook.writing import whole_file

BLOCK_PX = 256
# Files beside a raster (.ovr, .msk, .aux.xml) may be of any driver, and point anywhere.
T = TypeVar("T")
ALONE = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}


def open_quietly(path: str) -> DatasetReader:
    """Open a GeoTIFF, by a path that GDAL knows, without a warning if it has no place on a map.

    Raises:
        RasterioError: if it is none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return rasterio.open(path, driver="GTiff")


@contextmanager
def open_geotiff(path: Path) -> Iterator[DatasetReader]:
    """Open a GeoTIFF; no other driver is tried, and no file beside it is looked at.

    Raises:
        InputError: if it is missing, is no GeoTIFF, claims an absurd size, or breaks off, here or
            while it is read.
    """
    if not path.exists():
        raise InputError(f"{path} is missing.")
    try:
        with rasterio.Env(**ALONE):
            opened = open_quietly(str(path))
        with opened as dataset:
            if absurd := claim_problem(dataset, path.stat().st_size):
                raise InputError(f"{path} {absurd}. Write it anew, tiled, in parts if need be.")
            if cut := _breaks_off(dataset, path):
                raise InputError(cut)
            yield dataset
    except RasterioError as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise InputError(f"{path} is not a readable GeoTIFF ({reason}): fetch it again.") from None


@contextmanager
def open_scene(scene: Scene) -> Iterator[DatasetReader]:
    """Open the raster of a scene, which must be what the catalogue says.

    Raises:
        InputError: if it is damaged, or differs in band count, size, CRS or place.
    """
    with open_geotiff(scene.image) as dataset:
        if problems := differences(scene, dataset):
            raise InputError(problems[0])
        yield dataset


def differences(scene: Scene, dataset: DatasetReader) -> list[str]:
    """What the file of a scene has else than the catalogue says, in words."""
    bands = scene.radiometry.bands
    problems = []
    if dataset.count != len(bands):
        problems.append(
            f"{scene.id}: {dataset.count} bands in the file, but {len(bands)} are named "
            f"({', '.join(bands)})."
        )
    if dataset.crs is None:
        problems.append(f"{scene.id}: no CRS, so its labels and pixels cannot meet.")
    elif dataset.crs != CRS.from_user_input(scene.crs):
        problems.append(f"{scene.id}: CRS {dataset.crs.to_string()}, expected {scene.crs[:60]}.")
    if (dataset.height, dataset.width) != tuple(scene.size):
        problems.append(
            f"{scene.id}: {dataset.height} x {dataset.width} px, expected "
            f"{scene.size[0]} x {scene.size[1]}."
        )
    if not dataset.transform.almost_equals(scene.affine, precision=1e-6):
        problems.append(f"{scene.id}: its place differs from the catalogue; ingest it again.")
    return problems


def read_stored(dataset: DatasetReader, bands: Sequence[int], window: Window) -> Any:
    """Stored numbers (C, H, W) of a window inside the scene; ``bands`` count from 0."""
    column, row, width, height = window
    area = RasterioWindow(column, row, width, height)
    return dataset.read([band + 1 for band in bands], window=area)


def read_composite(
    dataset: DatasetReader, scene: Scene, settings: Settings, window: Window
) -> Pixels:
    """The composite (3, H, W) uint8 of a window; what lies outside the scene is no-data (0)."""
    part = part_inside(window, scene.size)
    if part is None:
        return np.zeros((3, *window[:1:-1]), np.uint8)
    bands = scene.radiometry.index(bands_read(scene.radiometry, settings))
    seen = composite(read_stored(dataset, bands, part), scene.radiometry, settings)
    return _placed(seen, window, part)


def each_composite(
    scene: Scene,
    settings: Settings,
    windows: Sequence[Window],
    work: Callable[[Window, Pixels], T],
    workers: int = 1,
) -> Iterator[T]:
    """What ``work`` makes of the composite of each window, in the order of ``windows``.

    As ``read_composite`` gives them one by one, but every block of the scene is decoded once.

    Args:
        scene: is opened once in each thread.
        settings: of the composite.
        windows: sorted by row; each must have a part inside the scene.
        work: gets a window and its pixels (3, H, W), in the thread that made them.
        workers: threads; see ``block_rows.each_window``.

    Raises:
        InputError: if the scene is damaged, or not what the catalogue says.
        ValueError: if the windows are not sorted, or one lies outside.
        and whatever ``work`` raises.
    """
    bands = scene.radiometry.index(bands_read(scene.radiometry, settings))

    def made(window: Window, stored: Stored) -> T:
        part = part_inside(window, scene.size)
        seen = composite(stored, scene.radiometry, settings)
        return work(window, seen if part is None else _placed(seen, window, part))

    return each_window(lambda: open_scene(scene), bands, windows, made, workers)


def write_composite(
    path: Path, scene: Scene, rows: Iterable[Pixels], contract: Mapping[str, Any], **tags: str
) -> None:
    """Write an 8-bit composite that lies where ``scene`` lies, whole or not at all.

    A tiled deflate GeoTIFF with no-data 0, band names, the contract and ``tags``.

    Args:
        path: the file; its folder is made.
        scene: gives CRS, transform, width and height.
        rows: (C, h, width) uint8 each, from top to bottom.
        contract: of every pixel.
        tags: further words about it.

    Raises:
        DiskError: if it cannot be written; what stood there before is still there.
        and whatever ``rows`` raises.
    """
    bands = list(contract["composite_bands"])
    options = {
        "driver": "GTiff",
        "width": scene.size[1],
        "height": scene.size[0],
        "count": len(bands),
        "dtype": "uint8",
        "crs": scene.crs,
        "transform": scene.affine,
        "nodata": 0,
        "tiled": True,
        "blockxsize": BLOCK_PX,
        "blockysize": BLOCK_PX,
        "compress": "deflate",
        "predictor": 2,
        "interleave": "pixel",
        "bigtiff": "if_safer",
    }
    about = {
        "CROSSLOOK_SCENE": scene.id,
        "CROSSLOOK_CONTRACT": json.dumps(contract, sort_keys=True),
    }
    with whole_file(path) as temporary:
        try:
            with rasterio.open(temporary, "w", **options) as file:
                file.descriptions = bands
                file.update_tags(**about, **tags)
                top = 0
                for pixels in rows:
                    file.write(pixels, window=RasterioWindow(0, top, *pixels.shape[:0:-1]))
                    top += pixels.shape[1]
        except RasterioError as error:
            raise DiskError(f"{path}: could not be written ({error}).") from None


def read_overview(dataset: DatasetReader, longest_px: int) -> npt.NDArray[Any]:
    """All bands (C, h, w), decimated so that the longer side has at most ``longest_px``.

    Nearest neighbour: values are stored numbers, never averages.
    """
    factor = max(1.0, max(dataset.height, dataset.width) / longest_px)
    shape = (
        dataset.count,
        max(1, round(dataset.height / factor)),
        max(1, round(dataset.width / factor)),
    )
    read: npt.NDArray[Any] = dataset.read(out_shape=shape)
    return read


def _placed(seen: Pixels, window: Window, part: Window) -> Pixels:
    """The pixels of ``part`` where they lie in ``window``; beside them is no-data."""
    if part == window:
        return seen
    made = np.zeros((len(seen), *window[:1:-1]), np.uint8)
    left, top = part[0] - window[0], part[1] - window[1]
    made[:, top : top + part[3], left : left + part[2]] = seen
    return made


def _breaks_off(dataset: DatasetReader, path: Path) -> str | None:
    """A sentence if a block of the file lies beyond its end; looks at offsets, reads no pixel."""
    size = path.stat().st_size
    height, width = dataset.block_shapes[0]
    shared = dataset.profile.get("interleave") == "pixel"  # one block holds all bands
    layers = dataset.indexes[:1] if shared else dataset.indexes
    for band in layers:
        for y in range(-(-dataset.height // height)):
            for x in range(-(-dataset.width // width)):
                start = dataset.get_tag_item(f"BLOCK_OFFSET_{x}_{y}", "TIFF", bidx=band)
                length = dataset.get_tag_item(f"BLOCK_SIZE_{x}_{y}", "TIFF", bidx=band)
                if start and length and int(start) + int(length) > size:
                    return (
                        f"{path} breaks off: a block ends at byte {int(start) + int(length)}, "
                        f"the file at {size}. Fetch it again."
                    )
    return None
