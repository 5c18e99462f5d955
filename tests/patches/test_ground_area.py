import pytest

from crosslook.patches.ground_area import ground_area_km2
from crosslook.patches.patch_set import Patch

TEN_METRES = (10.0, 0.0, 5e5, 0.0, -10.0, 5e6)


def patch(crs="EPSG:32632", transform=TEN_METRES, valid=1.0):
    return Patch("p", "s", (0, 0, 200, 100), crs, transform, valid)


def test_pixels_times_their_size():
    assert ground_area_km2([patch(), patch()]) == pytest.approx(2 * 2.0 * 1.0)


def test_no_data_does_not_count():
    assert ground_area_km2([patch(valid=0.25)]) == pytest.approx(0.5)


def test_a_turned_grid_has_the_same_area():
    turned = (0.0, 10.0, 5e5, 10.0, 0.0, 5e6)

    assert ground_area_km2([patch(transform=turned)]) == pytest.approx(2.0)


def test_feet_are_converted():
    assert ground_area_km2([patch("EPSG:2263")]) == pytest.approx(2.0 * 0.3048006**2, rel=1e-6)


@pytest.mark.parametrize("crs", ["EPSG:4326", "", "nonsense"])
def test_without_a_projected_crs_it_is_not_known(crs):
    assert ground_area_km2([patch(), patch(crs)]) is None
