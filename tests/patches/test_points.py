import pytest
import shapely
from rasterio import Affine

from crosslook.patches.annotations import to_pixels
from crosslook.patches.points import disc


def test_at_the_equator_a_degree_of_longitude_is_111320_m():
    west, _, east, _ = disc(shapely.Point(10, 0), 111_319.49).bounds

    assert east - west == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize("latitude", [-72, -45, 5, 60])
@pytest.mark.parametrize("affine", [Affine(10, 0, 0, 0, -10, 0), Affine(8, 6, 0, 6, -8, 0)])
def test_the_box_has_the_given_size_in_every_grid(latitude, affine):
    outline = to_pixels(disc(shapely.Point(9.0, latitude), 640), _utm32(latitude), affine)

    x1, y1, x2, y2 = outline.bounds

    scale = 0.9996  # of UTM on its central meridian
    assert (x2 - x1, y2 - y1) == pytest.approx((64 * scale, 64 * scale), abs=0.02)


def test_a_disc_on_the_antimeridian_has_two_parts():
    assert len(disc(shapely.Point(180, 10), 100).geoms) == 2


def _utm32(latitude):
    return "EPSG:32632" if latitude > 0 else "EPSG:32732"
