"""A Sentinel-1 product on its way into data/."""

from functools import partial
from pathlib import Path

from crosslook.scenes.incoming import Incoming
from crosslook.scenes.radiometry import Calibration
from crosslook.scenes.sentinel1 import open_sentinel1, write_sentinel1


def examine_sentinel1(
    path: Path, calibration: Calibration = "sigma0", decibels: bool = True
) -> Incoming:
    """Check an IW GRD product, and say what it will be once it is written.

    Args:
        path: a .SAFE folder or a zip.
        calibration: see ``open_sentinel1``.
        decibels: hundredths of a decibel in 16 bits; else linear power in 32.

    Raises:
        InputError: one line that names the part that is missing or damaged.
    """
    product = open_sentinel1(path, calibration, decibels)
    return Incoming(
        path=path,
        radiometry=product.radiometry,
        crs=product.geometry.crs,
        transform=product.target.transform,
        size=product.target.size,
        write=partial(write_sentinel1, product),
        acquired=product.grd.acquired,
        notes=product.notes(),
    )
