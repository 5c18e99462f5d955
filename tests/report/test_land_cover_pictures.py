import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from crosslook.report.land_cover_bars_picture import draw_bars, mark_ours
from crosslook.report.land_cover_samples_picture import by_size, draw_samples
from crosslook.report.latent_picture import draw_latent
from crosslook.report.panels import COLOURS

BLUE, RED = (tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in COLOURS[:2])


def pixels(png):
    with Image.open(io.BytesIO(png)) as opened:
        return np.asarray(opened.convert("RGB")).astype(int)


def count(png, colour):
    return int((abs(pixels(png) - colour).max(axis=2) < 3).sum())


def test_equal_rows_give_equal_bytes(land_cover_row, latent_view):
    rows = [land_cover_row("baseline"), land_cover_row("c")]

    assert draw_bars(rows) == draw_bars(rows)
    assert draw_latent([latent_view("c")]) == draw_latent([latent_view("c")])


def test_a_higher_f1_is_a_higher_bar_of_its_sensors_colour(land_cover_row):
    low = draw_bars([land_cover_row("c")])
    high = draw_bars([land_cover_row("c", **{"macro/s1": 0.75})])

    assert count(high, BLUE) > 1.3 * count(low, BLUE)
    assert count(high, RED) == pytest.approx(count(low, RED), rel=0.02)


def test_a_score_that_is_not_defined_has_no_bar(land_cover_row):
    row = land_cover_row("c_m")
    row["scores"]["macro/s2"] |= {"mean": None, "interval": None}

    assert count(draw_bars([row]), RED) < 500  # the legend's alone


@pytest.mark.parametrize(
    ("names", "marks"),
    [
        (("forest", "baseline", "c"), []),
        (("baseline", "c", "c_nce", "c_distil"), [1.5]),
        (("forest", "baseline", "c", "c_nce"), [2.5]),
    ],
)
def test_what_the_paper_does_not_have_stands_behind_a_line(land_cover_row, names, marks):
    axis = Figure().subplots()

    mark_ours(axis, [land_cover_row(name) for name in names])

    assert [line.get_xdata()[0] for line in axis.lines] == marks


def test_only_configurations_with_several_sizes_make_a_line(land_cover_row):
    rows = [land_cover_row(name, n) for n in (400, 50) for name in ("c", "baseline")]

    found = by_size([*rows, land_cover_row("c_m")])

    assert list(found) == ["baseline", "c"]
    assert [row["trained_on"] for row in found["c"]] == [50, 400]
    assert pixels(draw_samples(rows)).shape[1] > 700


def test_each_model_has_two_panels_of_its_latent_space(latent_view):
    one, two = (draw_latent([latent_view("c")] * n) for n in (1, 2))

    assert pixels(two).shape[0] > 1.7 * pixels(one).shape[0]
    assert count(one, BLUE) + count(one, RED) > 0


def test_a_collapsed_space_is_drawn_as_its_reason(latent_view):
    seen = pixels(draw_latent([latent_view("c", reason="no plane to show")]))

    assert (seen.min(axis=2) < 200).any()
