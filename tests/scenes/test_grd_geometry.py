import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rasterio.warp import transform

from crosslook.errors import InputError
from crosslook.scenes.grd_geometry import GroundRange, _fit, locate, read_grid
from crosslook.scenes.grd_product import open_grd
from crosslook.scenes.grd_xml import read_annotation
from crosslook.scenes.safe import open_safe

FULL = (16_700, 25_000)
HEADINGS = {5: 192, 45: 195, 60: 200, 72: 212}  # of a descending pass, degrees
LIST = '<coordinateConversionList count="28">'


def worst_px(track, geometry, step=400):
    """The largest distance between where the formula and the model see a place at height 0."""
    line, sample = np.meshgrid(
        np.arange(0.0, track.size[0], step), np.arange(0.0, track.size[1], step), indexing="ij"
    )
    longitude, latitude = track.place(line.ravel(), sample.ravel())
    x, y = (np.array(a) for a in transform("EPSG:4326", geometry.crs, longitude, latitude))
    found_line, found_sample = geometry.to_image(x, y)
    return np.hypot(found_line - line.ravel(), found_sample - sample.ravel()).max()


@pytest.fixture
def located(tmp_path, grd_products):
    def make(track, height_m=None, **settings):
        product = grd_products.GrdProduct(track=track, code="SV", **settings)
        return locate(open_grd(grd_products.write_product(tmp_path, product)), height_m)

    return make


def test_the_place_of_the_fixture_is_the_inverse_of_its_image(grd_products):
    track = grd_products.Track(latitude=60.0, size=FULL)

    line, sample = track.image(*track.place(np.array([0.0, 900.0]), np.array([24_000.0, 7.0])))

    assert line == pytest.approx([0, 900], abs=1e-6)
    assert sample == pytest.approx([24_000, 7], abs=1e-6)


@pytest.mark.parametrize("conversions", [True, False])
@pytest.mark.parametrize(("latitude", "way"), [(5, 0), (45, 0), (60, 0), (72, 0), (45, 150)])
def test_a_full_image_is_placed_within_a_tenth_of_a_pixel(
    grd_products, located, latitude, way, conversions
):
    track = grd_products.Track(float(latitude), 9.0, HEADINGS[latitude] + way, FULL)

    geometry = located(track, conversions=conversions)

    assert worst_px(track, geometry) < 0.1
    assert geometry.residual_px < 0.05


@pytest.mark.parametrize(
    ("latitude", "longitude", "crs"),
    [
        (-18.0, 33.0, "EPSG:32736"),
        (-0.01, 9.0, "EPSG:32732"),
        (-17.0, 179.9, "EPSG:32760"),
        (52.0, -179.8, "EPSG:32601"),
    ],
)
def test_south_of_the_equator_and_across_the_antimeridian_it_holds_as_well(
    grd_products, located, latitude, longitude, crs
):
    track = grd_products.Track(latitude, longitude, 195.0, FULL)

    geometry = located(track)

    assert geometry.crs == crs
    assert worst_px(track, geometry) < 0.1
    left, bottom, right, top = geometry.bounds
    assert right - left < 400_000 and top - bottom < 400_000


def mountains(line, sample):
    return 1500.0 * (np.sin(line / 900) * np.cos(sample / 1300)) ** 2 * (sample > 9000) + 20


def test_mountains_do_not_move_the_water_before_them(grd_products, located):
    track = grd_products.Track(45.0, 9.0, 195.0, FULL)

    geometry = located(track, terrain_m=mountains)

    assert geometry.height_m == pytest.approx(20, abs=1)
    at_20_m = replace(track, wander_m=lambda line: 0 * line)
    line, sample = np.meshgrid(np.arange(0.0, 16_700, 900), np.arange(0.0, 25_000, 900))
    longitude, latitude = at_20_m.place(line.ravel(), sample.ravel(), 20.0)
    x, y = (np.array(a) for a in transform("EPSG:4326", geometry.crs, longitude, latitude))
    found_line, found_sample = geometry.to_image(x, y)
    away = np.hypot(found_line - line.ravel(), found_sample - sample.ravel())
    assert np.sqrt((away**2).mean()) < 1


def test_ground_at_another_height_can_be_asked_for(grd_products, located):
    track = grd_products.Track(45.0, 9.0, 195.0, FULL)

    geometry = located(track, height_m=0.0, terrain_m=lambda line, sample: 400.0 + 0 * line)

    assert worst_px(track, geometry) < 0.5


def test_samples_that_wander_with_the_terrain_are_followed(grd_products, located):
    track = grd_products.Track(
        45.0, 9.0, 195.0, FULL, wander_m=lambda line: 200.0 * np.sin(line / 4000)
    )

    assert worst_px(track, located(track)) < 0.5


