"""Shadows of clouds: dark land where a cloud's shadow can fall."""

import math
from dataclasses import dataclass

import numpy as np

from crosslook.scenes.clouds import C, Classes
from crosslook.scenes.radiometry import FloatArray, Mask


@dataclass(frozen=True)
class Sun:
    """Where the sun stands, in degrees."""

    zenith: float  # 0: overhead
    azimuth: float  # clockwise from north


@dataclass(frozen=True)
class ShadowRules:
    """What a shadow can be."""

    dark: float = 0.15  # B08; lit land is brighter
    highest_m: float = 3000.0  # clouds above it throw shadows too far to tell
    longest_m: float = 6000.0  # a low sun throws them further; they are not looked for


def dark_land(
    green: FloatArray, near_infrared: FloatArray, rules: ShadowRules | None = None
) -> Mask:
    """Pixels that may be shaded land: dark in B08, and brighter there than in B03.

    Water is darker in B08 than in B03, so shadows on water are not seen.
    """
    dark: Mask = (near_infrared < (rules or ShadowRules()).dark) & (near_infrared > green)
    return dark


def find_shadows(
    classes: Classes, dark: Mask, pixel_m: float, sun: Sun, rules: ShadowRules | None = None
) -> Classes:
    """Mark as shadow every clear dark pixel that some height of a cloud would shade.

    A cloud at height h shades the ground h tan(zenith) away, opposite to the sun. Its height is
    not known, so every height up to ``highest_m`` is tried.

    Args:
        classes: (H, W) with the clouds, row 0 in the north.
        dark: (H, W) pixels that may be shaded land.
        pixel_m: side of a pixel.
        sun: where it stands.
        rules: how far shadows reach.

    Returns:
        (H, W) ``classes`` with shadows.
    """
    rules = rules or ShadowRules()
    reach_m = min(rules.highest_m * math.tan(math.radians(sun.zenith)), rules.longest_m)
    away = math.radians(sun.azimuth + 180)
    east, south = math.sin(away), -math.cos(away)
    reached = np.zeros(classes.shape, np.bool_)
    cloud = classes == C.CLOUD
    for step in range(1, round(reach_m / pixel_m) + 1):
        _or_shifted(reached, cloud, round(step * south), round(step * east))
    made = classes.copy()
    made[reached & dark & (classes == C.CLEAR)] = C.SHADOW
    return made


def _or_shifted(target: Mask, mask: Mask, down: int, right: int) -> None:
    """Or ``mask``, moved by so many rows and columns, into ``target``; what leaves it is lost."""
    height, width = mask.shape
    if abs(down) >= height or abs(right) >= width:
        return
    to = (slice(max(down, 0), height + min(down, 0)), slice(max(right, 0), width + min(right, 0)))
    of = (
        slice(max(-down, 0), height + min(-down, 0)),
        slice(max(-right, 0), width + min(-right, 0)),
    )
    target[to] |= mask[of]
