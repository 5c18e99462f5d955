import numpy as np
import pytest

from crosslook.scenes.cloud_shadows import Sun, dark_land, find_shadows
from crosslook.scenes.clouds import (
    C,
    CloudRules,
    classify,
    combine,
    from_classification,
    from_scene_classification,
    ndsi,
    tidy,
    told_by,
)

RULES = CloudRules()
# Reflectances of six kinds of ground, one pixel each.
GROUND = {
    "B02": [0.10, 0.60, 0.80, 0.12, 0.25, 0.80],
    "B04": [0.09, 0.60, 0.80, 0.10, 0.20, 0.80],
    "B03": [0.09, 0.60, 0.80, 0.11, 0.26, 0.80],
    "B08": [0.30, 0.60, 0.75, 0.32, 0.02, 0.75],
    "B10": [0.002, 0.002, 0.004, 0.02, 0.001, 0.004],
    "B11": [0.25, 0.45, 0.10, 0.25, 0.01, 0.10],
}
NAMES = ["field", "cloud", "snow", "field under cirrus", "bright shallow water", "no data"]
VALID = np.array([[True] * 5 + [False]])


def bands(*names):
    return {name: np.array([GROUND[name]], np.float32) for name in names}


def square(size, *cloud):
    classes = np.full((size, size), C.CLEAR, np.uint8)
    for rows, columns in cloud:
        classes[rows, columns] = C.CLOUD
    return classes


def test_the_rules_tell_cloud_snow_and_clear_ground():
    made = classify(bands("B02", "B03", "B04", "B08", "B10", "B11"), VALID, RULES)

    assert made.tolist() == [[C.CLEAR, C.CLOUD, C.SNOW, C.CLOUD, C.CLEAR, C.NO_DATA]]


def test_without_the_cirrus_band_bright_ground_is_not_called_cloud():
    made = classify(bands("B02", "B03", "B08", "B11"), VALID, RULES)

    assert made.tolist() == [[C.CLEAR, C.BRIGHT, C.SNOW, C.CLEAR, C.BRIGHT, C.NO_DATA]]


def test_true_colour_tells_bright_from_dark_and_no_more():
    seen = bands("B02", "B03", "B04")
    made = classify(seen, VALID, RULES)

    assert told_by(seen) == ("bright",)
    assert made.tolist() == [[C.CLEAR, C.BRIGHT, C.BRIGHT, C.CLEAR, C.BRIGHT, C.NO_DATA]]


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        (("B02", "B03", "B04", "B08", "B10", "B11"), ("cloud", "snow")),
        (("B02", "B03", "B08", "B11"), ("snow", "bright")),
        (("B03", "B08", "B11"), ("snow",)),
        (("B04",), ()),
    ],
)
def test_what_is_told_depends_on_the_bands(names, kinds):
    assert told_by(names) == kinds


def test_ndsi_of_nothing_is_zero():
    dark = np.zeros((1, 1), np.float32)

    assert ndsi(dark, dark).tolist() == [[0.0]]
    assert ndsi(dark + 0.6, dark + 0.2)[0, 0] == pytest.approx(0.5)


def test_the_products_masks_become_the_same_classes():
    opaque, cirrus, snow = np.array([[[1, 0, 0, 0, 1]], [[0, 1, 0, 0, 0]], [[0, 0, 1, 0, 1]]])

    made = from_classification(np.stack([opaque, cirrus, snow]).astype(np.uint8))
    assert made.tolist() == [[C.CLOUD, C.CLOUD, C.SNOW, C.CLEAR, C.CLOUD]]
    scl = from_scene_classification(np.arange(12, dtype=np.uint8)[None])
    assert scl[0, [0, 3, 8, 9, 10, 11]].tolist() == [
        C.NO_DATA, C.SHADOW, C.CLOUD, C.CLOUD, C.CLOUD, C.SNOW,
    ]  # fmt: skip
    assert (scl[0, [1, 2, 4, 5, 6, 7]] == C.CLEAR).all()


def test_cloud_goes_before_snow_and_no_data_before_both():
    rules = np.array([[C.CLEAR, C.CLOUD, C.NO_DATA, C.CLEAR, C.SNOW]], np.uint8)
    product = np.array([[C.SNOW, C.SNOW, C.CLOUD, C.CLOUD, C.CLEAR]], np.uint8)

    assert combine(rules, product).tolist() == [[C.SNOW, C.CLOUD, C.NO_DATA, C.CLOUD, C.SNOW]]


def test_sand_is_redder_than_cloud():
    sand = {"B02": 0.30, "B03": 0.34, "B04": 0.37, "B08": 0.41, "B10": 0.001, "B11": 0.53}
    made = classify(
        {name: np.full((1, 1), value, np.float32) for name, value in sand.items()},
        np.ones((1, 1), np.bool_),
        RULES,
    )

    assert made.tolist() == [[C.CLEAR]]


def test_a_line_of_surf_is_no_snow():
    classes = square(20)
    classes[5, :] = classes[10:14, :] = C.SNOW

    made = tidy(classes, 20.0, RULES)

    assert (made[5] == C.CLEAR).all()
    assert (made[10:14] == C.SNOW).all()


def test_narrow_clouds_are_roofs_and_wide_ones_grow():
    classes = square(20, (slice(0, 2), slice(0, 20)), (slice(9, 12), slice(9, 12)))
    classes[10, 13] = C.NO_DATA

    made = tidy(classes, 20.0, CloudRules(smallest_m=60, grown_m=40))

    assert (made[:2] == C.CLEAR).all()
    assert np.flatnonzero((made == C.CLOUD).any(axis=1)).tolist() == list(range(7, 14))
    assert made[10, 13] == C.NO_DATA


def test_a_shadow_falls_away_from_the_sun_on_dark_land():
    classes = square(40, (slice(20, 22), slice(20, 22)))
    dark = np.ones((40, 40), np.bool_)

    made = find_shadows(classes, dark, 20.0, Sun(zenith=45, azimuth=180))

    rows, columns = np.nonzero(made == C.SHADOW)
    assert rows.max() == 19  # north of the cloud, as the sun stands in the south
    assert set(columns) == {20, 21}
    assert (find_shadows(classes, ~dark, 20.0, Sun(45, 180)) == classes).all()


def test_the_longest_shadow_is_the_highest_clouds():
    classes = square(400, (slice(390, 392), slice(200, 202)))
    made = find_shadows(classes, np.ones((400, 400), np.bool_), 20.0, Sun(45, 180))

    assert np.nonzero(made == C.SHADOW)[0].min() == 390 - 3000 / 20


def test_water_is_no_shaded_land():
    green, near_infrared = np.array([[0.05, 0.06]]), np.array([[0.02, 0.09]])

    assert dark_land(green, near_infrared).tolist() == [[False, True]]
