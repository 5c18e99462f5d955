"""Snow shares of three real sites, from Sentinel-2 L1C pixels to the patches that are selected.

CROSSLOOK_REAL_DUALPOL names a folder with S2L1C/SITE.tif: 13 bands of L1C at 10 m, numbers x 10000
with the product's offset of -1000 still in them. 609U_541L_3_0 lies under snow, 282D_485L_3_3 is a
coast, 433D_629L_3_1 is inland; both are bare.

    CROSSLOOK_REAL_DUALPOL=FOLDER pytest -s tests/commands/test_real_snow.py
"""

import os
from pathlib import Path

import pytest
import rasterio
from click.testing import CliRunner

from crosslook.cli import main
from crosslook.patches.cutting import write_grids
from crosslook.patches.domains import contracts_by_domain, further_domains
from crosslook.patches.patch_set import read_patch_set
from crosslook.patches.selection import select
from crosslook.patches.selection_params import Selection
from crosslook.patches.tile_params import UnlabelledWindows
from crosslook.scenes.catalogue import read_catalogue
from crosslook.scenes.sentinel2 import BANDS
from crosslook.scenes.stretches import OpticalComposite

REAL = Path(os.environ.get("CROSSLOOK_REAL_DUALPOL", "/nowhere"))
SNOW, COAST, INLAND = "609U_541L_3_0", "282D_485L_3_3", "433D_629L_3_1"
OFFSET = 1000

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="CROSSLOOK_REAL_DUALPOL names no folder")


@pytest.fixture
def winter(tmp_path, monkeypatch):
    """The patches of the three sites, 112 px each, ingested and cut as domain winter."""
    monkeypatch.chdir(tmp_path)
    for site in (SNOW, COAST, INLAND):
        with rasterio.open(REAL / "S2L1C" / f"{site}.tif") as file:
            stored = (file.read() - OFFSET).clip(1)
            profile = file.profile | {"dtype": "uint16", "nodata": 0}
        with rasterio.open(f"{site}.tif", "w", **profile) as copy:
            copy.write(stored.astype("uint16"))
        options = ["--bands", ",".join(BANDS), "--unit", "reflectance-x10000"]
        said = CliRunner().invoke(
            main, ["ingest", "optical", f"{site}.tif", *options, "--domain", "winter"]
        )
        assert said.exit_code == 0, said.output
    scenes = read_catalogue(Path("data"))
    settings = {"winter": OpticalComposite()}
    contracts = contracts_by_domain(scenes, settings, False)
    grid = UnlabelledWindows(size_px=112, stride_px=112)
    write_grids(Path("domains"), further_domains(scenes), settings, grid, contracts)
    return read_patch_set(Path("domains/winter"))


def test_the_snow_shares_of_real_sites_tell_snow_from_bare_ground(winter):
    shares = {site: [] for site in (SNOW, COAST, INLAND)}
    for patch in winter.patches:
        shares[patch.scene].append(patch.notes["snow"])
    for site, found in shares.items():
        print(site, [round(share, 4) for share in found])

    assert min(shares[SNOW]) > 0.95
    assert max(*shares[COAST], *shares[INLAND]) < 0.02


def test_source_and_target_of_snow_are_the_sites_they_should_be(winter):
    source = select(winter, Selection(max_snow=0.05, unknown="drop"))
    target = select(winter, Selection(min_snow=0.2, unknown="drop"))

    assert {patch.scene for patch in source.patches} == {COAST, INLAND}
    assert {patch.scene for patch in target.patches} == {SNOW}
    assert (len(source), len(target)) == (8, 4)
