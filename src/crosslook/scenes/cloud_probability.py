"""Clouds of L1C products by s2cloudless, an extra: ``pip install 'crosslook[clouds]'``.

Source: Zupanc 2017 and Skakun et al. 2022, doi:10.1016/j.rse.2022.112990. A boosted tree judges ten
reflectances of each pixel; its probabilities are averaged before the threshold.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from crosslook.errors import InputError, MissingPackageError
from crosslook.scenes.radiometry import Mask
from crosslook.scenes.sentinel2 import Product
from crosslook.scenes.sentinel2_pixels import open_bands

BANDS = ("B01", "B02", "B04", "B05", "B08", "B8A", "B09", "B10", "B11", "B12")  # in its order
PIXEL_M = 60
THRESHOLD = 0.4
AVERAGE_PX = 2  # 120 m
ROWS = 256


def require_s2cloudless(product: Product) -> None:
    """Say early what the extra lacks.

    Raises:
        MissingPackageError: if it is not installed.
        InputError: if the product is none that it can judge.
    """
    if find_spec("s2cloudless") is None:
        raise MissingPackageError(
            "s2cloudless is not installed: pip install 'crosslook[clouds]', or leave out --clouds."
        )
    if product.level != "L1C":
        raise InputError(
            f"{product.safe.path}: s2cloudless judges L1C, this is {product.level}: leave out "
            "--clouds, its scene classification is taken."
        )
    for name in BANDS:
        product.band(name)


def s2cloudless_clouds(product: Product, cache: Path) -> Mask:
    """Pixels of 60 m, (H, W), that s2cloudless calls cloud.

    Raises:
        MissingPackageError: if it is not installed.
        InputError: if the product is none that it can judge, or an image is damaged.
    """
    require_s2cloudless(product)
    from s2cloudless import S2PixelCloudDetector

    detector = S2PixelCloudDetector(
        threshold=THRESHOLD, average_over=AVERAGE_PX, dilation_size=1, all_bands=False
    )
    height, width = product.shape(PIXEL_M)
    made = np.zeros((height, width), np.bool_)
    with open_bands(product, BANDS, cache) as images:
        for row in range(0, height, ROWS):
            first = max(row - AVERAGE_PX, 0)  # the average looks over the edge
            last = min(row + ROWS + AVERAGE_PX, height)
            window = (0, first, width, last - first)
            read = [images.reflectance(name, window, PIXEL_M)[0] for name in BANDS]
            found = detector.get_cloud_masks(np.stack(read, axis=-1)[None])[0]
            rows = slice(row, min(row + ROWS, height))
            made[rows] = found[row - first : rows.stop - first] > 0
    return made
