"""Checks on numbers that are possible each, but not together. Each returns its problems in words.

They look at physical values (C, H, W) of a whole scene, decimated, and the mask (H, W) of pixels
that count.
"""

import numpy as np

from crosslook.errors import InputError
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.cloud_raster import read_cloud_map
from crosslook.scenes.clouds import C
from crosslook.scenes.composites import PAIRS
from crosslook.scenes.radiometry import FloatArray, Mask, Radiometry

DARK_SHARE = 0.01  # of the pixels; water, shadow and forest are darker than the rest of a scene
FEWEST_PIXELS = 1000  # a scene with fewer is not judged
MOSTLY = 0.7  # of the pixels in which the weaker polarisation is the stronger


def offset_problems(
    values: FloatArray, clear: Mask, radiometry: Radiometry, dark_reflectance: tuple[float, float]
) -> list[str]:
    """Reflectances do not stand 0.1 too low or too high.

    Sentinel-2 products since baseline 04.00 store reflectance + 0.1. Whoever takes 0.1 off twice
    has dark ground below zero; whoever never does has nothing dark in any band. Ground that is
    bright everywhere, such as a desert, looks like the latter: ``dark_reflectance`` allows it.

    Args:
        values: (C, H, W) in the unit of ``radiometry``.
        clear: (H, W) data that is neither cloud nor snow.
        radiometry: of the scene; only reflectances are judged.
        dark_reflectance: lowest and highest 1 % quantile that the darkest band can have.
    """
    if radiometry.unit != "reflectance" or clear.sum() < FEWEST_PIXELS:
        return []
    dark = np.quantile(values[:, clear], DARK_SHARE, axis=1)
    found, band = float(dark.min()), radiometry.bands[int(dark.argmin())]
    low, high = dark_reflectance
    where = f"the darkest hundredth of {band} lies at reflectance {found:.3f}"
    if found < low:
        return [
            f"{where}, expected {low:g} or more: was an offset of -0.1 applied twice? Ingest it "
            "again, without the offset that its numbers have already "
            f"(offset {radiometry.offset:g} is declared)."
        ]
    if found > high:
        return [
            f"{where}, in no band below {high:g}: is the offset of -0.1 missing? Ingest it again "
            "with --offset -1000, or the product itself; if this ground is so bright, raise "
            "check_data.dark_reflectance."
        ]
    return []


def polarisation_problems(values: FloatArray, valid: Mask, radiometry: Radiometry) -> list[str]:
    """The cross-polarised band is weaker than the co-polarised one, as over land and sea alike."""
    if radiometry.unit in ("grey8", "reflectance") or not valid.any():
        return []
    problems = []
    for co, cross in PAIRS:
        if {co, cross} <= set(radiometry.bands):
            strong, weak = values[radiometry.index([co, cross])]
            share = float((weak > strong)[valid].mean())
            if share > MOSTLY:
                problems.append(
                    f"{cross} is brighter than {co} in {share:.0%} of its pixels: are the two "
                    "swapped? Ingest it again with --bands in the order of the file."
                )
    return problems


def cloud_problems(scene: Scene) -> list[str]:
    """The class raster of clouds can be read, where there is one."""
    try:
        read_cloud_map(scene)
    except InputError as error:
        return [str(error)]
    return []


def clear_pixels(scene: Scene, valid: Mask) -> Mask:
    """Those of ``valid`` (h, w), a decimated scene, that are not known to be cloud or snow."""
    try:
        clouds = read_cloud_map(scene)
    except InputError:
        return valid
    if clouds is None:
        return valid
    rows, columns = (
        np.minimum(
            (np.arange(count) + 0.5) * size / count / pixels, clouds.classes.shape[axis] - 1
        ).astype(np.intp)
        for axis, (count, size, pixels) in enumerate(
            zip(valid.shape, scene.size, clouds.pixels, strict=True)
        )
    )
    covered = np.isin(clouds.classes[rows][:, columns], (C.CLOUD, C.SNOW, C.BRIGHT))
    return valid & ~covered
