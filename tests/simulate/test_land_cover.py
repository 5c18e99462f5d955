import hashlib

import numpy as np
import pytest
import rasterio

from crosslook.patches.land_cover import Ground
from crosslook.patches.sen12ms import S2_BANDS, read_sen12ms
from crosslook.simulate.land_cover import SEASON, write_land_cover
from crosslook.simulate.multispectral import BANDS
from crosslook.simulate.settings import SimulateParams

PARAMS = SimulateParams(land_cover_scenes=2, land_cover_stride_px=64)


def silent(line):
    """No line is wanted."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "sen12ms"
    write_land_cover(folder, 3, PARAMS, silent)
    return folder


def digests(folder):
    return {
        path.relative_to(folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.tif")
    }


def test_names_bands_and_types_are_those_of_sen12ms(folder):
    found = {}
    for kind in ("s1", "s2", "lc"):
        path = folder / SEASON / f"{kind}_2" / f"{SEASON}_{kind}_2_p16.tif"
        with rasterio.open(path) as raster:
            found[kind] = (raster.count, raster.dtypes[0], raster.shape, raster.crs.is_projected)

    assert found == {
        "s1": (2, "float32", (64, 64), True),
        "s2": (13, "uint16", (64, 64), True),
        "lc": (4, "uint8", (64, 64), True),
    }
    assert BANDS == S2_BANDS
    assert len(list(folder.rglob("*"))) == 1 + 2 * 3 + 2 * 3 * 16


def test_the_reader_of_sen12ms_reads_it(folder):
    data = read_sen12ms(folder, ["winter"])

    assert len(data) == 32
    assert set(data.scenes) == {f"{SEASON}_1", f"{SEASON}_2"}
    assert data.positions[5].tolist() == [64, 64, 64, 64]


def test_at_least_six_classes_are_there_but_no_savanna(folder):
    data = read_sen12ms(folder)

    shown = {data.classes[k] for k in np.flatnonzero((data.shares > 0.1).any(axis=0))}
    assert len(shown) >= 6
    assert {"water", "forest", "snow_ice", "urban"} <= shown
    assert "savanna" not in shown


def test_both_sensors_see_the_ground_of_the_label(folder):
    data = read_sen12ms(folder)
    water = data.shares[:, data.classes.index("water")] > 0.95
    forest = data.shares[:, data.classes.index("forest")] > 0.4

    sigma0 = data.sensors["s1"].physical(slice(None)).mean(axis=(2, 3))
    near = data.sensors["s2"].physical(slice(None))[:, BANDS.index("B08")].mean(axis=(1, 2))

    assert sigma0[water, 1].max() < sigma0[forest, 1].min() - 3
    assert near[water].max() < 0.05 < near[forest].min()


def test_patches_overlap_as_the_stride_says(tmp_path, folder):
    overlapping = SimulateParams(land_cover_scenes=1, land_cover_stride_px=48)
    write_land_cover(tmp_path, 3, overlapping, silent)

    def neighbours(where):
        data = read_sen12ms(where, scenes=[1])
        return int(Ground.of(data).shared(np.array([0]), np.arange(len(data))).sum())

    assert (neighbours(folder), neighbours(tmp_path)) == (1, 4)


def test_two_runs_are_the_same_bytes_and_another_seed_is_another_world(tmp_path, folder):
    one = SimulateParams(land_cover_scenes=1, land_cover_stride_px=64)
    write_land_cover(tmp_path / "again", 3, one, silent)
    write_land_cover(tmp_path / "other", 4, one, silent)

    first = {path: digest for path, digest in digests(folder).items() if "_1" in path.parts[1]}
    assert digests(tmp_path / "again") == first
    assert not set(digests(tmp_path / "other").values()) & set(first.values())


def test_settings_of_land_cover_are_checked():
    with pytest.raises(ValueError, match=r"land_cover_patch_px=300 must lie in 16\.\.256"):
        SimulateParams(land_cover_patch_px=300)
    with pytest.raises(ValueError, match="land_cover_stride_px=0 must be >= 1"):
        SimulateParams(land_cover_stride_px=0)
    with pytest.raises(ValueError, match="land_cover_snow_above=2 is a quantile"):
        SimulateParams(land_cover_snow_above=2)
