"""What a user has: zips of Sentinel-1 and Sentinel-2 as catalogues hand them out, and ports.gpkg.

The products show places of the simulated world, so that ports look like ports to both sensors.
"""

import dataclasses
from datetime import timedelta
from pathlib import Path

import grd_products
import numpy as np
import sentinel2_products
import shapely
from label_files import blob, geopackage
from rasterio.transform import Affine

from crosslook.patches.annotations import to_map
from crosslook.simulate import infrared, optical, radar
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.world import make_world

SIZE = 384  # pixels each way, a multiple of 6
PARAMS = SimulateParams(ports_per_mpx=25.0)
OTHERS = {  # bands that the world has not -> those that stand in for them
    "B01": "B02", "B05": "B04", "B06": "B08", "B07": "B08", "B8A": "B08", "B09": "B08",
    "B12": "B11",
}  # fmt: skip
S1_BEGIN = grd_products.START


def write_all(folder: Path, monkeypatch) -> None:
    """Write ``folder``/raw/{optical,sar,dev,test}/*.zip and ``folder``/ports.gpkg."""
    ports = []
    for number in range(2):
        ports += write_optical(folder / "raw/optical", number, monkeypatch)
    for role, first, count in (("sar", 0, 1), ("dev", 1, 2), ("test", 3, 2)):
        for number in range(first, first + count):
            ports += write_sar(folder / "raw" / role, number, monkeypatch)
    rows = [("port", blob(outline, 4326)) for outline in ports]
    geopackage(folder / "ports.gpkg", rows, srs=4326, code=4326)


def write_optical(folder: Path, number: int, monkeypatch) -> list[shapely.Polygon]:
    """Write one L1C zip; the outlines of its ports in WGS 84."""
    corner = (300_000 + 60_000 * number, 9_400_000)
    monkeypatch.setattr(sentinel2_products, "CORNER", corner)
    monkeypatch.setattr(sentinel2_products, "TIME", f"2023080{4 + number}T021351")
    world = make_world((7, number), SIZE, PARAMS)
    visible = optical.render_optical(world, PARAMS) * optical.SCALE
    layers = zip((*optical.BANDS, *infrared.BANDS), (*visible, *more(world)), strict=True)
    seen = dict(layers)
    seen |= {name: seen[like] for name, like in OTHERS.items()}
    folder.mkdir(parents=True, exist_ok=True)
    kind = sentinel2_products.Kind(size=SIZE)
    safe = sentinel2_products.write_product(folder, seen, kind)
    sentinel2_products.write_zip(safe)
    for file in sorted(safe.rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    safe.rmdir()
    place = Affine(10, 0, corner[0], 0, -10, corner[1])
    rings = [shapely.Polygon(port.polygon) for port in world.ports]
    return [to_map(ring, sentinel2_products.CRS, place) for ring in rings]


def more(world):
    return infrared.render_infrared(world, PARAMS)


def write_sar(folder: Path, number: int, monkeypatch) -> list[shapely.Polygon]:
    """Write one IW GRD zip; the outlines of its ports in WGS 84.

    The world is laid into the image as it was taken, so that its ports lie turned on the map.
    """
    monkeypatch.setattr(grd_products, "START", S1_BEGIN + timedelta(days=12 * number))
    track = grd_products.Track(45.0, 9.0 + 0.3 * number, 190.0, (SIZE, SIZE))
    world = make_world((8, number), SIZE, PARAMS)
    decibels = radar.render_sar(world, PARAMS) * radar.SCALE
    product = grd_products.GrdProduct(track=track, platform="S1" + "ABCD"[number % 4])
    numbers = {
        band: product.numbers_of(10.0 ** (layer / 10.0), band)
        for band, layer in zip(radar.BANDS, decibels, strict=True)
    }
    folder.mkdir(parents=True, exist_ok=True)
    grd_products.write_product(folder, dataclasses.replace(product, numbers=numbers), zipped=True)
    outlines = []
    for port in world.ports:
        x, y = np.array(port.polygon).T
        longitude, latitude = track.place(y - 0.5, x - 0.5)
        outlines.append(shapely.Polygon(np.stack([longitude, latitude], axis=1)))
    return outlines
