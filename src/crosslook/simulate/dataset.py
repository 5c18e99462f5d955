"""The data folder of the simulated world: scenes.json, GeoTIFFs, labels, land cover."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.transform import Affine, xy
from rasterio.warp import transform_geom

from crosslook.scenes.catalogue import Scene, Split, read_catalogue, write_catalogue
from crosslook.scenes.radiometry import Radiometry, Sensor
from crosslook.simulate import optical, radar
from crosslook.simulate.land_cover import write_land_cover
from crosslook.simulate.places import place_on_map
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import World, make_world
from crosslook.writing import whole_folder, write_json

RADIOMETRY: dict[Sensor, Radiometry] = {
    "optical": Radiometry("reflectance", optical.BANDS, scale=optical.SCALE, nodata=0),
    "sar": Radiometry("sigma0_db", radar.BANDS, scale=radar.SCALE, nodata=radar.NODATA),
}
MEANINGS = {"reflectance": "1", "sigma0_db": "dB"}


@dataclass(frozen=True)
class Wanted:
    """One scene to make. Scenes with one ``place`` show the same ground."""

    id: str
    sensor: Sensor
    split: Split
    size: int
    place: int
    labelled: bool
    cut: bool = False  # by the edge of the swath


def scene_list(params: SimulateParams) -> list[Wanted]:
    """Every scene of the data folder. Each has a place of its own, except the twins."""
    groups: list[tuple[str, int, int, list[Sensor], Split, bool]] = [
        ("optical_train", params.optical_scenes, params.optical_size, ["optical"], "train", True),
        (
            "sar_unlabelled",
            params.sar_unlabelled_scenes,
            params.sar_unlabelled_size,
            ["sar"],
            "unlabelled",
            False,
        ),
        ("sar_train", params.sar_train_scenes, params.sar_train_size, ["sar"], "train", True),
        ("sar_dev", params.sar_dev_scenes, params.sar_dev_size, ["sar"], "dev", True),
        ("sar_test", params.sar_test_scenes, params.sar_test_size, ["sar"], "test", True),
        (
            "twin",
            params.twin_scenes,
            params.twin_size,
            ["optical", "sar"],
            "unlabelled",
            False,
        ),
    ]
    wanted: list[Wanted] = []
    place = 0
    for name, count, size, sensors, split, labelled in groups:
        for i in range(1, count + 1):
            for sensor in sensors:
                name_of_one = f"{name}_{i:02d}" + (f"_{sensor}" if len(sensors) > 1 else "")
                cut = name == "sar_unlabelled" and i <= params.swath_edges
                wanted.append(Wanted(name_of_one, sensor, split, size, place, labelled, cut))
            place += 1
    return wanted


def write_data(
    folder: Path,
    seed: int,
    params: SimulateParams,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Scene]:
    """Simulate every scene and write ``folder``, whole or not at all.

    Args:
        folder: replaced when it exists.
        seed: the same seed and params give the same bytes.
        params: the world.
        tell: called with one line per scene.

    Returns:
        The scenes as read back from ``folder``, sorted by id.
    """
    with whole_folder(folder) as temporary:
        scenes = []
        for scene, line in _simulate(temporary, seed, params):
            scenes.append(scene)
            tell(line)
        write_land_cover(temporary / "sen12ms", seed, params, tell)
        write_catalogue(temporary, scenes)
    return read_catalogue(folder)


def _simulate(folder: Path, seed: int, params: SimulateParams) -> Iterator[tuple[Scene, str]]:
    world, place = None, -1
    for number, wanted in enumerate(scene_list(params)):
        if world is None or wanted.place != place:
            world, place = make_world((seed, wanted.place), wanted.size, params), wanted.place
        yield _write_scene(folder, wanted, number, world, params, seed)


def _write_scene(
    folder: Path, wanted: Wanted, number: int, world: World, params: SimulateParams, seed: int
) -> tuple[Scene, str]:
    crs, transform = place_on_map(world.seed, wanted.place)
    radiometry = RADIOMETRY[wanted.sensor]
    image = folder / wanted.sensor / f"{wanted.id}.tif"
    render = optical.render_optical if wanted.sensor == "optical" else radar.render_sar
    pixels = render(world, params)
    if wanted.cut:
        pixels[:, beyond_swath(wanted.size)] = radar.NODATA
    write_raster(image, pixels, crs, transform, radiometry)
    cover = folder / "land_cover" / f"{wanted.id}.tif"
    write_raster(cover, world.land_cover[None], crs, transform, None)
    labels = area = None
    ports = len(world.ports)
    if wanted.labelled:
        labels = folder / "labels" / f"{wanted.id}.geojson"
        share = params.labelled_share if wanted.sensor == "optical" else 1.0
        rings = [port.polygon for port in world.ports]
        rings = [r for r in rings if max(x for x, _ in r) <= share * wanted.size]
        ports = len(rings)
        write_json(labels, _features(wanted.id, "port", rings, crs, transform))
        if share < 1:
            area = folder / "labels" / f"{wanted.id}_area.geojson"
            east, south = share * wanted.size, float(wanted.size)
            ring = ((0.0, 0.0), (east, 0.0), (east, south), (0.0, south))
            write_json(area, _features(wanted.id, "labelled_area", [ring], crs, transform))
    scene = Scene(
        id=wanted.id,
        sensor=wanted.sensor,
        split=wanted.split,
        radiometry=radiometry,
        crs=crs,
        transform=transform[:6],
        size=(wanted.size, wanted.size),
        image=image,
        labels=labels,
        labelled_area=area,
        land_cover=cover,
        acquired=f"2024-{1 + number // 28 % 12:02d}-{1 + number % 28:02d}T10:30:00Z",
        notes={
            "source": "simulated",
            "place": wanted.place,
            "seed": seed,
            "ports": len(world.ports),
        },
    )
    kind = "labelled" if wanted.labelled else "not labelled"
    line = (
        f"{wanted.id}: {wanted.sensor}, {wanted.split}, {wanted.size} x {wanted.size} px, "
        f"{ports} ports ({kind}), {world.ships} stray ships"
    )
    return scene, line


def beyond_swath(size: int) -> npt.NDArray[np.bool_]:
    """The pixels (size, size) west of a swath edge that runs 12 degrees off north."""
    row, column = np.ogrid[0:size, 0:size]
    return np.asarray(column < 0.2 * (size - row) - 0.08 * size)


def write_raster(
    path: Path,
    pixels: npt.NDArray[Any],
    crs: str,
    transform: Affine,
    radiometry: Radiometry | None,
) -> None:
    """Write (C, H, W) as a tiled GeoTIFF; without ``radiometry`` it holds IGBP classes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = pixels.shape
    with (
        rasterio.Env(GDAL_PAM_ENABLED="NO"),
        rasterio.open(
            path,
            "w",
            driver="GTiff",
            dtype=pixels.dtype,
            count=count,
            height=height,
            width=width,
            crs=crs,
            transform=transform,
            nodata=radiometry.nodata if radiometry else 0,
            tiled=True,
            blockxsize=256,
            blockysize=256,
            compress="deflate",
            predictor=2,
            interleave="pixel",
        ) as raster,
    ):
        if radiometry:
            raster.descriptions = radiometry.bands
            raster.scales = (radiometry.scale,) * count
            raster.offsets = (radiometry.offset,) * count
            raster.units = (MEANINGS[radiometry.unit],) * count
            raster.update_tags(UNIT=radiometry.unit)
        else:
            raster.descriptions = ("IGBP land cover, 1..17",)
        raster.write(pixels)


def _features(
    scene: str,
    kind: str,
    rings: list[tuple[tuple[float, float], ...]],
    crs: str,
    transform: Affine,
) -> dict[str, Any]:
    """A GeoJSON FeatureCollection in WGS 84 from rings of pixel coordinates."""
    features = []
    for i, ring in enumerate(rings, start=1):
        columns, rows = zip(*ring, ring[0], strict=True)
        east, north = xy(transform, rows, columns, offset="ul")
        corners = [(float(x), float(y)) for x, y in zip(east, north, strict=True)]
        shape = {"type": "Polygon", "coordinates": [corners]}
        geometry = transform_geom(crs, "EPSG:4326", shape, precision=8)
        features.append(
            {
                "type": "Feature",
                "id": f"{scene}_{kind}_{i:02d}",
                "properties": {"class": kind, "scene": scene},
                "geometry": geometry,
            }
        )
    return {"type": "FeatureCollection", "features": features}