def test_ground_range_is_bilinear_in_line_and_slant_range():
    table = GroundRange(
        np.array([800e3, 900e3]), np.array([0.0, 10.0]), np.array([[0.0, 100.0], [4.0, 108.0]])
    )

    assert table.mean.tolist() == [2, 104]
    # Half way along the lines the mean holds; on line 0 samples lie 2 to 4 lower.
    assert table.sample(np.array([5.0, 0.0, 10.0]), np.array([53.0, 53.0, 2.0])).tolist() == [
        53,
        50,
        4,
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<latitude>", "<latitude>9", "leaves the zones of UTM"),
        ("<incidenceAngle>", "<incidenceAngle>-", "impossible angles"),
        ("<height>", "<height>nan", "<height> is not made of numbers"),
        ("<geolocationGridPoint>", "<other>", "0 points, expected"),
        ("<line>", "<line>1", "fewer than 4 rows"),
        ("<srgrCoefficients", "<x/><no", "lacks <srgrCoefficients>"),
        (
            '<srgrCoefficients count="9">',
            '<srgrCoefficients count="9">' + "0 " * 30,
            "39 srgrCoeff",
        ),
        (LIST, LIST + "<coordinateConversion/>" * 1024, "1052 conversions to ground range"),
    ],
)
def test_a_damaged_grid_is_named(tmp_path, grd_products, old, new, message):
    product = grd_products.GrdProduct(code="SV")
    root = grd_products.write_product(tmp_path, product)
    (path,) = (root / "annotation").glob("*.xml")
    text = path.read_text()
    if old == "<geolocationGridPoint>":
        text = text.replace("geolocationGridPoint>", "other>")
    elif old == "<line>":
        text = re.sub(r"<line>\d+", "<line>7", text)
    elif old == "<srgrCoefficients":
        text = text.replace("srgrCoefficients", "other")
    else:
        text = text.replace(old, new, 1)
    path.write_text(text)

    with pytest.raises(InputError, match=message) as error:
        locate(open_grd(root))
    assert "\n" not in str(error.value)


def test_a_grid_that_reaches_further_than_its_image_is_refused(tmp_path, grd_products):
    product = grd_products.GrdProduct(code="SV")
    root = grd_products.write_product(tmp_path, product)
    (path,) = (root / "annotation").glob("*.xml")

    def away(match):  # 50 times as far from 45 degrees north
        return f"<latitude>{45 + 50 * (float(match[1]) - 45):.15e}<"

    path.write_text(re.sub(r"<latitude>([^<]*)<", away, path.read_text()))

    with pytest.raises(InputError, match=r"reaches over 1\d\d(\.\d)? km, an image of 300 x 400"):
        locate(open_grd(root))


def of_places_alone_px(grid, crs):
    """What a cubic of the grid's places misses it by, without heights and slant ranges."""
    x, y = (np.array(a) for a in transform("EPSG:4326", crs, grid.longitude, grid.latitude))
    seen = np.stack([grid.line, grid.sample], axis=1)
    return np.sqrt(((_fit(x, y, seen)(x, y) - seen) ** 2).sum(axis=1).mean())


@pytest.mark.skipif("CROSSLOOK_REAL_SAFE" not in os.environ, reason="no real products here")
@pytest.mark.parametrize(
    ("pattern", "worst_px"),
    [
        ("S1A*_20221026*.SAFE", 0.05),  # at sea, IPF 3.52
        ("S1B*_20210401*.SAFE", 0.25),  # terrain to 2800 m, IPF 3.31
        ("*/S1A*_20210119*.zip", 0.25),  # to 2000 m, IPF 3.31
        ("*/S1A*_6D00.zip", 0.1),  # to 330 m, IPF 2.70
        ("*/S1A*_FEC3.zip", 1.5),  # to 210 m, IPF 2.36
    ],
)
def test_real_grids_are_met(tmp_path, pattern, worst_px):
    (path,) = Path(os.environ["CROSSLOOK_REAL_SAFE"]).glob(pattern)
    source = open_safe(path)
    root = tmp_path / f"{source.name}.SAFE"
    for name in ("annotation/calibration", "measurement"):
        (root / name).mkdir(parents=True)
    for name in source.files():
        if re.fullmatch(r"manifest.safe|annotation/[^/]*", name):
            (root / name).write_bytes(source.bytes(name))
    for file in (root / "annotation").glob("*.xml"):  # the other parts need only be there
        (root / f"measurement/{file.stem}.tiff").touch()
        for table in ("calibration", "noise"):
            (root / f"annotation/calibration/{table}-{file.name}").touch()

    grd = open_grd(root)
    geometry = locate(grd)

    grid = read_grid(read_annotation(grd.safe, grd.bands[0].annotation))
    alone = of_places_alone_px(grid, geometry.crs)
    heights = f"{grid.height_m.min():.0f} to {grid.height_m.max():.0f} m"
    ipf = "{}.{:02d}".format(*grd.processor)
    print(f"\nIPF {ipf}, {heights}: {geometry.residual_px:.2f} px; places alone {alone:.2f} px")
    assert geometry.residual_px < worst_px
