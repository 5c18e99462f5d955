import numpy as np
import pytest

from crosslook.patches.choosing import Side
from crosslook.patches.patch_set import Patch, write_patch_set

SAR = {
    "sensor": "sar",
    "unit": "sigma0_db",
    "composite_bands": ["VH", "VV", "VH/VV"],
    "stretch": [[-26.0, -5.0], [-20.0, 0.0], [0.0, 1.0]],
    "ratio": "amplitude",
}
OPTICAL = {
    "sensor": "optical",
    "unit": "reflectance",
    "composite_bands": ["B04", "B03", "B02"],
    "stretch": [[0.0, 0.3]] * 3,
    "ratio": None,
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
