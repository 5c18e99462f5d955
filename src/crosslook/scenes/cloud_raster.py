"""The class raster that lies beside an optical scene, and the shares of clouds in its windows.

One band of uint8, the codes of ``clouds.C``, on the grid of the scene or a coarser one with the
same corner. The tag CROSSLOOK_TELLS names the kinds that it tells; of others nothing is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.errors import RasterioError
from rasterio.transform import Affine

from crosslook.errors import DiskError, InputError
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.clouds import KINDS, C, Classes
from crosslook.scenes.raster import BLOCK_PX, open_geotiff
from crosslook.scenes.windows import Window

TELLS = "CROSSLOOK_TELLS"
CODES = {"cloud": C.CLOUD, "shadow": C.SHADOW, "snow": C.SNOW, "bright": C.BRIGHT}

Shares = dict[str, float | None]  # by kind; None: not known


@dataclass(frozen=True)
class CloudMap:
    """The classes of a scene, in memory."""

    classes: Classes  # (h, w)
    tells: tuple[str, ...]
    pixels: tuple[float, float]  # scene pixels that one of ``classes`` covers: down, across

    def shares(self, window: Window) -> Shares:
        """The share of each kind in the data of a window of the scene; None where not known."""
        column, row, width, height = window
        rows = _covered(row, height, self.pixels[0], self.classes.shape[0])
        columns = _covered(column, width, self.pixels[1], self.classes.shape[1])
        counts = np.bincount(self.classes[rows][:, columns].ravel(), minlength=len(C))
        data = int(counts.sum() - counts[C.NO_DATA])
        return {
            kind: float(counts[CODES[kind]] / data) if data and kind in self.tells else None
            for kind in KINDS
        }


def write_classes(
    path: Path, classes: Classes, tells: Sequence[str], crs: str, transform: Affine
) -> None:
    """Write the class raster; ``path`` is a temporary neighbour.

    Raises:
        DiskError: if it cannot be written.
    """
    try:
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=classes.shape[1],
            height=classes.shape[0],
            count=1,
            dtype="uint8",
            crs=crs,
            transform=transform,
            nodata=int(C.NO_DATA),
            tiled=True,
            blockxsize=BLOCK_PX,
            blockysize=BLOCK_PX,
            compress="deflate",
        ) as file:
            file.write(classes, 1)
            file.descriptions = ("clouds and snow",)
            codes = {f"CLASS_{code.value}": code.name.lower() for code in C}
            file.update_tags(**{TELLS: ",".join(tells)}, **codes)
    except RasterioError as error:
        raise DiskError(f"{path.parent}: clouds could not be written ({error}).") from None


def read_cloud_map(scene: Scene) -> CloudMap | None:
    """The class raster of a scene; None if it has none.

    Raises:
        InputError: if it is damaged or does not cover the scene.
    """
    if scene.clouds is None:
        return None
    with open_geotiff(scene.clouds) as dataset:
        classes = dataset.read(1)
        tells = tuple(kind for kind in dataset.tags().get(TELLS, "").split(",") if kind)
        there, scale = dataset.transform, (dataset.transform.e, dataset.transform.a)
    down, across = scale[0] / scene.transform[4], scale[1] / scene.transform[0]
    corner = np.allclose((there.c, there.f), (scene.transform[2], scene.transform[5]))
    covers = classes.shape[0] * down >= scene.size[0] and classes.shape[1] * across >= scene.size[1]
    if not corner or not covers or set(tells) - set(KINDS) or classes.max(initial=0) > max(C):
        raise InputError(
            f"{scene.clouds} does not describe scene {scene.id!r}: it must hold codes 0..{max(C)}, "
            "start at the scene's corner and cover it. Ingest the scene again."
        )
    return CloudMap(classes, tells, (down, across))


def _covered(first: int, count: int, pixels: float, length: int) -> npt.NDArray[np.intp]:
    """Indices of the classes below scene pixels first..first + count, where there are any."""
    indices = np.floor((np.arange(first, first + count) + 0.5) / pixels).astype(np.intp)
    inside: npt.NDArray[np.intp] = indices[(indices >= 0) & (indices < length)]
    return inside
