import numpy as np
import pytest
from contracts import OPTICAL, SAR

from crosslook.patches.choosing import Side
from crosslook.patches.patch_set import Patch, write_patch_set

RADIOMETRY = {
    "s1": {
        "bands": ["VV", "VH"],
        "clip": [[-25.0, 0.0]] * 2,
        "mean": [-11.8, -18.3],
        "std": [4.5, 4.4],
        "scale": 1.0,
        "offset": 0.0,
    },
    "s2": {
        "bands": ["B04", "B03", "B02"],
        "clip": [None] * 3,
        "mean": [0.1, 0.12, 0.14],
        "std": [0.06, 0.05, 0.04],
        "scale": 1e-4,
        "offset": 0.0,
    },
}


@pytest.fixture(scope="session")
def sar():
    return SAR


@pytest.fixture(scope="session")
def optical():
    return OPTICAL


@pytest.fixture
def write_side(tmp_path):
    """A function that writes patches of noise on three scenes, and chooses all of them."""

    def write(name, contract, n=6, size=32, seed=0):
        pixels = np.random.default_rng(seed).integers(1, 256, (n, 3, size, size), np.uint8)
        place = ((0, 0, size, size), "EPSG:32630", (10, 0, 0, 0, -10, 0))
        patches = [Patch(f"{name}{i}", f"s{i % 3}", *place) for i in range(n)]
        write_patch_set(tmp_path / name, zip(patches, pixels, strict=True), contract)
        names, scenes = (tuple(getattr(p, key) for p in patches) for key in ("name", "scene"))
        return Side(tmp_path / name, names, scenes, "")

    return write


@pytest.fixture(scope="session")
def write_reader(write_classifier):
    """``write_classifier`` for windows of 16 px, with what files hold; ``sensors`` change some."""

    def write(path, seed=0, size_px=16, **sensors):
        sensors = {name: one for name, one in (RADIOMETRY | sensors).items() if one}
        return write_classifier(path, seed, "c", sensors, size_px, ("water", "forest", "urban"))

    return write
