"""A patch set as one file of pixels: written once, opened at once, shared by all who train on it.

    FOLDER/KEY/pixels.npy     (N, 3, H, W) uint8, in the order of the set
    FOLDER/KEY/packed.json    the set's key and contract, the shape, and a checksum of the pixels

KEY is the start of the set's key. Whoever finds the pixels damaged writes them again. Opening needs
numpy alone, so a packed set can travel to where no GeoTIFF can be read.
"""

import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from crosslook.errors import InputError
from crosslook.writing import whole_file, write_json

if TYPE_CHECKING:  # reading GeoTIFFs needs more than numpy
    from crosslook.patches.patch_set import PatchSet

Pixels = npt.NDArray[np.uint8]

PIXELS, ABOUT = "pixels.npy", "packed.json"


@dataclass(frozen=True, eq=False)
class Packed:
    """All pixels of a patch set. Those of a file travel to other processes as its path."""

    contract: dict[str, Any]
    pixels: Pixels  # (N, 3, H, W), not to be written to
    key: str = ""
    path: Path | None = None  # of pixels.npy; None: held in memory alone

    def __len__(self) -> int:
        return len(self.pixels)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.path is None:
            return Packed, (self.contract, self.pixels, self.key)
        return _opened, (self.contract, self.key, self.path)


def pack(patches: "PatchSet", folder: Path, key: str) -> Packed:
    """Pack a patch set below ``folder``, or open what was packed there before.

    Several processes may do this at a time: each writes the same bytes, and files appear whole.

    Args:
        patches: one patch is in memory at a time.
        folder: may hold other packed sets.
        key: digest of the patch set, all of it.

    Raises:
        InputError: if there is no patch, one is damaged, or they differ in size.
        DiskError: if the disk is full or refuses.
    """
    place = folder / key[:16]
    with suppress(InputError):
        there = open_packed(place)
        if (there.key, there.contract, len(there)) == (key, patches.contract, len(patches)):
            return there
    _write(patches, place, key)
    return open_packed(place)


def open_packed(place: Path) -> Packed:
    """Open the packed set in the folder ``place``; its pixels are read once, for their checksum.

    Raises:
        InputError: if there is none, or it is damaged.
    """
    try:
        about = json.loads((place / ABOUT).read_text())
        packed = _opened(about["contract"], about["key"], (place / PIXELS).absolute())
        shape, checksum = tuple(about["shape"]), about["crc32"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{place} is no packed patch set ({error}): pack the set again.") from None
    if packed.pixels.dtype != np.uint8 or packed.pixels.shape != shape:
        raise InputError(
            f"{place / PIXELS} holds {packed.pixels.dtype} {packed.pixels.shape}, {ABOUT} says "
            f"uint8 {shape}: pack the set again."
        )
    if _checksum(packed.pixels) != checksum:
        raise InputError(f"{place / PIXELS} is damaged: pack the set again.")
    return packed


def each_patch(patches: "PatchSet") -> Iterator[Pixels]:
    """The patches of a set in their order, each (3, H, W) uint8 of one size.

    Raises:
        InputError: if there is none, one is damaged, or they differ in size.
    """
    if not len(patches):
        raise InputError(f"{patches.folder} holds no patch: look into results/tile.json for why.")
    first = patches.pixels(0)
    yield first
    for i in range(1, len(patches)):
        pixels = patches.pixels(i)
        if pixels.shape != first.shape:
            raise InputError(
                f"{patches.folder}: patch {patches.patches[i].name} is {pixels.shape[1:]} px, the "
                f"first is {first.shape[1:]}: cut the set again with one size."
            )
        yield pixels


def _write(patches: "PatchSet", place: Path, key: str) -> None:
    """Pixels first, then what vouches for them.

    Written through a file, not through a map of it: a full disk is then an error, not a SIGBUS.
    """
    shape: tuple[int, ...] = ()
    checksum = 0
    with whole_file(place / PIXELS) as temporary, temporary.open("wb") as file:
        for pixels in each_patch(patches):
            if not shape:
                shape = (len(patches), *pixels.shape)
                header = {"descr": "|u1", "fortran_order": False, "shape": shape}
                np.lib.format.write_array_header_1_0(file, header)
            data = pixels.tobytes()
            checksum = zlib.crc32(data, checksum)
            file.write(data)
    about = {"key": key, "contract": patches.contract, "shape": shape, "crc32": checksum}
    write_json(place / ABOUT, about)


def _opened(contract: dict[str, Any], key: str, path: Path) -> Packed:
    mapped = np.lib.format.open_memmap(path, mode="r")
    return Packed(contract, np.asarray(mapped), key, path)


def _checksum(pixels: Pixels) -> int:
    checksum = 0
    for patch in pixels:
        checksum = zlib.crc32(patch, checksum)
    return checksum
