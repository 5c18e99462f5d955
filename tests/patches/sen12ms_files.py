"""A tiny SEN12MS: real names, bands and types, a few patches of 8 px."""

import numpy as np
import rasterio

SIZE = 8
S1, S2, LC = (2, "float32"), (13, "uint16"), (4, "uint8")


def write(path, pixels, at=(500_000, 4_000_000), crs="EPSG:32631"):
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=pixels.shape[2],
        height=pixels.shape[1],
        count=pixels.shape[0],
        dtype=pixels.dtype,
        crs=crs,
        transform=rasterio.Affine(10, 0, at[0], 0, -10, at[1]) if crs else None,
    ) as file:
        file.write(pixels)


def name(kind, season, number, patch):
    return f"{season}/{kind}_{number}/{season}_{kind}_{number}_p{patch}.tif"


def write_patch(folder, season, number, patch, codes, column=0, **pixels):
    """``codes`` are those of the rows of the land-cover raster, from the top."""
    rng = np.random.default_rng([number, patch])
    shape = (SIZE, SIZE)
    cover = np.zeros((LC[0], *shape), LC[1])
    cover[0] = np.resize(codes, SIZE)[:, None]
    layers = {
        "s1": rng.normal(-12, 5, (S1[0], *shape)).astype(S1[1]),
        "s2": rng.integers(200, 4000, (S2[0], *shape)).astype(S2[1]),
        "lc": cover,
    } | pixels
    for kind, layer in layers.items():
        write(folder / name(kind, season, number, patch), layer, (500_000 + 10 * column, 4_000_000))


def write_world(folder):
    """Two seasons; winter has three scenes of two overlapping patches each."""
    for number in (8, 9, 64):
        write_patch(folder, "ROIs2017_winter", number, 2, [17, 17, 12, 13])
        write_patch(folder, "ROIs2017_winter", number, 10, [1, 4, 8, 15], column=4)
    write_patch(folder, "ROIs1868_summer", 146, 1, [10] * 8)
    write_patch(folder, "ROIs1868_summer", 146, 202, [10] * 8)
    return folder
