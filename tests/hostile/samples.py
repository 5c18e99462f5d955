"""Whole inputs of every kind, and the commands that take them; damage is done to their bytes."""

import dataclasses
import io
import json
import re
import zipfile

import grd_products
import numpy as np
import sentinel2_products
import shapely
from damage import (
    damage_bytes,
    damage_jp2,
    damage_json,
    damage_tiff,
    damage_xml,
    damage_zip,
    pack,
)
from label_files import blob, coco, collection, feature, geopackage, row
from stac_server import item

SQUARE = shapely.box(500_100, 4_399_500, 500_300, 4_399_800)
DEGREES = shapely.box(3.001, 39.74, 3.003, 39.745)
VOC = (
    "<annotation><filename>harbour.jpg</filename><size><width>400</width><height>300</height>"
    "</size><object><name>port</name><difficult>0</difficult><bndbox><xmin>10</xmin>"
    "<ymin>20</ymin><xmax>40</xmax><ymax>60</ymax></bndbox></object></annotation>"
)
CVAT = (
    '<annotations><version>1.1</version><image id="0" name="harbour.png" width="400" '
    'height="300"><box label="port" xtl="10" ytl="20" xbr="40" ybr="60"/></image></annotations>'
)
SHAPE = {"x": 2.5, "y": 6.7, "width": 7.5, "height": 13.3, "rectanglelabels": ["port"]}
STUDIO = [
    {
        "data": {"image": "/data/upload/1/0a1b2c3d-harbour.png"},
        "annotations": [
            {
                "result": [
                    {
                        "type": "rectanglelabels",
                        "original_width": 400,
                        "original_height": 300,
                        "value": SHAPE,
                    }
                ]
            }
        ],
    }
]


def sentinel1(folder):
    """A zip of a GRD product of 60 x 80 px: its name, its bytes."""
    size = (60, 80)
    product = grd_products.GrdProduct(track=grd_products.Track(size=size), grid=(5, 6))
    numbers = {
        band: product.numbers_of(np.full(size, level), band)
        for band, level in zip(product.polarisations, (0.1, 0.02), strict=True)
    }
    product = dataclasses.replace(product, numbers=numbers)
    path = grd_products.write_product(folder, product, zipped=True)
    return path.name, path.read_bytes()


def sentinel2(folder):
    """A zip of an L1C product of 60 x 60 px: its name, its bytes."""
    masks = np.zeros((3, 10, 10))
    seen = sentinel2_products.reflectances(60)
    safe = sentinel2_products.write_product(
        folder, seen, sentinel2_products.Kind(size=60, masks=masks)
    )
    path = sentinel2_products.write_zip(safe)
    return path.name, path.read_bytes()


def labels(folder):
    """A label file of each format: its name, its bytes, how it is damaged."""
    rows = [row(), row(id=2, segmentation=[[100, 100, 140, 100, 140, 160]], bbox=None)]
    many = geopackage(folder / "ports.gpkg", [("port", blob(SQUARE)), ("ship", blob(SQUARE))])
    shapes = collection(feature(DEGREES, **{"class": "port", "ignore": 0}))
    return [
        ("ports.geojson", json.dumps(shapes).encode(), damage_json),
        ("coco.json", json.dumps(coco(*rows)).encode(), damage_json),
        ("studio.json", json.dumps(STUDIO).encode(), damage_json),
        ("voc.xml", VOC.encode(), damage_xml),
        ("cvat.xml", CVAT.encode(), damage_xml),
        ("harbour.txt", b"0 0.5 0.5 0.1 0.1\n0 0.1 0.1 0.2 0.1 0.1 0.2\n", damage_bytes),
        ("ports.gpkg", many.read_bytes(), damage_bytes),
    ]


def items():
    """An ItemCollection as catalogues write it."""
    asset = {
        "href": "https://example.org/x/B04.tif?sig=1",
        "type": "image/tiff; application=geotiff",
        "file:size": 1000,
        "file:checksum": "1220" + "ab" * 32,
    }
    billed = {
        "href": "s3://sentinel-s1-l1c/GRD/x.zip",
        "alternate": {"https": {"href": "s3://eodata/x.zip"}},
        "storage:refs": ["aws"],
        "storage:requester_pays": True,
    }
    one = item("S1A_IW_GRDH_X.SAFE", {"product": asset, "red": asset})
    two = item("S2A_X", {"Product": billed})
    two["properties"] |= {
        "storage:schemes": {"aws": {"region": "eu-central-1"}},
        "eo:cloud_cover": 3,
    }
    return {"type": "FeatureCollection", "features": [one, two]}


# What is read of products: of images those that the default bands and the clouds need.
READ = {
    ".xml": re.compile(r"/annotation/.*\.xml$|/MTD_\w+\.xml$|^S1.*/manifest\.safe$"),
    ".tiff": re.compile(r"/measurement/.*\.tiff$"),
    ".jp2": re.compile(r"(_B0[2348]|_B1[01]|/MSK_CLASSI_B00)\.jp2$"),
}


