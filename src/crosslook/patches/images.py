"""Georeferenced images that labels in pixels belong to, found by name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rasterio.transform import Affine

from crosslook.errors import InputError
from crosslook.patches.label_values import short
from crosslook.patches.patch_set import Patch, read_patch_set
from crosslook.scenes.catalogue import FILE, Scene, read_catalogue
from crosslook.scenes.raster import open_geotiff

PATCHES = "patches.jsonl"
UPLOAD = re.compile(r"^[0-9a-f]{8}-")  # put before names by Label Studio
VERSION = re.compile(r"_(?:tiff?|png|jpe?g)\.rf\.[0-9a-zA-Z]+$")  # put behind them by Roboflow


@dataclass(frozen=True)
class Image:
    """A scene or a patch: where its pixels lie."""

    name: str  # scene id, or name of the patch
    scene: str  # id of the scene
    crs: str
    transform: tuple[float, float, float, float, float, float]  # a b c d e f, pixel -> map
    size: tuple[int, int]  # height, width
    file_name: str
    also: tuple[str, ...] = ()  # other names without suffix, such as that of the file it came from

    @property
    def affine(self) -> Affine:
        return Affine(*self.transform)


@dataclass(frozen=True)
class Images:
    """Images by each of their names."""

    all: tuple[Image, ...]
    by_name: Mapping[str, Image]

    def find(self, file_name: str, where: str) -> Image:
        """The image that a label file means by ``file_name``: folders and suffix do not count.

        Raises:
            InputError: if there is none of this name.
        """
        name = PurePosixPath(file_name.replace("\\", "/")).name
        stem = PurePosixPath(name).stem
        for guess in (
            name,
            stem,
            UPLOAD.sub("", stem),
            VERSION.sub("", stem),
            VERSION.sub("", name),
        ):
            if guess in self.by_name:
                return self.by_name[guess]
        there = ", ".join(list(self.by_name)[:3]) or "none"
        raise InputError(
            f"{where} belongs to the image {short(file_name)}, which is not among the scenes "
            f"({there}{', ...' if len(self.by_name) > 3 else ''}): name it by its file or scene id."
        )


def gather(images: Iterable[Image]) -> Images:
    """Images that can be found by name.

    Raises:
        InputError: if two have the same name.
    """
    every = tuple(images)
    by_name: dict[str, Image] = {}
    for image in every:
        for name in {image.name, *image.also}:
            if name in by_name:
                raise InputError(f"two images have the name {name!r}: take one at a time.")
            by_name[name] = image
    return Images(every, by_name)


def open_images(paths: Sequence[Path]) -> Images:
    """The images of GeoTIFFs, of patch sets and of folders with a scenes.json.

    Raises:
        InputError: if a path is none of these, or two images have the same name.
    """
    images: list[Image] = []
    for path in paths:
        if (path / PATCHES).exists():
            images += [of_patch(patch) for patch in read_patch_set(path).patches]
        elif (path / FILE).exists():
            images += [of_scene(scene) for scene in read_catalogue(path)]
        elif path.is_dir():
            raise InputError(f"{path} holds neither {PATCHES} nor {FILE}: give a GeoTIFF.")
        else:
            images.append(_of_file(path))
    return gather(images)


def of_scene(scene: Scene, stem: str | None = None) -> Image:
    """A scene as an image; ``stem`` is the name of the file it came from."""
    source = scene.notes.get("source")
    stems = {stem or (Path(source).stem if isinstance(source, str) else scene.id), scene.image.stem}
    return Image(
        scene.id,
        scene.id,
        scene.crs,
        scene.transform,
        scene.size,
        scene.image.name,
        tuple(sorted(stems - {scene.id})),
    )


def of_patch(patch: Patch) -> Image:
    """A patch as an image."""
    size = (patch.window[3], patch.window[2])
    return Image(patch.name, patch.scene, patch.crs, patch.transform, size, f"{patch.name}.tif")


def _of_file(path: Path) -> Image:
    with open_geotiff(path) as dataset:
        if dataset.crs is None or dataset.transform.is_identity:
            raise InputError(f"{path} has no place on the map: warp it first (gdalwarp).")
        code = dataset.crs.to_epsg()
        place = dataset.transform
        return Image(
            path.stem,
            path.stem,
            f"EPSG:{code}" if code else dataset.crs.to_wkt(),
            (place.a, place.b, place.c, place.d, place.e, place.f),
            (dataset.height, dataset.width),
            path.name,
        )
