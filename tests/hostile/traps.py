"""Files made by hand to exhaust memory or time, or to be taken for what they are not."""

import json
import re
import struct
import zlib

import numpy as np
import rasterio
import shapely
from damage import pack
from label_files import collection, feature, header

DEGREES = shapely.box(3.001, 39.74, 3.003, 39.745)
VRT = (
    '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1">'
    "<SimpleSource><SourceFilename>/vsicurl/http://127.0.0.1:9/a.tif</SourceFilename>"
    "</SimpleSource></VRTRasterBand></VRTDataset>"
)


def around(count):
    angle = np.linspace(0, 2 * np.pi, count)
    ring = np.stack([3.002 + 1e-3 * np.cos(angle), 39.74 + 1e-3 * np.sin(angle)], 1)
    return shapely.Polygon(ring)


def laughs(root):
    entities = b"".join(b'<!ENTITY %c "&%c;&%c;">' % (98 + i, 97 + i, 97 + i) for i in range(20))
    return b'<!DOCTYPE a [<!ENTITY a "haha">%s]><%s>&u;</%s>' % (entities, root, root)


LABELS = {
    "nested": lambda: b"[" * 10**6 + b"]" * 10**6,
    "nested_in_geojson": lambda: (
        b'{"type": "FeatureCollection", "features": [{"geometry": {"type": "Polygon", '
        b'"coordinates": ' + b"[" * 900 + b"1" + b"]" * 900 + b"}}]}"
    ),
    "many_arrays": lambda: b"[" + b"[]," * (15 * 10**6) + b"[]]",
    "many_objects": lambda: b"[" + b"{}," * (29 * 10**5) + b"{}]",
    "many_numbers": lambda: b"[" + b"1.5," * (7 * 10**6) + b"0]",
    "many_texts": lambda: b'["' + b'","'.join(b"%d" % i for i in range(4 * 10**6)) + b'"]',
    "long": lambda: b'{"a": "' + b"x" * (60 * 2**20) + b'"}',
    "wide_text": lambda: b'{"type": "' + "\U0001f6a2".encode() * (11 * 2**20) + b'"}',
    "surrogates": lambda: json.dumps(collection(feature(DEGREES, **{"class": "\ud800"}))).encode(),
    "surrogate_key": lambda: json.dumps(collection(feature(DEGREES, **{"\udfff": 1}))).encode(),
    "digits": lambda: b'{"type": ' + b"9" * 10**6 + b"}",
    "many_corners": lambda: json.dumps(collection(feature(around(100_000)))).encode(),
    "around_for_ever": lambda: json.dumps(
        collection(
            feature(shapely.Polygon([(-80 + 160 * (i % 2), i * 1e-5) for i in range(10**4)]))
        )
    ).encode(),
    "deep_xml": lambda: b"<annotation>" * 10**6,
    "many_elements": lambda: b"<annotation>" + b"<a/>" * (3 * 10**6) + b"</annotation>",
    "long_xml": lambda: b"<annotation>" + b" " * (20 * 2**20),
    "laughs": lambda: laughs(b"annotation"),
    "yolo_line": lambda: b"0 " + b"0.5 " * 900_000,
    "zip": lambda: b"PK\x03\x04" + b"\0" * 100,
    "no_sqlite": lambda: b"SQLite format 3\0" + b"\x01" * 10**6,
}
GEOMETRIES = {  # of GeoPackages
    "count": header() + b"\x01" + struct.pack("<II", 3, 2**32 - 1),
    "nested": header() + (b"\x01" + struct.pack("<II", 7, 1)) * 10**6,
    "nested_multi": header() + (b"\x01" + struct.pack("<II", 6, 1)) * 10**6,
    "many_rings": header()
    + b"\x01"
    + struct.pack("<II", 3, 200_000)
    + (struct.pack("<I", 4) + b"\0" * 64) * 200_000,
    "million_rings": header() + b"\x01" + struct.pack("<II", 3, 10**6) + b"\0" * (4 * 10**6),
}

NUMBERS = b" ".join(b"%d" % i for i in range(2_000_000))
FILL = 15 * 2**20  # an XML may have 16 MiB


