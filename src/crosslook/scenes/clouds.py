"""Clouds, their shadows and snow over an optical scene, as one class per pixel.

What a product says itself is taken; besides, rules on reflectances at the top of the atmosphere:

    NDSI  = (B03 - B11) / (B03 + B11)
    snow  = NDSI > 0.4 and B08 > 0.11 and B03 > 0.10
    white = B02 > 0.22 and B02 > 0.9 B04
    cloud = B10 > 0.012, or white and B11 > 0.18 and NDSI < 0.4

NDSI and its threshold are the usual ones (Dozier 1989, doi:10.1016/0034-4257(89)90101-6). Cirrus
shows in B10, where water vapour hides the ground; opaque cloud is white and, unlike snow, bright in
the short-wave infrared. Sand is redder than cloud. What is narrow is dropped: surf is no snow, and
most roofs are no cloud; large white roofs are taken for cloud.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from crosslook.scenes.radiometry import FloatArray, Mask

Classes = npt.NDArray[np.uint8]

KINDS = ("cloud", "shadow", "snow", "bright")  # what can be said of a patch, as shares


class C(IntEnum):
    """Codes of the class raster."""

    NO_DATA = 0
    CLEAR = 1  # of all the kinds that the raster tells
    CLOUD = 2
    SHADOW = 3  # of a cloud
    SNOW = 4
    BRIGHT = 5  # cloud, snow or white roofs: the bands cannot tell which


SCL = {3: C.SHADOW, 8: C.CLOUD, 9: C.CLOUD, 10: C.CLOUD, 11: C.SNOW}  # 0 is no data, else clear
FOR_SNOW = ("B03", "B08", "B11")
FOR_CLOUD = ("B02", "B03", "B04", "B10", "B11")


@dataclass(frozen=True)
class CloudRules:
    """Thresholds on reflectances, and how far clouds are grown."""

    cirrus: float = 0.012  # B10
    blue: float = 0.22  # B02
    whiteness: float = 0.9  # B02 / B04; sand and dry soil lie below, and the air adds blue
    infrared: float = 0.18  # B11
    ndsi: float = 0.4
    snow_near_infrared: float = 0.11  # B08; water lies below
    snow_green: float = 0.10  # B03
    smallest_m: float = 60.0  # a narrower cloud is a roof
    smallest_snow_m: float = 40.0  # narrower snow is surf
    grown_m: float = 60.0  # edges of clouds are thin


def told_by(bands: Collection[str]) -> tuple[str, ...]:
    """The kinds that the rules tell from these bands; of others nothing is known."""
    snow = all(band in bands for band in FOR_SNOW)
    if snow and all(band in bands for band in FOR_CLOUD):
        return ("cloud", "snow")
    return ("snow",) * snow + ("bright",) * ("B02" in bands)


def classify(bands: Mapping[str, FloatArray], valid: Mask, rules: CloudRules) -> Classes:
    """The rules, pixel by pixel; ``told_by`` says which kinds the result tells.

    Args:
        bands: (H, W) reflectance by name, at the top of the atmosphere.
        valid: (H, W) pixels that are data.
        rules: the thresholds.

    Returns:
        (H, W) codes of ``C``; clouds are not grown yet.
    """
    kinds = told_by(bands)
    made = np.full(valid.shape, C.CLEAR, np.uint8)
    if "B02" in bands:
        white = bands["B02"] > rules.blue
        if "B04" in bands:
            white &= bands["B02"] > rules.whiteness * bands["B04"]
    if "bright" in kinds:
        made[white] = C.BRIGHT
    if "snow" in kinds:
        index = ndsi(bands["B03"], bands["B11"])
        lit = (bands["B08"] > rules.snow_near_infrared) & (bands["B03"] > rules.snow_green)
        made[(index > rules.ndsi) & lit] = C.SNOW
    if "cloud" in kinds:
        made[white & (bands["B11"] > rules.infrared) & (index < rules.ndsi)] = C.CLOUD
        made[bands["B10"] > rules.cirrus] = C.CLOUD
    made[~valid] = C.NO_DATA
    return made


def ndsi(green: FloatArray, infrared: FloatArray) -> FloatArray:
    """(green - infrared) / (green + infrared), 0 where the sum is not positive."""
    total = green + infrared
    share: FloatArray = np.divide(
        green - infrared, total, out=np.zeros_like(total), where=total > 0
    )
    return share


def from_classification(layers: npt.NDArray[np.uint8]) -> Classes:
    """Classes of an L1C product's MSK_CLASSI: (3, H, W) opaque cloud, cirrus, snow; 1 = there.

    It knows no shadow and no no-data.
    """
    made = np.full(layers.shape[1:], C.CLEAR, np.uint8)
    made[layers[2] == 1] = C.SNOW
    made[(layers[0] == 1) | (layers[1] == 1)] = C.CLOUD
    return made


def from_scene_classification(codes: npt.NDArray[np.uint8]) -> Classes:
    """Classes of an L2A product's SCL: clouds of medium and high probability, thin cirrus too."""
    table = np.full(256, C.CLEAR, np.uint8)
    table[0] = C.NO_DATA
    for code, meaning in SCL.items():
        table[code] = meaning
    made: Classes = table[codes]
    return made


def combine(rules: Classes, product: Classes) -> Classes:
    """What either says: no data before cloud before snow before clear."""
    made = rules.copy()
    made[(product == C.SNOW) & (rules != C.CLOUD) & (rules != C.NO_DATA)] = C.SNOW
    made[(product == C.CLOUD) & (rules != C.NO_DATA)] = C.CLOUD
    return made


def tidy(classes: Classes, pixel_m: float, rules: CloudRules) -> Classes:
    """Drop narrow clouds and narrow snow, and grow clouds by ``grown_m``.

    What is dropped becomes clear; no-data stays. Everything is done in whole pixels of ``pixel_m``.
    """
    made = classes.copy()
    steps = round(rules.grown_m / pixel_m)
    for kind, smallest_m in ((C.SNOW, rules.smallest_snow_m), (C.CLOUD, rules.smallest_m)):
        there, side = classes == kind, round(smallest_m / pixel_m)
        if not there.any():
            continue
        wide = ndimage.binary_opening(there, np.ones((side, side))) if side > 1 else there
        made[there & ~wide] = C.CLEAR
        if kind == C.CLOUD and steps:
            disc = ndimage.generate_binary_structure(2, 1)
            wide = ndimage.binary_dilation(wide, disc, iterations=steps)
            made[wide & (classes != C.NO_DATA)] = C.CLOUD
    return made
