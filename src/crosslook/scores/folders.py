"""Two folders of images to be compared: what is in them, and whether they can be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from crosslook.errors import InputError
from crosslook.patches.patch_set import read_patch_set, require_contract
from crosslook.scenes.composites import Pixels
from crosslook.scenes.pictures import SUFFIXES, read_picture

LEAST = 12  # images a side: of halves of six, coverage has five neighbours


@dataclass(frozen=True)
class Folder:
    """Images that could be read, in order of their names."""

    path: Path
    names: tuple[str, ...]
    read: Callable[[int], Pixels]  # number -> (3, H, W) uint8, of those of ``names``
    sizes: tuple[tuple[int, int], ...]  # height, width
    scenes: tuple[str, ...] | None = None  # of each; None: each image stands alone
    contract: Mapping[str, Any] | None = None  # of a patch set
    unreadable: tuple[str, ...] = ()  # one line each

    def __len__(self) -> int:
        return len(self.names)

    def batches(self, size: int, crop: int) -> Iterator[Pixels]:
        """(B, 3, H, W) one after the other; cut to ``crop`` in the middle, if that is not 0."""
        for start in range(0, len(self), size):
            numbers = range(start, min(start + size, len(self)))
            yield np.stack([_cropped(self.read(i), crop) for i in numbers])


def open_folder(path: Path, seen: Callable[[int], object] = lambda count: None) -> Folder:
    """Look at every image of a folder: PNG, JPEG and 8-bit GeoTIFF, or a patch set.

    Each is read once here, so that one that breaks off is known before any work is done.

    Args:
        path: the images lie in it, not deeper; or it is a patch set.
        seen: called with 1 after each image.

    Raises:
        InputError: if there is no image, or none that can be read.
    """
    if (path / "patches.jsonl").exists():
        return _checked(_patch_set(path), seen)
    images = _images(path)
    if not images:
        raise InputError(
            f"{path} holds no image: give the folder in which the {', '.join(SUFFIXES)} lie, or a "
            "patch set."
        )
    names = tuple(p.name for p in images)
    return _checked(Folder(path, names, lambda i: read_picture(images[i]), ()), seen)


def image_count(path: Path) -> int:
    """How many images ``open_folder`` will look at."""
    if (path / "patches.jsonl").exists():
        return len(read_patch_set(path))
    return len(_images(path))


def require_comparable(real: Folder, fake: Folder, crop: int, allow_unequal: bool) -> int:
    """How many images a side are compared.

    Sides are never cropped or resized silently: the border or the scale would be scored.

    Args:
        real: one side.
        fake: the other.
        crop: side to which all are cut, in the middle; 0 leaves them as they are.
        allow_unequal: take as many of the larger side as the smaller one has.

    Raises:
        InputError: if sizes or numbers differ, or there are fewer than 12.
        RadiometryError: if two patch sets have different contracts.
    """
    if real.contract is not None and fake.contract is not None:
        require_contract(fake.contract, real.contract, str(fake.path), str(real.path))
    sizes = [size for folder in (real, fake) for size in folder.sizes]
    shortest = min(min(size) for size in sizes)
    if crop > shortest:
        raise InputError(f"crop of {crop} px: the smallest image has a side of {shortest} px.")
    if not crop and len(set(sizes)) > 1:
        raise InputError(
            f"images differ in size: {real.path} has {_sizes(real)}, {fake.path} {_sizes(fake)}. "
            f"Cut them alike yourself, or give --crop {shortest} (the middle of each)."
        )
    n = min(len(real), len(fake))
    if len(real) != len(fake) and not allow_unequal:
        raise InputError(
            f"{real.path} has {len(real)} images that can be read, {fake.path} {len(fake)}: the "
            "scores depend on the number, so both sides need the same. Add images, or give "
            f"--allow-unequal to compare {n} with a random {n} of the larger side."
        )
    if n < LEAST:
        raise InputError(f"{n} images a side are too few to score: give at least {LEAST}.")
    return n


def _images(path: Path) -> list[Path]:
    """The files that claim to be images, in order of their names; no hidden ones."""
    try:
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    except OSError as error:
        raise InputError(f"{path}: no folder that can be read ({error.strerror}).") from None
    return [p for p in files if p.suffix.lower() in SUFFIXES]


def _patch_set(path: Path) -> Folder:
    patches = read_patch_set(path)
    bands = len(patches.contract.get("composite_bands", "RGB"))
    if bands != 3:
        raise InputError(f"{path}: patches of {bands} bands, expected composites of 3.")
    names = tuple(patch.name for patch in patches.patches)
    scenes = tuple(patch.scene for patch in patches.patches)
    return Folder(path, names, patches.pixels, (), scenes, patches.contract)


def _checked(folder: Folder, seen: Callable[[int], object]) -> Folder:
    """Only what can be read, with its size."""
    good, sizes, unreadable = [], [], []
    for i in range(len(folder)):
        try:
            shape = folder.read(i).shape
        except InputError as error:
            unreadable.append(str(error))
        else:
            good.append(i)
            sizes.append((shape[1], shape[2]))
        seen(1)
    if not good:
        first = f": {unreadable[0]}" if unreadable else "."
        raise InputError(f"{folder.path}: none of {len(folder)} images can be read{first}")
    return replace(
        folder,
        names=tuple(folder.names[i] for i in good),
        read=lambda i: folder.read(good[i]),
        sizes=tuple(sizes),
        scenes=None if folder.scenes is None else tuple(folder.scenes[i] for i in good),
        unreadable=tuple(unreadable),
    )


def _cropped(pixels: Pixels, crop: int) -> Pixels:
    if not crop:
        return pixels
    top, left = ((side - crop) // 2 for side in pixels.shape[1:])
    return pixels[:, top : top + crop, left : left + crop]


def _sizes(folder: Folder) -> str:
    """Up to three sizes, width first."""
    found = sorted(set(folder.sizes), key=lambda size: -folder.sizes.count(size))
    words = ", ".join(f"{width} x {height}" for height, width in found[:3])
    return f"{words}{', ...' if len(found) > 3 else ''} px"
