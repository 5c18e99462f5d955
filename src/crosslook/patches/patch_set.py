"""A patch set: a folder of uint8 GeoTIFF patches that share one radiometry contract.

    FOLDER/contract.json     the stretch, the bands and the ratio definition of every pixel in here
    FOLDER/patches.jsonl     one line per patch: file, scene, window, CRS, transform, fractions
    FOLDER/coco.json         boxes (COCO), only in labelled sets; image ids count from 1 in the
                             order of patches.jsonl
    FOLDER/images/*.tif      the contract's bands (three, if not by hand), 0 = no-data,
                             1..255 = data

Every patch repeats the contract in its tags, so that a patch found alone can still be read.
rasterio is imported where a file is opened: translators run without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from crosslook.errors import DiskError, InputError, RadiometryError
from crosslook.writing import whole_folder, write_json, write_text

if TYPE_CHECKING:
    from rasterio.transform import Affine

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Patch:
    """Where one patch came from and what it shows."""

    name: str  # file stem, unique in its set: SCENE_rROW_cCOL
    scene: str
    window: tuple[int, int, int, int]  # column, row, width, height in scene pixels
    crs: str
    transform: tuple[float, float, float, float, float, float]  # a b c d e f, patch pixel -> map
    valid: float = 1.0  # share of pixels that are data
    polarisations: int = 2  # 1: a single band stands three times
    notes: Mapping[str, Any] = field(default_factory=dict)  # cloud, snow, land-cover shares

    @property
    def affine(self) -> Affine:
        from rasterio.transform import Affine

        return Affine(*self.transform)


@dataclass(frozen=True)
class PatchSet:
    """A patch set on disk, opened. ``coco`` is None in unlabelled sets."""

    folder: Path
    contract: dict[str, Any]
    patches: tuple[Patch, ...]
    coco: dict[str, Any] | None

    def __len__(self) -> int:
        return len(self.patches)

    def pixels(self, i: int) -> Pixels:
        """Patch i as (C, H, W) uint8, C bands of the contract; 0 = no-data.

        Raises:
            InputError: if the file is missing or damaged.
        """
        path = self.folder / "images" / f"{self.patches[i].name}.tif"
        return read_pixels(path, len(self.contract.get("composite_bands", "RGB")))

    def labels(self) -> dict[str, Any]:
        """The COCO data set.

        Raises:
            InputError: if this set is not labelled.
        """
        if self.coco is None:
            raise InputError(f"{self.folder} has no coco.json: this set is not labelled.")
        return self.coco

    def boxes(self, i: int) -> list[dict[str, Any]]:
        """The COCO annotations of patch i."""
        return [a for a in self.labels()["annotations"] if a["image_id"] == i + 1]


def read_patch_set(folder: Path) -> PatchSet:
    """Open a patch set.

    Raises:
        InputError: if the folder is no patch set.
    """
    try:
        contract = json.loads((folder / "contract.json").read_text())
        lines = (folder / "patches.jsonl").read_text().splitlines()
        patches = tuple(_patch(json.loads(line)) for line in lines)
        coco = folder / "coco.json"
        boxes = json.loads(coco.read_text()) if coco.exists() else None
    except FileNotFoundError as error:
        raise InputError(f"{folder} is no patch set: {error.filename} is missing.") from None
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{folder} is no patch set: {error}.") from None
    return PatchSet(folder, contract, patches, boxes)


def write_patch_set(
    folder: Path,
    patches: Iterable[tuple[Patch, Pixels]],
    contract: Mapping[str, Any],
    coco: Mapping[str, Any] | None = None,
) -> PatchSet:
    """Write a patch set whole; an older one at ``folder`` is replaced only at the end."""

    def fill(images: Path) -> Iterator[Patch]:
        for patch, pixels in patches:
            write_pixels(images / f"{patch.name}.tif", pixels, patch, contract)
            yield patch

    return fill_patch_set(folder, fill, contract, coco)


def fill_patch_set(
    folder: Path,
    fill: Callable[[Path], Iterable[Patch]],
    contract: Mapping[str, Any],
    coco: Mapping[str, Any] | None = None,
) -> PatchSet:
    """As ``write_patch_set``, for who writes the pixels in several threads.

    Args:
        folder: of the patch set.
        fill: gets the folder of the images, writes them with ``write_pixels``, and gives the
            patches in their order.
        contract: of every pixel.
        coco: may be filled meanwhile; it is written last.
    """
    with whole_folder(folder) as temporary:
        (temporary / "images").mkdir()
        lines = [json.dumps(asdict(patch)) + "\n" for patch in fill(temporary / "images")]
        write_text(temporary / "patches.jsonl", "".join(lines))
        write_json(temporary / "contract.json", contract)
        if coco is not None:
            write_json(temporary / "coco.json", coco)
    return read_patch_set(folder)


def require_contract(
    found: Mapping[str, Any], expected: Mapping[str, Any], what: str, needed_by: str
) -> None:
    """Refuse pixels whose radiometry differs from what a model was made for.

    Raises:
        RadiometryError: naming the first key that differs, both values and both parties.
    """
    for key in sorted({*found, *expected}):
        if found.get(key) != expected.get(key):
            raise RadiometryError(
                f"{what} has {key} = {found.get(key)!r}, but {needed_by} needs "
                f"{expected.get(key)!r}: pixels of another radiometry would be read as signal. "
                "Cut the patches again with the same composite."
            )


def read_pixels(path: Path, bands: int = 3) -> Pixels:
    """Read one patch (bands, H, W) uint8.

    Raises:
        InputError: if the file is missing, damaged, or not so many bands of uint8.
    """
    import rasterio
    from rasterio.errors import RasterioError

    try:
        with rasterio.open(path, driver="GTiff") as patch:
            if patch.count != bands or patch.dtypes[0] != "uint8":
                raise InputError(
                    f"{path}: {patch.count} bands of {patch.dtypes[0]}; a patch has {bands} of "
                    "uint8."
                )
            pixels: Pixels = patch.read()
            return pixels
    except RasterioError as error:
        raise InputError(f"{path}: not a readable patch ({error}).") from None


def write_pixels(path: Path, pixels: Pixels, patch: Patch, contract: Mapping[str, Any]) -> None:
    """Write one patch as a GeoTIFF with CRS, transform, band names and its contract.

    Deflate level 1 with predictor 2, pixel-interleaved: every TIFF reader opens it, and it is the
    fastest of the lossless forms that are.

    Raises:
        DiskError: if it cannot be written.
    """
    import rasterio
    from rasterio.errors import RasterioError

    bands = list(contract["composite_bands"])
    try:
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            width=pixels.shape[2],
            height=pixels.shape[1],
            count=pixels.shape[0],
            dtype="uint8",
            crs=patch.crs,
            transform=patch.affine,
            nodata=0,
            compress="deflate",
            zlevel=1,
            predictor=2,
            interleave="pixel",
            photometric="RGB" if len(pixels) == 3 else "MINISBLACK",
        ) as file:
            file.write(pixels)
            file.descriptions = bands
            file.update_tags(
                CROSSLOOK_SCENE=patch.scene,
                CROSSLOOK_WINDOW=json.dumps(patch.window),
                CROSSLOOK_CONTRACT=json.dumps(contract, sort_keys=True),
            )
    except RasterioError as error:
        raise DiskError(f"{path}: could not be written ({error}).") from None


def _patch(values: dict[str, Any]) -> Patch:
    values["window"] = tuple(values["window"])
    values["transform"] = tuple(values["transform"])
    return Patch(**values)