def grown(old, piece):
    """Puts ``piece`` behind ``old`` as often as an XML may be long."""
    return lambda data: data.replace(old, old + piece * (FILL // len(piece)), 1)


def stretched(data):
    """A geolocation grid 300 times as far from 45 degrees north: smooth, and far too large."""
    begin, *rest = data.split(b"<latitude>")
    parts = [(float(one.split(b"<")[0]), one[one.index(b"<") :]) for one in rest]
    return b"<latitude>".join([begin, *(b"%.12f" % (45 + 300 * (y - 45)) + z for y, z in parts)])


POINT = (
    b"<geolocationGridPoint><azimuthTime>2021-04-01T05:26:23</azimuthTime><line>1</line>"
    b"<pixel>1</pixel><latitude>45</latitude><longitude>9</longitude><height>0</height>"
    b"<incidenceAngle>35</incidenceAngle><slantRangeTime>5e-3</slantRangeTime>"
    b"</geolocationGridPoint>"
)
BLOCK = (
    b"<noiseAzimuthVector><firstAzimuthLine>0</firstAzimuthLine><firstRangeSample>0"
    b"</firstRangeSample><lastAzimuthLine>99999</lastAzimuthLine><lastRangeSample>9"
    b"</lastRangeSample><line>0 9</line><noiseAzimuthLut>1 1</noiseAzimuthLut></noiseAzimuthVector>"
)
# Name of a part of a Sentinel-1 product, and what becomes of its content.
PARTS = {
    "azimuth blocks": ("noise-.*-vv-", grown(b"<noiseAzimuthVectorList>", BLOCK)),
    "range vectors": ("noise-.*-vv-", grown(b"<noiseRangeVector>", b"<noiseRangeVector/>")),
    "numbers": (
        "noise-.*-vv-",
        lambda data: re.sub(rb"<pixel[^>]*>", rb"\g<0>" + NUMBERS + b" ", data, count=1),
    ),
    "elements": ("noise-.*-vv-", grown(b"<noise>", b"<a/>")),
    "blanks": ("noise-.*-vv-", grown(b"<noise>", b" " * 1000)),
    "conversions": (
        "annotation/s1.*-vv-",
        grown(b"<coordinateConversionList ", b'x="1"><coordinateConversion/><y '),
    ),
    "coefficients": (
        "annotation/s1.*-vv-",
        lambda data: data.replace(b'"9">', b'"9">' + b"0 " * (FILL // 2), 1),
    ),
    "points": ("annotation/s1.*-vv-", grown(b"<geolocationGridPoint>", POINT)),
    "stretched": ("annotation/s1.*-vv-", stretched),
    "lines": (
        "annotation/s1.*-vv-",
        lambda data: data.replace(b"<numberOfLines>60", b"<numberOfLines>30000"),
    ),
    "laughs": ("manifest.safe", lambda data: laughs(b"xfdu")),
    "nested": ("manifest.safe", lambda data: b"<a>" * 5_000_000),
    "huge": ("manifest.safe", lambda data: b"<a>" + b" " * (17 * 2**20) + b"</a>"),
    "no image": ("measurement/.*-vv-", lambda data: VRT.encode()),
    "one block": ("measurement/.*-vv-", lambda data: claim(30_000, 30_000, 30_000)),
    "2^31 lines": ("measurement/.*-vv-", lambda data: claim(80, 2**31 - 1, 1)),
}


def claim(width, height, rows):
    """A deflate TIFF of uint16 that claims any size, with all of it in one small strip."""
    strip = zlib.compress(bytes(160))
    tags = {256: width, 257: height, 258: 16, 259: 8, 262: 1, 277: 1}
    tags |= {273: 8, 278: rows, 279: len(strip)}
    entries = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items())]
    head = b"II*\0" + struct.pack("<I", 8 + len(strip))
    return head + strip + struct.pack("<H", len(tags)) + b"".join(entries) + b"\0" * 4


def sparse(path, width, height, count=1, dtype="float32", crs="EPSG:32631", x=0.0, **layout):
    """A GeoTIFF with a place whose pixels are nowhere."""
    place = {"crs": crs, "transform": rasterio.Affine(10, 0, x, 0, -10, 0)}
    size = {"width": width, "height": height, "count": count, "dtype": dtype}
    options = {"driver": "GTiff", "SPARSE_OK": True, "BIGTIFF": "YES"}
    with rasterio.open(path, "w", **options, **size, **place, **layout):
        pass
    return path.read_bytes()


TILES = {"tiled": True, "blockxsize": 16_384, "blockysize": 16}
RASTERS = {
    "sparse, wide": lambda path: sparse(path, 2**20 * 60, 4, **TILES),
    "sparse, wide and high": lambda path: sparse(path, 10**6, 256, **TILES),
    "sparse, large": lambda path: sparse(path, 60_000, 60_000, 13, **TILES | {"blockysize": 256}),
    "far away": lambda path: sparse(path, 50, 50, crs="EPSG:3857", x=1e308),
    "2^31 both ways": lambda path: claim(2**31 - 1, 2**31 - 1, 1),
    "one strip": lambda path: claim(100_000, 100_000, 100_000),
    "VRT": lambda path: VRT.encode(),
    "VRT as TIFF": lambda path: b"II*\0" + VRT.encode(),
    "address": lambda path: b"/vsicurl/http://127.0.0.1:9/a.tif",
    "JPEG 2000": lambda path: b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(500),
    "HDF5": lambda path: b"\x89HDF\r\n\x1a\n" + bytes(500),
}

LISTS = {  # of STAC items
    "nested": lambda: b'{"type": "FeatureCollection", "features": ' + b"[" * 10**6,
    "many items": lambda: (
        b'{"type": "FeatureCollection", "features": [' + b"{}," * (13 * 10**6) + b"{}]}"
    ),
    "many numbers": lambda: (
        b'{"type": "FeatureCollection", "features": [' + b"1," * (19 * 10**6) + b"1]}"
    ),
    "long": lambda: b'{"type": "' + b"x" * (50 * 2**20) + b'"}',
    "digits": lambda: b'{"type": ' + b"9" * 10**6 + b"}",
    "surrogate": lambda: (
        b'{"type": "Feature", "id": "\\ud800", "properties": {}, "assets": '
        b'{"\\udfff": {"href": "\\ud800"}}}'
    ),
}


def zips(root, members, outside):
    """Archives that no product is: name, members."""
    link, late = (f"{root}/{name}" for name in ("link", "late"))
    big = bytes(2**24)
    return {
        "up": pack([*members, ("../" * 9 + outside + "/evil", b"x")]),
        "absolute": pack([*members, (f"{outside}/evil", b"x")]),
        "doubled": pack([*members, members[-1]]),
        "case": pack([*members, (members[-1][0].swapcase(), b"x")]),
        "below a file": pack([*members, (f"{members[-1][0]}/x", b"x")]),
        "many": pack([*members, *((f"{root}/{i}", b"") for i in range(70_000))]),
        "bomb": pack([*members, (late, bytes(2**28))]),
        "bombs": pack([*members, *((f"{link}{i}", big) for i in range(100))]),
        "zip in zip": pack([("inner.zip", pack(members))]),
    }
