"""The coast and what covers the land: parcels, woods, beaches, towns."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from crosslook.simulate.fields import (
    ByteArray,
    FloatArray,
    Mask,
    distance,
    hash01,
    smooth,
    spectral_noise,
    without_specks,
)
from crosslook.simulate.materials import CROPS, SHEDS, M

REGION_PX = 96  # one region has one direction and one size of parcels
STREET_EVERY_PX = (7.5, 5.5)


@dataclass(frozen=True)
class Coast:
    """Land and sea before anybody built on them. All arrays are (size, size)."""

    land: Mask
    sea: Mask  # large connected water only; lakes are neither land nor sea
    height_m: FloatArray  # 0 on water
    offshore_px: FloatArray  # distance to land, 0 on land
    inland_px: FloatArray  # distance to water, 0 on water


@dataclass(frozen=True)
class Cover:
    """What covers the ground. All arrays are (size, size)."""

    material: ByteArray  # codes of materials.M
    parcel: FloatArray  # -1..1, one value per parcel: how it differs from its neighbours
    street_angle: FloatArray  # radians, direction of streets and parcels


def make_coast(rng: np.random.Generator, size: int, land_share: float) -> Coast:
    """A fractal coast that has the sea on one side, in a direction drawn at random."""
    relief = spectral_noise(rng, size, beta=3.9, outer_px=360, step=2)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / np.float32(size) - np.float32(0.5)
    toward_land = rng.uniform(0, 2 * np.pi)
    tilt = np.float32(1.5 + 1.5 * size / 1024)
    relief += tilt * (x * np.float32(np.cos(toward_land)) + y * np.float32(np.sin(toward_land)))
    shore = relief + np.float32(0.09) * spectral_noise(rng, size, beta=2.8, outer_px=60)
    share = float(np.clip(land_share + rng.uniform(-0.07, 0.07), 0.15, 0.85))
    level = np.float32(np.quantile(shore[::4, ::4], 1 - share))
    land = without_specks(~without_specks(shore <= level, 80), 120)
    sea = without_specks(~land, size * size // 40)
    hills = spectral_noise(rng, size, beta=3.6, outer_px=180, step=2)
    rise = np.maximum(relief - level, 0)
    steep = np.float32(rng.uniform(15, 45))  # metres per unit of relief: plains or hills
    height = steep * rise * (1 + np.float32(0.3) * hills) + 2
    height = np.where(land, np.maximum(height, 1), 0).astype(np.float32)
    return Coast(land, sea, height, distance(~land), distance(land))


def seaward(coast: Coast) -> tuple[FloatArray, FloatArray]:
    """Which way the sea lies from each place on the coast, on a grid twice as coarse.

    Returns:
        east, south: (size / 2, size / 2) each; the longer the vector, the straighter the coast.
    """
    soft = ndimage.gaussian_filter(coast.land[::2, ::2].astype(np.float32), 4, truncate=3)
    south, east = np.gradient(soft)
    return -east, -south


def cover_land(
    rng: np.random.Generator, coast: Coast, towns: list[tuple[float, float, float]]
) -> Cover:
    """Cover the land with fields, woods, beaches and towns.

    Args:
        rng: where the randomness comes from.
        coast: land and sea.
        towns: places (x, y, radius) in pixels where a town stands for certain; others grow where
            they like.
    """
    size = len(coast.land)
    regions = _Regions(rng, size)
    parcel, edge = regions.parcels()
    parcel_kind, brightness = hash01(parcel), hash01(parcel, salt=3) * 2 - 1
    moist = spectral_noise(rng, size, beta=3.0, outer_px=260, step=4)
    wild = spectral_noise(rng, size, beta=2.7, outer_px=150, step=2)
    rugged = coast.height_m / np.float32(max(1.0, float(np.quantile(coast.height_m, 0.98))))

    material = _fields(parcel_kind, moist, regions)
    material[edge] = np.where(regions.hedged[edge], M.HEDGE, M.TRACK)
    wild += np.float32(0.9) * rugged
    copse = hash01(parcel, salt=7) < np.float32(0.05)
    woods = (wild > np.float32(0.95)) | copse
    material[(wild > 0.72) & ~woods] = M.SHRUB
    evergreen = moist + np.float32(0.5) * rugged > np.float32(0.45)
    material[woods] = np.where(evergreen[woods], M.EVERGREEN, M.DECIDUOUS)
    material[(rugged > 1.05) & (wild < 1.7)] = M.BARREN
    low = (coast.inland_px < 14) & (coast.height_m < 12) & (moist > 0.9)
    material[low & (wild < 0.4)] = M.WETLAND
    beach = spectral_noise(rng, size, beta=2.6, outer_px=90, step=4)
    material[(coast.inland_px < 1.2 + 1.9 * beach) & (beach > 0)] = M.SAND
    _build_towns(rng, material, coast, regions, towns, rugged)
    material[~coast.land] = M.WATER
    return Cover(material, brightness, regions.angle)


class _Regions:
    """Warped squares of countryside, each with a direction and a size of its parcels."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        y, x = np.mgrid[0:size, 0:size].astype(np.float32)
        bend = np.float32(0.3 * REGION_PX)
        cell_x = (x + bend * spectral_noise(rng, size, 3.2, 140, 4)) / np.float32(REGION_PX) + 4
        cell_y = (y + bend * spectral_noise(rng, size, 3.2, 140, 4)) / np.float32(REGION_PX) + 4
        across = size // REGION_PX + 10
        region = cell_y.astype(np.int32).clip(0, across - 1) * across
        region += cell_x.astype(np.int32).clip(0, across - 1)
        count = across * across
        common = rng.uniform(0, np.pi)
        angle = (common + rng.normal(0, 0.45, count)).astype(np.float32)
        narrow = np.exp(rng.uniform(1.9, 3.1, count)).astype(np.float32)
        wide = narrow * rng.uniform(1.2, 2.8, count).astype(np.float32)
        self.region = region.astype(np.uint32)
        self.angle = angle[region]
        cos, sin = np.cos(angle)[region], np.sin(angle)[region]
        self.along = x * cos + y * sin
        self.across = y * cos - x * sin
        self.narrow, self.wide = narrow[region], wide[region]
        self.pasture = rng.uniform(0.05, 0.5, count).astype(np.float32)[region]
        self.hedged = (rng.random(count) < 0.5)[region]
        road = np.zeros((size, size), dtype=np.bool_)
        road[:, 1:] |= region[:, 1:] != region[:, :-1]
        road[1:] |= region[1:] != region[:-1]
        self.road = road

    def parcels(self) -> tuple[npt.NDArray[np.uint32], Mask]:
        """For each pixel the number of its parcel, and whether it lies on an edge between two."""
        v = self.across / self.narrow
        row = np.floor(v)
        row_id = row.astype(np.int32).view(np.uint32)
        u = self.along / self.wide + hash01(self.region, row_id)  # rows are shifted as in a wall
        column = np.floor(u)
        column_id = column.astype(np.int32).view(np.uint32)
        parcel = self.region * np.uint32(7919) + row_id * np.uint32(104729) + column_id
        edge = (v - row) * self.narrow < np.float32(0.8)
        edge |= (u - column) * self.wide < np.float32(0.8)
        edge &= hash01(self.region, salt=5) < np.float32(0.55)
        return parcel, edge | self.road


