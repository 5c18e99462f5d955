from pathlib import Path

import pytest
from click.testing import CliRunner
from stac_server import item, running

from crosslook.cli import main
from crosslook.scenes import stac_search
from crosslook.scenes.stac_items import read_items
from crosslook.scenes.stac_search import CATALOGUES, Found
from crosslook.scenes.web import check_url

DOCUMENT = Path(__file__).parents[2] / "docs/own-data.md"


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSLOOK_LOCAL_HTTP", "1")
    with running() as server:
        yield server


def run(*arguments):
    return CliRunner().invoke(main, ["search", *arguments])


def test_what_is_found_is_listed_and_written(server, tmp_path):
    server.serve_items([item("a\x1b[2J", **{"eo:cloud_cover": 3.4}), item("b")])

    result = run(server.url, "--collection", "sentinel-2-l1c", "--bbox", "3,51,4,52")

    assert result.exit_code == 0, result.output
    assert result.output == (
        "a?[2J  2023-08-04T02:13:51Z  3 % cloud\nb  2023-08-04T02:13:51Z\n2 items in items.json\n"
    )
    assert [one["id"] for one in read_items(tmp_path / "items.json")] == ["a\x1b[2J", "b"]


@pytest.mark.parametrize("name", sorted(CATALOGUES))
def test_a_catalogue_may_be_named_by_a_word(name, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        stac_search, "search", lambda url, query: asked.append(url) or Found([], False)
    )

    result = run(name, "--collection", "sentinel-2-l1c", "--out", str(tmp_path / "a.json"))

    assert result.exit_code == 0, result.output
    (url,) = asked
    check_url(url)
    assert url == CATALOGUES[name] and name in DOCUMENT.read_text()


def test_an_unknown_catalogue_is_named(tmp_path):
    result = run("earthsearch", "--collection", "x")

    assert result.exit_code == 1
    assert "neither an address nor one of cdse, earth-search, planetary-computer" in result.output


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("--bbox", "1,2,3", "west,south,east,north"), ("--where", "a", "PROPERTY=VALUE")],
)
def test_options_that_mean_nothing_are_named(option, value, message):
    result = run("cdse", "--collection", "x", option, value)

    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert message in result.output
