"""Label files that were made to harm, and files damaged at random, read under limits."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from label_files import blob, coco, collection, feature, geopackage, header, row

HERE = Path(__file__).parent
GIB = 2**30
SECONDS = 10.0
PER_FORMAT = 80
SQUARE = shapely.box(500_100, 4_399_500, 500_300, 4_399_800)
DEGREES = shapely.box(3.001, 39.74, 3.003, 39.745)
TOKENS = [
    *(b"NaN", b"1e999", b"-1", b"0", b"99999999999999999999", b"null", b"[]", b"{}", b'"'),
    *(b"\\ud800", b"\xff", b"\0", b"<!DOCTYPE a>", b"&x;", b"[[[[", b"1.5", b"-1e300", b"true"),
]


def read_all(folder):
    path = os.pathsep.join([str(HERE), *sys.path])
    done = subprocess.run(
        [sys.executable, str(HERE / "hostile_labels.py"), str(folder)],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        timeout=600,
        text=True,
    )
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return json.loads(done.stdout)


def tell(said):
    print(
        f"{len(said['read'])} read, {len(said['refused'])} refused, "
        f"slowest {said['slowest']} {said['seconds']:.2f} s, peak {said['bytes'] / 2**20:.0f} MiB"
    )


def samples(folder):
    from test_labels import CVAT, STUDIO, VOC

    rows = [row(), row(id=2, segmentation=[[100, 100, 140, 100, 140, 160]], bbox=None)]
    texts = {
        "geojson": json.dumps(collection(feature(DEGREES, **{"class": "port", "ignore": 0}))),
        "coco": json.dumps(coco(*rows)),
        "studio": json.dumps(STUDIO),
        "voc": VOC,
        "cvat": CVAT,
        "yolo": "0 0.5 0.5 0.1 0.1\n0 0.1 0.1 0.2 0.1 0.1 0.2\n",
    }
    found = {name: text.encode() for name, text in texts.items()}
    many = geopackage(folder / "a.gpkg", [("port", blob(SQUARE)), ("ship", blob(SQUARE))])
    return found | {"gpkg": many.read_bytes()}


def damaged(data, rng):
    """``data`` with one or two pieces changed, doubled, lost or replaced."""
    for _ in range(rng.integers(1, 3)):
        at = int(rng.integers(len(data) + 1))
        to = at + int(rng.integers(1, 40))
        token = TOKENS[rng.integers(len(TOKENS))]
        data = [
            data[:at] + rng.bytes(1) + data[at + 1 :],
            data[:at] + data[to:],
            data[:to] + data[at:],
            data[:at],
            data[:at] + token + data[at:],
            data[:at] + token + data[to:],
        ][rng.integers(6)]
    return data


def test_damaged_files_are_read_or_refused_in_one_line(tmp_path):
    rng = np.random.default_rng(5)
    folder = tmp_path / "damaged"
    folder.mkdir()
    (tmp_path / "classes.txt").write_text("port\n")
    for name, data in samples(tmp_path).items():
        (folder / f"{name}_whole").write_bytes(data)
        for i in range(PER_FORMAT):
            (folder / f"{name}_{i}").write_bytes(damaged(data, rng))
    for file in folder.glob("yolo_*"):  # the image has the name of the text
        file.rename(file.with_name(f"harbour_tif.rf.{file.name.replace('_', '')}.txt"))

    said = read_all(folder)

    assert said["failed"] == []
    assert len([name for name in said["read"] if "whole" in name]) == 7
    assert len(said["read"]) + len(said["refused"]) == 7 * (PER_FORMAT + 1)
    assert len(said["refused"]) > 2 * PER_FORMAT
    assert said["seconds"] < SECONDS, said["slowest"]
    assert said["bytes"] < GIB
    tell(said)


def polygon_of(count):
    angle = np.linspace(0, 2 * np.pi, count)
    ring = np.stack([3.002 + 1e-3 * np.cos(angle), 39.74 + 1e-3 * np.sin(angle)], 1)
    return shapely.Polygon(ring)


def zigzag(count):
    return shapely.Polygon([(-80 + 160 * (i % 2), i * 1e-5) for i in range(count)])


HOSTILE = {
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
    "many_corners": lambda: json.dumps(collection(feature(polygon_of(100_000)))).encode(),
    "around_for_ever": lambda: json.dumps(
        collection(
            feature(shapely.Polygon([(-80 + 160 * (i % 2), i * 1e-5) for i in range(10**4)]))
        )
    ).encode(),
    "deep_xml": lambda: b"<annotation>" * 10**6,
    "many_elements": lambda: b"<annotation>" + b"<a/>" * (3 * 10**6) + b"</annotation>",
    "long_xml": lambda: b"<annotation>" + b" " * (20 * 2**20),
    "laughs": lambda: (
        b'<!DOCTYPE a [<!ENTITY a "haha">'
        + b"".join(b'<!ENTITY %c "&%c;&%c;">' % (98 + i, 97 + i, 97 + i) for i in range(20))
        + b"]><annotation>&u;</annotation>"
    ),
    "yolo_line": lambda: b"0 " + b"0.5 " * 900_000,
    "zip": lambda: b"PK\x03\x04" + b"\0" * 100,
    "no_sqlite": lambda: b"SQLite format 3\0" + b"\x01" * 10**6,
}


GEOMETRIES = {
    "count": header() + b"\x01" + struct.pack("<II", 3, 2**32 - 1),
    "nested": header() + (b"\x01" + struct.pack("<II", 7, 1)) * 10**6,
    "nested_multi": header() + (b"\x01" + struct.pack("<II", 6, 1)) * 10**6,
    "many_rings": header()
    + b"\x01"
    + struct.pack("<II", 3, 200_000)
    + (struct.pack("<I", 4) + b"\0" * 64) * 200_000,
    "million_rings": header() + b"\x01" + struct.pack("<II", 3, 10**6) + b"\0" * (4 * 10**6),
}


@pytest.mark.slow
def test_hostile_files_are_refused_within_their_bounds(tmp_path):
    folder = tmp_path / "bad"
    folder.mkdir()
    for name, make in HOSTILE.items():
        (folder / name).write_bytes(make())
    for name, geometry in GEOMETRIES.items():
        geopackage(folder / f"{name}.gpkg", [("port", geometry)])

    said = read_all(folder)

    assert said["failed"] == []
    assert said["read"] == ["many_corners"]
    assert len(said["refused"]) == len(HOSTILE) + len(GEOMETRIES) - 1
    assert said["seconds"] < SECONDS
    assert said["bytes"] < GIB
    tell(said)