def _fields(kind: FloatArray, moist: FloatArray, regions: _Regions) -> ByteArray:
    grass = regions.pasture + np.float32(0.12) * moist
    crop = np.array(CROPS, dtype=np.uint8)
    share = (kind - grass) / np.maximum(1 - grass, np.float32(0.05))
    chosen = crop[(share.clip(0, 0.999) * len(crop)).astype(np.uint8)]
    return np.where(kind < grass, np.uint8(M.GRASS), chosen)


def _build_towns(
    rng: np.random.Generator,
    material: ByteArray,
    coast: Coast,
    regions: _Regions,
    towns: list[tuple[float, float, float]],
    rugged: FloatArray,
) -> None:
    size = len(material)
    wish = spectral_noise(rng, size, beta=2.6, outer_px=110, step=2)
    wish -= np.float32(0.9) * rugged
    wish += np.float32(0.4) * np.exp(coast.inland_px / np.float32(-40))
    axis = np.arange(size, dtype=np.float32)
    for x, y, radius in towns:
        bell_x = np.exp(-(((axis - x) / radius) ** 2) / 2).astype(np.float32)
        bell_y = np.exp(-(((axis - y) / radius) ** 2) / 2).astype(np.float32)
        wish += 3 * bell_y[:, None] * bell_x
    level = np.quantile(wish[coast.land], 0.90) if coast.land.any() else np.inf
    inside = (wish > level) & coast.land
    core = ((wish - np.float32(level)) / np.float32(1.1)).clip(0, 1)[inside]
    block_u = regions.along[inside] / np.float32(STREET_EVERY_PX[0])
    block_v = regions.across[inside] / np.float32(STREET_EVERY_PX[1])
    column, row = np.floor(block_u), np.floor(block_v)
    street = (block_u - column) * np.float32(STREET_EVERY_PX[0]) < 1
    street |= (block_v - row) * np.float32(STREET_EVERY_PX[1]) < 1
    block = regions.region[inside] * np.uint32(31) + column.astype(np.int32).view(np.uint32)
    block = block * np.uint32(131) + row.astype(np.int32).view(np.uint32)
    built = rng.random(len(block), dtype=np.float32) < np.float32(0.35) + np.float32(0.6) * core
    roofs = np.where(hash01(block) < np.float32(0.45), np.uint8(M.RED_ROOFS), np.uint8(M.ROOFS))
    chosen = np.where(built, roofs, np.uint8(M.GARDEN))
    use = hash01(block, salt=11)
    sheds = np.array(SHEDS, dtype=np.uint8)
    factory = sheds[(hash01(block, salt=13) * len(sheds)).astype(np.uint8)]
    chosen = np.where(use < np.float32(0.06), factory, chosen)
    chosen = np.where(use > np.float32(0.95), np.uint8(M.GRASS), chosen)
    material[inside] = np.where(street, np.uint8(M.STREET), chosen)
    smooth_edge = smooth(inside.astype(np.float32)) < np.float32(0.35)
    material[inside & smooth_edge] = M.GARDEN
