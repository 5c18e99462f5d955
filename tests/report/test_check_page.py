import base64
import re
from dataclasses import replace

import numpy as np
import pytest
from html_page import Page
from rasterio.io import MemoryFile

from crosslook.checks.check_params import CheckDataParams
from crosslook.checks.data import check_scenes
from crosslook.checks.portraits import portray
from crosslook.report import check_page as module
from crosslook.report import check_pictures
from crosslook.report.check_page import check_page
from crosslook.scenes.stretches import OpticalComposite, SarComposite

COMPOSITES = {"optical": OpticalComposite(), "sar": SarComposite()}


def record(scenes):
    return check_scenes(scenes, COMPOSITES, ["port"], False, CheckDataParams())


def page_of(scenes, found=None):
    portraits = [portray(scene, COMPOSITES[scene.sensor]) for scene in scenes]
    return check_page(found or record(scenes), portraits, "data/")


def pixels(attributes):
    data = base64.b64decode(attributes["src"].partition(",")[2])
    with MemoryFile(data) as file, file.open() as picture:
        return picture.read()


def test_a_small_world_gives_two_pictures_per_scene_and_a_map(small_world):
    page = Page(page_of(small_world))

    assert "No problem was found." in page.words
    assert len(page.pictures()) == 2 * 4 + 1
    assert "sar, dev" in page.words and "port 1" in page.words


def test_equal_scenes_give_an_equal_page(small_world):
    assert page_of(small_world) == page_of(small_world)


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(small_world):
    html = page_of(small_world)
    page = Page(html)

    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "a"}
    assert all(one["src"].startswith("data:image/") for one in page.pictures())
    assert not re.search(r"https?:|//|url\(|@import", re.sub(r"base64,[^\"]*", "", html))


def test_what_comes_from_files_is_escaped(make_scene):
    evil = '<script>alert("1")</script>$\\frac$'
    scene = replace(make_scene("a"), id=evil, acquired='"><b>')

    page = Page(page_of([scene]))

    assert not [tag for tag, _ in page.tags if tag in ("script", "b")]
    assert evil in page.words
    assert any(f"{evil} with its labels" == one["alt"] for one in page.pictures())


def test_every_problem_stands_in_the_list_and_at_its_scene(small_world):
    small_world[1].image.unlink()

    page = Page(page_of(small_world))

    assert "1 problem" in page.words
    assert page.words.count("radar.tif is missing.") == 2
    assert "no picture can be made" in page.words
    assert [a for tag, a in page.tags if a.get("class") == "card ill"] != []


def test_of_too_many_problems_the_first_are_listed(small_world):
    found = record(small_world) | {"problems": ["x" * 1000] * 700}

    page = Page(page_of(small_world, found))

    assert "... and 200 more." in page.words
    assert len(page.words) < 500 * 620


def test_pictures_end_when_their_bytes_are_spent(small_world, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 1)

    page = Page(page_of(small_world))

    assert len(page.pictures()) == 2 + 1
    assert "There were too many pictures for one page." in page.words


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_label_is_drawn_where_it_lies(make_scene):
    dark = np.full((2, 64, 64), -30, np.float32)
    dark[:, :2] = -29  # else nothing but one number
    scene = make_scene("a", pixels=dark, boxes=[(32, 32, 56, 56)])

    drawn = pixels(Page(page_of([scene])).pictures()[1]).min(axis=0) > 150

    rows, columns = np.nonzero(drawn)
    assert rows.min() / 280 == pytest.approx(0.5, abs=0.02)
    assert columns.max() / 280 == pytest.approx(56 / 64, abs=0.02)


def test_scenes_on_both_sides_of_180_degrees_lie_side_by_side_on_the_map(make_scene, monkeypatch):
    monkeypatch.setattr(check_pictures, "png", lambda figure: figure.axes[0])
    corners = [("EPSG:32660", 829_000), ("EPSG:32660", 800_000), ("EPSG:32701", 180_000)]
    scenes = [
        make_scene(f"s{i}", crs=crs, origin=(x, 8_000_000 if crs[-1] == "1" else 1_000_000))
        for i, (crs, x) in enumerate(corners)
    ]

    axis = check_pictures.split_map(scenes)

    assert axis.get_xlim()[1] - axis.get_xlim()[0] < 60
    assert axis.xaxis.get_major_formatter()(181, 0) == "-179"
