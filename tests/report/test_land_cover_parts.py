import pytest

from crosslook.report.land_cover_parts import LandCover, land_cover, land_cover_of
from crosslook.report.page_pictures import Picture
from crosslook.report.report_page import report_page
from crosslook.report.run import Run


def test_without_models_there_is_no_part_and_no_link():
    for record in (None, {"data": None, "scores": [], "trainings": []}):
        found = land_cover_of(record, None)
        assert list(land_cover(found)) == []
        assert found.titles == []

    assert "land-cover" not in report_page(Run({}, {}, 0), [], []).html


def test_a_run_shows_its_table_fig_2_and_the_latent_spaces(land_cover_row, latent_view):
    rows = [land_cover_row("baseline", seeds=1), land_cover_row("c", seeds=1)]
    found = LandCover(rows, [latent_view("c")])

    parts = list(land_cover(found))

    words = "".join(part for part in parts if isinstance(part, str))
    assert "<b>F1 on 200 test patches of 8 scenes, seed 0</b>" in words
    assert "<td>baseline</td><td class=n>400</td>" in words
    pictures = [part.name for part in parts if isinstance(part, Picture)]
    assert pictures == ["land cover, F1", "land cover, latent space"]


def test_the_page_links_to_it(land_cover_row):
    html = report_page(
        Run({}, {}, 0), [], [], classified=LandCover([land_cover_row("c", seeds=1)])
    ).html

    assert '<a href="#land-cover">Land cover</a>' in html
    assert '<h2 id="land-cover">' in html


def test_models_that_are_not_there_leave_the_table_and_fig_2(tmp_path):
    f1 = {"macro": 0.5, "macro_interval": None, "weighted": 0.5, "weighted_interval": None}
    part = {
        "patches": 9,
        "scenes": 2,
        "sensors": {"s1": {"above_30": f1, "at_least_10": f1}},
        "pairs": [],
        "probe": {"accuracy": 0.5, "chance": 0.5},
    }
    about = {"configuration": "c", "samples": 0, "seed": 0}
    record = {"scores": [about | {"test": part}], "trainings": [about | {"patches": 30}]}

    found = land_cover_of(record, tmp_path)

    assert found.views == []
    assert found.shown["figure2"][0]["scores"]["macro/s1"]["mean"] == pytest.approx(0.5)
