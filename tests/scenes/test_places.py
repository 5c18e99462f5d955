import pytest
from rasterio.crs import CRS

from crosslook.scenes.places import place_problem

SIZE = (50, 50)


def problem(code, x, y, side=10.0):
    return place_problem(CRS.from_string(code), (side, 0, x, 0, -side, y), SIZE)


@pytest.mark.parametrize(
    ("code", "x", "y", "side"),
    [
        ("EPSG:32631", 500_000, 4_000_000, 10),
        ("EPSG:32733", 60_000, 7_900_000, 10),  # beyond the edge of its zone
        ("EPSG:32760", 813_000, 8_110_000, 10),  # across the antimeridian
        ("EPSG:3857", -20_037_500, 1_170_508, 10),
        ("EPSG:3031", -2_000_000, 1_000_000, 10),  # polar stereographic
        ("EPSG:4326", 179.999, 54, 1e-4),
        ("EPSG:4326", 0, 90, 3.6),  # from pole to pole
    ],
)
def test_places_on_the_map_have_no_problem(code, x, y, side):
    assert problem(code, x, y, side) is None


@pytest.mark.parametrize(
    ("code", "x", "y"),
    [
        ("EPSG:32631", 500_000, 40_000_000),  # comes back elsewhere
        ("EPSG:32631", 1e12, 0),  # has no longitude
        ("EPSG:3857", 1e308, 0),  # which PROJ turns around for ever
        ("EPSG:3857", 0, 3e8),
        ("EPSG:4326", 500_000, 4_000_000),  # metres, said to be degrees
    ],
)
def test_places_off_the_map_are_told(code, x, y):
    assert f"where {code} has no places" in problem(code, x, y)


def test_pixels_have_a_side():
    assert "has pixels of 1e-300 x 1e-300 units" in problem("EPSG:32631", 500_000, 0, 1e-300)
    assert "has pixels of 1e+200 x 1e+200 units" in problem("EPSG:32631", 500_000, 0, 1e200)
    flat = (10, 10, 0, 10, 10, 0)
    assert "or without area" in place_problem(CRS.from_epsg(32631), flat, SIZE)
    broken = (10, 0, float("nan"), 0, -10, 0)
    assert "not finite" in place_problem(CRS.from_epsg(32631), broken, SIZE)
