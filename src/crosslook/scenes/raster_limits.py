"""How large a raster from outside may claim to be. A header of 200 bytes can claim 2^31 lines."""

from collections.abc import Sequence

import numpy as np
from rasterio.io import DatasetReader

MOST_BYTES = 64 * 2**30  # decoded; a Sentinel-1 scene on the map, two bands of floats, has 6.6 GB
SMALL_BYTES = 2**30  # decoded; what is smaller may be packed as densely as it likes
DENSEST = 2000  # decoded bytes per byte of the file; deflate reaches 1032
MOST_BLOCK_BYTES = 256 * 2**20  # a block is in memory as a whole
MOST_BLOCKS = 400_000  # whose places are looked up one by one
ROWS, MOST_ROWS_BYTES = 256, 128 * 2**20  # rasters are read some 256 rows at a time, whole ones


def claim_problem(dataset: DatasetReader, file_bytes: int) -> str | None:
    """What is absurd about the size that an opened file claims, in words; reads no pixel."""
    height, width = dataset.block_shapes[0]
    shared = dataset.profile.get("interleave") == "pixel"  # one block holds all bands
    return size_problem(dataset.shape, dataset.dtypes, (height, width), shared, file_bytes)


def size_problem(
    size: tuple[int, int],
    dtypes: Sequence[str],
    block: tuple[int, int],
    shared: bool,
    file_bytes: int,
) -> str | None:
    """The same of numbers.

    Args:
        size: height, width in pixels.
        dtypes: one per band.
        block: height, width in pixels.
        shared: whether one block holds all bands.
        file_bytes: of the file as it lies on the disk.
    """
    # GDAL's names of complex integers are unknown to numpy; they are at most as large as complex64.
    band_bytes = [8 if "complex" in dtype else np.dtype(dtype).itemsize for dtype in dtypes]
    pixel_bytes = sum(band_bytes)
    claimed = f"claims {size[0]} x {size[1]} px in {len(dtypes)} bands"
    decoded = size[0] * size[1] * pixel_bytes
    if decoded > MOST_BYTES:
        return f"{claimed}, {decoded / 2**30:.0f} GiB; at most {MOST_BYTES / 2**30:.0f} are read"
    if decoded > max(SMALL_BYTES, DENSEST * file_bytes):
        return f"{claimed}, {decoded / 2**30:.1f} GiB, in a file of {file_bytes} bytes"
    held = block[0] * block[1] * (pixel_bytes if shared else max(band_bytes))
    if held > MOST_BLOCK_BYTES:
        return (
            f"has blocks of {block[0]} x {block[1]} px, {held / 2**20:.0f} MiB each; at most "
            f"{MOST_BLOCK_BYTES / 2**20:.0f} are read"
        )
    rows = min(ROWS, size[0]) * size[1] * pixel_bytes
    if rows > MOST_ROWS_BYTES:
        return (
            f"{claimed}: {ROWS} rows of it take {rows / 2**20:.0f} MiB; at most "
            f"{MOST_ROWS_BYTES / 2**20:.0f} are read"
        )
    blocks = -(-size[0] // block[0]) * -(-size[1] // block[1]) * (1 if shared else len(dtypes))
    if blocks > MOST_BLOCKS:
        return f"{claimed}, in {blocks} blocks; at most {MOST_BLOCKS} are read"
    return None
