"""How much ground patches show."""

from collections.abc import Iterable

from crosslook.patches.patch_set import Patch


def ground_area_km2(patches: Iterable[Patch]) -> float | None:
    """Square kilometres that the patches show, without their no-data pixels.

    Pixels of the window times the area of a pixel, |a e - b d| of the transform, times the share
    of data. Ground that lies in two patches counts twice, as what is detected there does.

    Returns:
        None where a patch has no projected CRS, so that its pixels have no size in metres.
    """
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    total, units = 0.0, {}
    for patch in patches:
        if patch.crs not in units:
            try:
                crs = CRS.from_user_input(patch.crs)
                units[patch.crs] = crs.linear_units_factor[1] if crs.is_projected else None
            except CRSError:
                units[patch.crs] = None
        metres = units[patch.crs]
        if metres is None:
            return None
        a, b, _, d, e, _ = patch.transform
        _, _, width, height = patch.window
        total += abs(a * e - b * d) * metres**2 * width * height * patch.valid
    return total / 1e6