SECTIONS = {
    "seed": 0,
    "check_data": {},
    "tile": {
        "classes": ["port"],
        "unlabelled": {"size_px": 16, "stride_px": 16},
        "detection": {"size_px": 32, "negatives_per_scene": 1, "min_side_px": 4},
    },
}
HARBOUR = ("--scene", "harbour.tif", "--box-size-m", "50", "--class-name", "port")


class Jobs:
    """Hostile files below ``folder``/in and the commands that are given them."""

    def __init__(self, folder, seed):
        self.folder, self.rng, self.all = folder, np.random.default_rng(seed), []
        self.outside = folder.parent / "outside"
        self.outside.mkdir()
        self.samples = folder.parent / "samples"
        self.samples.mkdir()

    def add(self, kind, name, data, *arguments, case=""):
        """``arguments`` are words of a command: FILE is the written ``data``, HERE its folder."""
        path = self.folder / "in" / f"{len(self.all):04d}" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        file = str(path.relative_to(self.folder))
        known = {"FILE": file, "HERE": str(path.parent.relative_to(self.folder))}
        words = [known.get(word, word) for word in arguments]
        about = {"name": f"{kind} {case} {file}", "kind": kind, "case": case}
        self.all.append(about | {"arguments": words})
        return path

    def archives(self, count):
        for make, sensor in ((sentinel1, "sar"), (sentinel2, "optical")):
            name, data = make(self.samples)
            command = ("ingest", sensor, "FILE", "--data", "out")
            self.add("whole", name, data, *command)
            for _ in range(count):
                hurt = damage_zip(data, self.rng, str(self.outside))
                self.add("archive", name, hurt, *command)
            self._parts(count, name, data, sensor, ".xml", "SAFE XML", damage_xml)
            kind, harm = {
                "sar": (".tiff", damage_tiff),
                "optical": (".jp2", damage_jp2),
            }[sensor]
            self._parts(count // 2, name, data, sensor, kind, "raster", harm)

    def _parts(self, count, name, data, sensor, suffix, kind, damage):
        """Products of which one part is damaged."""
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {one: archive.read(one) for one in archive.namelist()}
        ours = [one for one, content in members.items() if READ[suffix].search(one) and content]
        for _ in range(count):
            part = ours[self.rng.integers(len(ours))]
            hurt = members | {part: damage(members[part], self.rng)}
            self.add(kind, name, pack(hurt.items()), "ingest", sensor, "FILE", "--data", "out")

    def rasters(self, count, geotiff):
        """GeoTIFFs on their way into data/; ``geotiff`` writes one."""
        rng = np.random.default_rng(0)
        for layout in (
            {},
            {"compress": "deflate", "tiled": True, "blockxsize": 64, "blockysize": 64},
        ):
            geotiff(
                self.samples / "a.tif", rng.uniform(-25, -5, (2, 96, 96)).astype("f4"), **layout
            )
            data = (self.samples / "a.tif").read_bytes()
            command = ("ingest", "sar", "FILE", "--bands", "VV,VH", "--unit", "db", "--data", "out")
            self.add("whole", "a.tif", data, *command)
            for _ in range(count):
                self.add("raster", "a.tif", damage_tiff(data, self.rng), *command)

    def harbour(self, geotiff):
        """The scene that labels in pixels belong to."""
        scene = self.folder / "harbour.tif"
        geotiff(scene, np.ones((1, 300, 400), np.uint8), origin=(500_000, 4_400_000))

    def labels(self, count, geotiff):
        """Label files, each read to GeoJSON and, in turn, to COCO."""
        self.harbour(geotiff)
        for name, data, damage in labels(self.samples):
            for i in range(count + 1):
                hurt = damage(data, self.rng) if i else data
                out = f"out/labels.{'json' if i % 2 else 'geojson'}"
                words = ("labels", "FILE", "--output", out, *HARBOUR)
                path = self.add("labels" if i else "whole", name, hurt, *words)
                if name == "harbour.txt":
                    path.with_name("classes.txt").write_text("port\n")

    def stac(self, count):
        """Lists of items to fetch; of each only the list is asked for, nothing is sent."""
        data = json.dumps(items()).encode()
        self.add("whole", "items.json", data, "fetch", "FILE", "--list")
        for i in range(count):
            more = ("--asset", "product", "--only", "S1A_IW_GRDH_X.SAFE") if i % 3 == 0 else ()
            hurt = damage_json(data, self.rng)
            self.add("STAC", "items.json", hurt, "fetch", "FILE", "--list", *more)

    def catalogues(self, count, data, params):
        """A project's list of scenes, ``data``/scenes.json, on its way to the check page."""
        (self.folder / "params.yaml").write_text(params)
        whole = (data / "scenes.json").read_bytes()
        for i in range(count + 1):
            hurt = damage_json(whole, self.rng) if i else whole
            words = ("check", "--data", "HERE", "--output", "out/page.html")
            path = self.add("STAC" if i else "whole", "scenes.json", hurt, *words)
            for name in ("optical", "sar", "labels"):
                path.with_name(name).symlink_to(data / name)
