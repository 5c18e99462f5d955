import io

import matplotlib.image

from crosslook.report.association_picture import draw_associations, rho_words
from crosslook.report.associations import Point, associations

POINTS = [
    Point(score, detector, name, step, value + i, 0.1 * i + value)
    for score, value in (("fd__inception_fid", 0.1), ("survival", 0.2), ("l1__VH", 0.3))
    for detector in ("faster_rcnn", "cascade_rcnn")
    for i, (name, step) in enumerate(
        [("none", None), ("cut", 100), ("cut", "100-average"), ("cut", 200), ("munit", 100)]
    )
]
ROWS = associations(POINTS, 0)


def size(png):
    return matplotlib.image.imread(io.BytesIO(png)).shape[:2]


def test_a_picture_has_a_detectors_scores_and_equal_points_give_equal_bytes():
    first = draw_associations(POINTS, ROWS, "faster_rcnn")

    assert draw_associations(POINTS, ROWS, "faster_rcnn") == first
    assert size(first)[1] > 900


def test_five_scores_need_a_second_row_of_panels():
    more = POINTS + [
        Point(score, "faster_rcnn", "cut", 100, 1.0, 0.1)
        for score in ("checkerboard", "kid__inception_fid")
    ]

    one, two = (
        size(draw_associations(some, associations(some, 0), "faster_rcnn"))[0]
        for some in (POINTS, more)
    )
    assert two > one + 100


def test_rho_is_told_with_its_interval_or_the_reason_why_there_is_none():
    row = {"rho": -0.5, "low": -0.75, "high": 0.125, "reason": None}

    assert rho_words(row) == "ρ = -0.50 (-0.75 to 0.12)"
    assert rho_words(row | {"low": None}) == "ρ = -0.50"
    assert rho_words({"rho": None, "reason": "too few"}) == "no ρ: too few"
