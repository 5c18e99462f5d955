"""Clouds, shadows and snow of a Sentinel-2 product, on its grid of 20 m."""

from pathlib import Path
from typing import Literal

import numpy as np

from crosslook.scenes.cloud_probability import s2cloudless_clouds
from crosslook.scenes.cloud_shadows import dark_land, find_shadows
from crosslook.scenes.clouds import (
    FOR_CLOUD,
    FOR_SNOW,
    C,
    Classes,
    CloudRules,
    classify,
    combine,
    from_classification,
    from_scene_classification,
    tidy,
    told_by,
)
from crosslook.scenes.radiometry import Mask
from crosslook.scenes.sentinel2 import Product
from crosslook.scenes.sentinel2_pixels import open_bands, read_mask

PIXEL_M = 20
ROWS = 768  # of 20 m at a time; a multiple of 3, so that pixels of 60 m stay whole

Detector = Literal["rules", "s2cloudless"]
Told = tuple[Classes, tuple[str, ...]]


def product_classes(
    product: Product, cache: Path, detector: Detector = "rules", rules: CloudRules | None = None
) -> Told:
    """The classes (H, W) of a product, and the kinds that they tell.

    L2A: its scene classification. L1C: the rules on reflectances or s2cloudless, grown, and what
    its own masks say besides; then shadows on dark land. Where bands or masks are missing, fewer
    kinds are told.

    Raises:
        InputError: if an image is damaged, naming its part.
        MissingPackageError: if s2cloudless is wanted and not installed.
        DiskError: if the cache cannot be written.
    """
    rules = rules or CloudRules()
    size = product.shape(PIXEL_M)
    made, dark, kinds = _by_rules(product, cache, rules)
    if product.scene_classes is not None:
        codes = read_mask(product, product.scene_classes, PIXEL_M, cache)[0]
        classes = from_scene_classification(codes)
        classes[made == C.NO_DATA] = C.NO_DATA
        return classes, ("cloud", "shadow", "snow")
    if detector == "s2cloudless":
        judged = s2cloudless_clouds(product, cache).repeat(3, axis=0).repeat(3, axis=1)
        made[(made == C.CLOUD) | (made == C.BRIGHT)] = C.CLEAR
        made[judged[: size[0], : size[1]] & (made != C.NO_DATA)] = C.CLOUD
        kinds = ("cloud", *(kind for kind in kinds if kind == "snow"))
    made = tidy(made, PIXEL_M, rules)
    if product.masks is not None:
        layers = read_mask(product, product.masks, 60, cache)
        if len(layers) == 3:
            own = from_classification(layers).repeat(3, axis=0).repeat(3, axis=1)
            if "cloud" not in kinds:
                made[made == C.BRIGHT] = C.CLEAR
            made = combine(made, own[: size[0], : size[1]])
            kinds = ("cloud", "snow")
    if "cloud" in kinds and product.sun is not None and dark is not None:
        made = find_shadows(made, dark, PIXEL_M, product.sun)
        kinds = (*kinds, "shadow")
    return made, kinds


def _by_rules(
    product: Product, cache: Path, rules: CloudRules
) -> tuple[Classes, Mask | None, tuple[str, ...]]:
    """Classes, dark land where it can be told, and the kinds that the bands tell."""
    useful = sorted({*FOR_CLOUD, *FOR_SNOW})
    if product.scene_classes is not None:
        useful = ["B02"]  # for no-data only
    names = [name for name in useful if name in product.bands]
    height, width = product.shape(PIXEL_M)
    made = np.full((height, width), C.CLEAR, np.uint8)
    dark = np.zeros((height, width), np.bool_) if {"B03", "B08"} <= set(names) else None
    with open_bands(product, names, cache) as images:
        for row in range(0, height, ROWS):
            window = (0, row, width, min(ROWS, height - row))
            rows = slice(row, row + window[3])
            read = {name: images.reflectance(name, window, PIXEL_M) for name in names}
            valid = np.ones((window[3], width), np.bool_)
            for _, good in read.values():
                valid &= good
            bands = {name: values for name, (values, _) in read.items()}
            made[rows] = classify(bands, valid, rules)
            if dark is not None:
                dark[rows] = dark_land(bands["B03"], bands["B08"]) & valid
    return made, dark, told_by(tuple(names))
