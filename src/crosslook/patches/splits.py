"""Which scenes make which patch set, and what lies on the same ground. Splits are by scene."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.transform import Affine
from shapely.geometry.base import BaseGeometry

from crosslook.patches.annotations import to_map
from crosslook.patches.patch_set import Patch
from crosslook.scenes.catalogue import Scene

UNLABELLED_SETS = ("optical", "sar")
LABELLED_SETS = ("optical_labelled", "sar_labelled", "sar_dev", "sar_test")
EARTH_RADIUS_M = 6_371_000.0
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """A rectangle of pixels on the ground, in any CRS."""

    name: str
    crs: str
    affine: Affine
    size: tuple[int, int]  # height, width, pixels


def scenes_by_set(scenes: Sequence[Scene]) -> dict[str, list[Scene]]:
    """The scenes of each patch set, sorted by id.

    Translators see every scene of split train or unlabelled. Detectors learn from those of split
    train that have labels; SAR dev and SAR test judge them. Scenes of a domain of their own are in
    none of these sets.
    """
    chosen: dict[str, list[Scene]] = {name: [] for name in (*UNLABELLED_SETS, *LABELLED_SETS)}
    for scene in sorted(scenes, key=lambda scene: scene.id):
        if scene.domain:
            continue
        if scene.split in ("train", "unlabelled"):
            chosen[scene.sensor].append(scene)
            if scene.split == "train" and scene.labels is not None:
                chosen[f"{scene.sensor}_labelled"].append(scene)
        elif scene.sensor == "sar":
            chosen[f"sar_{scene.split}"].append(scene)
    return chosen


def scene_ground(scene: Scene) -> Ground:
    """The ground of a whole scene."""
    return Ground(scene.id, scene.crs, scene.affine, scene.size)


def patch_ground(patch: Patch) -> Ground:
    """The ground of one patch."""
    return Ground(patch.name, patch.crs, patch.affine, (patch.window[3], patch.window[2]))


def shared_ground(a: Sequence[Ground], b: Sequence[Ground]) -> list[tuple[Ground, Ground, float]]:
    """Every pair of one of ``a`` and one of ``b`` that overlaps, with the area in km².

    The two may be in different CRS: they are compared in an equal-area projection around the
    first, which also works across the date line. Less than a hundredth of a pixel row is none.
    """
    if not a or not b:
        return []
    centres_a, radii_a = _discs(a)
    centres_b, radii_b = _discs(b)
    found = []
    for i, one in enumerate(a):
        gaps_m = np.linalg.norm(centres_b - centres_a[i], axis=1)
        near = np.flatnonzero(gaps_m < radii_b + radii_a[i])
        if not len(near):
            continue
        local = _local_crs(centres_a[i])
        mine = _outline(one, local)
        for j in near.tolist():
            shared_m2 = mine.intersection(_outline(b[j], local)).area
            if shared_m2 > 1e-4 * min(mine.area, _outline(b[j], local).area):
                found.append((one, b[j], shared_m2 / 1e6))
    return found


def _outline(ground: Ground, crs: str) -> BaseGeometry:
    whole = shapely.box(0, 0, ground.size[1], ground.size[0])
    return to_map(whole, ground.crs, ground.affine, crs)


def _discs(grounds: Sequence[Ground]) -> tuple[FloatArray, FloatArray]:
    """Centres in space and radii around them, metres; each disc holds its whole ground."""
    centres, radii = [], []
    for ground in grounds:
        points = shapely.get_coordinates(_outline(ground, "EPSG:4326"))
        lon, lat = np.radians(points).T
        space = EARTH_RADIUS_M * np.stack(
            [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1
        )
        centre = space.mean(axis=0)
        centres.append(centre)
        radii.append(1.01 * np.linalg.norm(space - centre, axis=1).max())
    return np.array(centres), np.array(radii)


def _local_crs(centre: FloatArray) -> str:
    x, y, z = centre
    lon, lat = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    return f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84 +units=m"
