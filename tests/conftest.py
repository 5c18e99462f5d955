"""Tiny scenes, made in the test that needs them."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
import yaml
from contracts import SAR
from shapely.geometry import mapping

from crosslook import params
from crosslook.patches.annotations import to_map
from crosslook.scenes.catalogue import Scene
from crosslook.scenes.radiometry import Radiometry

DUAL_DB = Radiometry("sigma0_db", ("VV", "VH"))
TRUE_COLOUR = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)


def write_geotiff(path, pixels, crs="EPSG:32631", origin=(500_000, 4_000_000), **profile):
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=pixels.shape[2],
        height=pixels.shape[1],
        count=pixels.shape[0],
        dtype=pixels.dtype,
        crs=crs,
        transform=rasterio.Affine(10, 0, origin[0], 0, -10, origin[1]),
        **profile,
    ) as file:
        file.write(pixels)


def write_polygons(path, polygons, **properties):
    """``polygons`` are WGS 84 shapes; every feature gets ``properties``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    features = [
        {"type": "Feature", "properties": properties, "geometry": mapping(polygon)}
        for polygon in polygons
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def noise(bands, height, width, kind, name):
    rng = np.random.default_rng([bands, height, width, *name.encode()])
    if kind == "reflectance":
        return rng.integers(200, 3000, (bands, height, width)).astype(np.uint16)
    if kind == "grey8":
        return rng.integers(0, 256, (bands, height, width)).astype(np.uint8)
    return rng.uniform(-25, -5, (bands, height, width)).astype(np.float32)


@pytest.fixture
def geotiff():
    return write_geotiff


@pytest.fixture
def polygons():
    return write_polygons


@pytest.fixture
def make_scene(tmp_path):
    """A function that writes a scene below tmp_path/data, with labels where boxes are given."""

    def make(
        name,
        radiometry=DUAL_DB,
        split="train",
        size=(64, 64),
        boxes=None,
        area=None,
        pixels=None,
        crs="EPSG:32631",
        origin=(500_000, 4_000_000),
        label="port",
    ):
        sensor = "optical" if radiometry.bands[0].startswith("B") else "sar"
        folder = tmp_path / "data"
        image = folder / sensor / f"{name}.tif"
        if pixels is None:
            pixels = noise(len(radiometry.bands), *size, radiometry.unit, name)
        write_geotiff(image, pixels, crs, origin)
        affine = rasterio.Affine(10, 0, origin[0], 0, -10, origin[1])
        labels = labelled_area = None
        if boxes is not None:
            labels = folder / "labels" / f"{name}.geojson"
            shapes = [to_map(shapely.box(*box), crs, affine) for box in boxes]
            write_polygons(labels, shapes, scene=name, **{"class": label})
        if area is not None:
            labelled_area = folder / "labels" / f"{name}_area.geojson"
            write_polygons(labelled_area, [to_map(shapely.box(*area), crs, affine)], scene=name)
        return Scene(
            id=name,
            sensor=sensor,
            split=split,
            radiometry=radiometry,
            crs=crs,
            transform=tuple(affine)[:6],
            size=pixels.shape[1:],
            image=image,
            labels=labels,
            labelled_area=labelled_area,
        )

    return make


@pytest.fixture
def small_world(make_scene):
    """Scenes for every patch set, none on the ground of another."""
    return [
        make_scene("harbour", TRUE_COLOUR, "train", boxes=[(10, 10, 30, 26)]),
        make_scene("radar", split="unlabelled", origin=(520_000, 4_000_000)),
        make_scene("dev", split="dev", boxes=[(30, 30, 50, 50)], origin=(540_000, 4_000_000)),
        make_scene("test", split="test", boxes=[(5, 5, 20, 20)], origin=(560_000, 4_000_000)),
    ]


@pytest.fixture
def check_sections():
    """Sections of params.yaml with which ``small_world`` passes its check."""
    return {
        "seed": 0,
        "check_data": {},
        "tile": {
            "classes": ["port"],
            "unlabelled": {"size_px": 16, "stride_px": 16},
            "detection": {"size_px": 32, "negatives_per_scene": 1, "min_side_px": 4},
        },
    }


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A function that makes tmp_path the project folder, with this params.yaml."""

    def make(sections):
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(sections))
        monkeypatch.chdir(tmp_path)
        params.load.cache_clear()
        return tmp_path

    yield make
    params.load.cache_clear()


@pytest.fixture(scope="session")
def empty_index(tmp_path_factory):
    """An MLflow database with nothing in it; making one takes seconds, so tests copy it."""
    from crosslook.tracking.store import DATABASE, opened

    folder = tmp_path_factory.mktemp("index")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with opened(folder) as store:
            assert [one.name for one in store.client.search_experiments()] == ["Default"]
    return folder / DATABASE


@pytest.fixture
def index(empty_index, tmp_path, monkeypatch):
    """An MLflow index with nothing in it at tmp_path/mlruns, in the working directory."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "mlruns"
    folder.mkdir()
    shutil.copy(empty_index, folder)
    return folder


@pytest.fixture
def sar_contract():
    """The radiometry contract of SAR patches."""
    return dict(SAR)


@pytest.fixture
def write_detector():
    """A function that writes the smallest detector of ports to a file, untrained, from a seed."""
    from crosslook.detectors.checkpoints import About, Detector, save_detector
    from crosslook.detectors.engines import build
    from crosslook.detectors.settings import Architecture

    def write(path, seed, contract=SAR, kinds=({"id": 1, "name": "port"},)):
        shape = Architecture(
            backbone="resnet18",
            width=8,
            normalisation="group",
            fpn_channels=8,
            levels=(3, 4),
            anchors=((16.0,), (32.0,)),
            proposals=20,
            box_head=16,
        )
        about = About(shape, tuple(kinds), dict(contract), "none", {"source": "random"})
        save_detector(path, Detector(build(shape, len(kinds), seed), about))
        return path

    return write


CLASSES = ("forest", "water")
LAND_COVER = {
    "s1": {
        "bands": ["VV", "VH"],
        "clip": [[-25.0, 0.0]] * 2,
        "mean": [-12.0, -18.0],
        "std": [4.0, 4.0],
    },
    "s2": {
        "bands": ["B04", "B03", "B02"],
        "clip": [None] * 3,
        "mean": [0.1, 0.12, 0.14],
        "std": [0.05, 0.05, 0.05],
    },
}


@pytest.fixture(scope="session")
def write_classifier():
    """A function that writes the smallest land-cover model, untrained, from a seed.

    By default of patches of 8 px, of forest and water, by s1 (VV, VH) or s2 (B04, B03, B02).
    """
    from crosslook.classifier.checkpoint import Card, save_classifier
    from crosslook.classifier.network import LandCoverNetwork
    from crosslook.classifier.settings import NetworkSettings

    def write(path, seed=0, configuration="c_t_m", sensors=LAND_COVER, size_px=8, classes=CLASSES):
        tiny = NetworkSettings("tiny")
        card = Card(configuration, sensors, classes, tiny, size_px, 1, 1, seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_classifier(path, LandCoverNetwork(card.bands, len(classes), tiny, seed), card)
        return path

    return write


@pytest.fixture(scope="session")
def grd_products():
    """The module tests/scenes/grd_products.py: Track, GrdProduct, write_product."""
    return _module("scenes/grd_products.py")


def _module(name):
    path = Path(__file__).parent / name
    spec = importlib.util.spec_from_file_location(f"crosslook_tests_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def winter(tmp_path):
    """SEN12MS with four scenes of three patches of 16 px, of forest and water."""
    rng, season = np.random.default_rng(0), "ROIs2017_winter"
    for scene in range(4):
        for patch in range(3):
            water = rng.random((16, 16)) < (0.9 if patch % 2 else 0.1)
            layers = {
                "s1": rng.normal(-10 - 8 * water, 1, (2, 16, 16)).astype(np.float32),
                "s2": (500 + 1500 * ~water + rng.normal(0, 50, (13, 16, 16))).astype(np.uint16),
                "lc": np.where(water, 17, 1).astype(np.uint8)[None].repeat(4, axis=0),
            }
            where = (500_000 + 100_000 * scene + 160 * patch, 4_000_000)
            for kind, pixels in layers.items():
                name = f"{season}_{kind}_{scene}_p{patch}.tif"
                folder = tmp_path / "data/sen12ms" / season / f"{kind}_{scene}"
                write_geotiff(folder / name, pixels, origin=where)
    return tmp_path / "data/sen12ms"
