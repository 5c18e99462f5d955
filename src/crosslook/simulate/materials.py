"""What the ground is made of, and what each sensor sees of it.

Backscatter is for C band at about 38° incidence and reflectance for the top of the atmosphere, from
values in common use; they are tuned until scene statistics agree with SEN12MS (land VV -11.8 ± 4.5
dB, VH -18.3 ± 4.4 dB).
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np


class M(IntEnum):
    """Codes of the material map. Crops differ by growth, sheds by roof."""

    WATER = 0
    SAND = 1
    BARREN = 2
    GRASS = 3
    SHRUB = 4
    EVERGREEN = 5
    DECIDUOUS = 6
    WETLAND = 7
    HEDGE = 8
    TRACK = 9
    CROP_BARE = 10
    CROP_DARK = 11
    CROP_WHEAT = 12
    CROP_LUSH = 13
    CROP_RAPE = 14
    CROP_RIPE = 15
    CROP_STUBBLE = 16
    CROP_LEY = 17
    ROOFS = 20
    RED_ROOFS = 21
    STREET = 22
    GARDEN = 23
    APRON = 30
    YARD = 31
    QUAY = 32
    BREAKWATER = 33
    TANK = 34
    SHED_WHITE = 35
    SHED_GREY = 36
    SHED_RED = 37
    SHED_BLUE = 38
    HULL_RED = 40
    HULL_DARK = 41
    DECK = 42
    BRIDGE = 43


class Look(NamedTuple):
    """One material: reflectance, its texture; backscatter in dB, its texture; IGBP class."""

    red: float
    green: float
    blue: float
    grain: float  # relative standard deviation from pixel to pixel
    vv_db: float
    vh_db: float
    shape: float  # of the texture in the radar: 1 = towns, 60 = even
    igbp: int


LOOKS: dict[M, Look] = {
    M.WATER: Look(0.022, 0.040, 0.066, 0.03, -17.5, -26.2, 60, 17),
    M.SAND: Look(0.30, 0.26, 0.215, 0.06, -18.0, -27.0, 20, 16),
    M.BARREN: Look(0.19, 0.155, 0.13, 0.10, -14.5, -23.5, 12, 16),
    M.GRASS: Look(0.080, 0.100, 0.080, 0.06, -13.6, -21.2, 15, 10),
    M.SHRUB: Look(0.088, 0.088, 0.080, 0.14, -12.4, -19.5, 12, 7),
    M.EVERGREEN: Look(0.034, 0.050, 0.058, 0.12, -9.9, -15.9, 22, 1),
    M.DECIDUOUS: Look(0.046, 0.072, 0.065, 0.11, -9.5, -15.3, 22, 4),
    M.WETLAND: Look(0.060, 0.072, 0.073, 0.12, -11.2, -19.2, 10, 11),
    M.HEDGE: Look(0.050, 0.068, 0.062, 0.12, -10.7, -17.2, 8, 12),
    M.TRACK: Look(0.155, 0.135, 0.115, 0.06, -13.8, -22.0, 12, 12),
    M.CROP_BARE: Look(0.185, 0.148, 0.120, 0.035, -13.5, -23.5, 15, 12),
    M.CROP_DARK: Look(0.120, 0.100, 0.092, 0.035, -10.9, -21.2, 15, 12),
    M.CROP_WHEAT: Look(0.055, 0.090, 0.069, 0.03, -16.5, -22.0, 16, 12),
    M.CROP_LUSH: Look(0.040, 0.080, 0.061, 0.03, -9.7, -15.7, 18, 12),
    M.CROP_RAPE: Look(0.155, 0.170, 0.077, 0.03, -10.7, -15.5, 18, 12),
    M.CROP_RIPE: Look(0.225, 0.182, 0.128, 0.035, -14.9, -20.9, 15, 12),
    M.CROP_STUBBLE: Look(0.165, 0.142, 0.110, 0.04, -12.7, -21.0, 14, 12),
    M.CROP_LEY: Look(0.072, 0.108, 0.074, 0.03, -13.0, -20.2, 16, 14),
    M.ROOFS: Look(0.150, 0.140, 0.132, 0.30, -2.5, -9.0, 1.4, 13),
    M.RED_ROOFS: Look(0.185, 0.128, 0.108, 0.22, -3.0, -9.5, 1.4, 13),
    M.STREET: Look(0.120, 0.118, 0.116, 0.07, -8.0, -15.5, 3, 13),
    M.GARDEN: Look(0.075, 0.088, 0.078, 0.14, -8.0, -14.0, 3, 13),
    M.APRON: Look(0.180, 0.174, 0.164, 0.05, -13.5, -21.0, 6, 13),
    M.YARD: Look(0.160, 0.140, 0.140, 0.38, -4.5, -10.5, 1.2, 13),
    M.QUAY: Look(0.250, 0.242, 0.225, 0.05, -8.5, -15.0, 3, 13),
    M.BREAKWATER: Look(0.215, 0.200, 0.178, 0.13, -7.0, -13.5, 3, 13),
    M.TANK: Look(0.46, 0.46, 0.45, 0.05, 0.0, -7.0, 1.5, 13),
    M.SHED_WHITE: Look(0.42, 0.42, 0.42, 0.05, -2.5, -8.5, 1.3, 13),
    M.SHED_GREY: Look(0.250, 0.252, 0.260, 0.05, -2.5, -8.5, 1.3, 13),
    M.SHED_RED: Look(0.240, 0.135, 0.112, 0.06, -2.5, -8.5, 1.3, 13),
    M.SHED_BLUE: Look(0.125, 0.185, 0.265, 0.05, -2.5, -8.5, 1.3, 13),
    M.HULL_RED: Look(0.210, 0.112, 0.095, 0.10, 8.0, -2.0, 1.3, 17),
    M.HULL_DARK: Look(0.085, 0.088, 0.105, 0.10, 8.0, -2.0, 1.3, 17),
    M.DECK: Look(0.240, 0.215, 0.195, 0.25, 9.0, -1.0, 1.2, 17),
    M.BRIDGE: Look(0.480, 0.480, 0.480, 0.05, 13.0, 3.0, 1.2, 17),
}

CROPS = [m for m in M if m.name.startswith("CROP")]
SHEDS = [m for m in M if m.name.startswith("SHED")]
SHIPS = [M.HULL_RED, M.HULL_DARK, M.DECK, M.BRIDGE]
STRUCTURES = [M.APRON, M.YARD, M.QUAY, M.BREAKWATER, M.TANK, *SHEDS]


def _table(column: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    values = np.zeros(max(M) + 1, dtype=np.float32)
    for material, look in LOOKS.items():
        values[material] = getattr(look, column)
    return values


REFLECTANCE = np.stack([_table("red"), _table("green"), _table("blue")])  # (3, materials)
GRAIN = _table("grain")
BACKSCATTER_DB = np.stack([_table("vv_db"), _table("vh_db")])  # (2, materials)
SHAPE = np.maximum(_table("shape"), 1)
IGBP = _table("igbp").astype(np.uint8)


def is_one_of(*kinds: M) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """A table (materials,) that is true for ``kinds``."""
    table = np.zeros(max(M) + 1, dtype=np.bool_)
    table[list(kinds)] = True
    return table
