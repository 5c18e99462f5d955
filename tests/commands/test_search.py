import pytest
from click.testing import CliRunner
from stac_server import item, running

from crosslook.cli import main
from crosslook.scenes.stac_items import read_items


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
