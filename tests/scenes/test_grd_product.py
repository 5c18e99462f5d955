import os
import shutil
from pathlib import Path

import pytest

from crosslook.errors import InputError
from crosslook.scenes.grd_product import open_grd


@pytest.fixture
def write(tmp_path, grd_products):
    def make(zipped=False, **settings):
        return grd_products.write_product(tmp_path, grd_products.GrdProduct(**settings), zipped)

    return make


def refused(path, message):
    with pytest.raises(InputError, match=message) as error:
        open_grd(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_product_says_what_it_is(write, zipped):
    grd = open_grd(write(zipped))

    assert (grd.platform, grd.processor, grd.flight) == ("S1A", (3, 31), "descending")
    assert grd.acquired == "2021-04-01T05:26:23.794457Z"
    assert (grd.size, grd.spacing_m) == ((300, 400), 10)
    assert [band.polarisation for band in grd.bands] == ["VV", "VH"]
    assert grd.band("VH").measurement.endswith("-002.tiff")


@pytest.mark.parametrize(
    ("code", "polarisations"),
    [("DV", ["VV", "VH"]), ("DH", ["HH", "HV"]), ("SV", ["VV"]), ("SH", ["HH"])],
)
@pytest.mark.parametrize("platform", ["S1A", "S1B", "S1C", "S1D"])
def test_every_platform_and_polarisation_is_taken(write, platform, code, polarisations):
    grd = open_grd(write(platform=platform, code=code))

    assert grd.platform == platform
    assert [band.polarisation for band in grd.bands] == polarisations


def test_a_cog_product_is_taken(write):
    assert open_grd(write(cog=True)).bands[0].measurement.endswith("-001-cog.tiff")


def test_bands_are_matched_by_polarisation_and_not_by_order(write):
    root = write()
    for path in sorted(root.rglob("*-00[12].*")):  # number them the other way round
        other = path.name.replace("-001.", "-x.").replace("-002.", "-001.").replace("-x.", "-002.")
        path.rename(path.with_name(other))

    grd = open_grd(root)

    assert [band.polarisation for band in grd.bands] == ["VV", "VH"]
    for band in grd.bands:
        names = (band.annotation, band.calibration, band.noise, band.measurement)
        assert all(f"-{band.polarisation.lower()}-" in name for name in names)


def test_a_renamed_product_is_known_by_its_annotation(write, tmp_path):
    write(code="SV").rename(tmp_path / "port.SAFE")

    assert [band.polarisation for band in open_grd(tmp_path / "port.SAFE").bands] == ["VV"]


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("annotation", "annotation/*-vh-*"),
        ("calibration", "annotation/calibration/calibration-*-vh-*"),
        ("noise", "annotation/calibration/noise-*-vh-*"),
        ("measurement", "measurement/*-vh-*"),
    ],
)
def test_a_missing_part_is_named(write, kind, pattern):
    root = write()
    (part,) = root.glob(pattern)
    part.unlink()

    refused(root, f"the {kind} of VH is missing")


def test_two_files_for_one_part_are_refused(write):
    root = write()
    (part,) = (root / "measurement").glob("*-vv-*")
    shutil.copy(part, part.with_name(part.name.replace("-001", "-003")))

    refused(root, "two files hold the measurement of VV")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<polarisation>VV", "<polarisation>VH", "describes IW GRD VH, expected IW GRD VV"),
        ("<mode>IW", "<mode>EW", "describes EW GRD VV"),
        ("<numberOfLines>300", "<numberOfLines>2147483648", "no IW GRD image"),
        ("<numberOfSamples>400", "<numberOfSamples>401", "differ in size"),
        ("<numberOfSamples>400", "<numberOfSamples>4.5", "no IW GRD image"),
        ("<numberOfSamples>400", "<numberOfSamples>many", "is not made of numbers"),
        (">false</thermal", ">perhaps</thermal", "no true or false"),
        ("<startTime>2021-04", "<startTime>yesterday", "is no time"),
        ("<startTime>2021-", "<startTime>99999999999-", "is no time"),
        ("<numberOfLines>300", "<numberOfLines>1e200", "is not made of numbers"),
        ("<rangePixelSpacing>1", "<rangePixelSpacing>9999", r"samples of 99990 m; expected 1..100"),
        ("<missionId>S1A", "<missionId>", "lacks <missionId>"),
    ],
)
def test_an_annotation_that_cannot_be_is_named(write, old, new, message):
    root = write()
    (path,) = (root / "annotation").glob("*-vv-*")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

    refused(root, message)


def test_another_kind_of_product_is_refused(write, tmp_path):
    root = write()
    for kind in ("EW_GRDM", "IW_SLC_"):
        other = root.rename(tmp_path / root.name.replace("IW_GRDH", kind))
        refused(other, "only IW GRD is taken")
        root = other.rename(root)
    shutil.rmtree(root / "annotation")
    refused(root.rename(tmp_path / "x.SAFE"), "no annotation of an IW GRD image")


def test_a_manifest_without_the_processor_is_refused(write):
    root = write()
    (root / "manifest.safe").write_text("<xfdu/>")

    refused(root, "names no version of the Sentinel-1 IPF")


@pytest.mark.skipif("CROSSLOOK_REAL_SAFE" not in os.environ, reason="no real products here")
def test_real_products_without_pixels_name_the_missing_part():
    folder = Path(os.environ["CROSSLOOK_REAL_SAFE"])

    for path in [*folder.glob("S1A*.SAFE"), *folder.glob("*/*.zip")]:
        refused(path, "the measurement of VV is missing")
    (path,) = folder.glob("S1B*.SAFE")
    refused(path, "the calibration of VV is missing")
