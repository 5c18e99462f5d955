import builtins
import json
from dataclasses import replace

import pytest
from stac_server import QUERY, item, running, send

from crosslook.errors import InputError, MissingPackageError
from crosslook.scenes import stac_search
from crosslook.scenes.stac_search import Query, search

L1C = Query(("sentinel-2-l1c",))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("CROSSLOOK_LOCAL_HTTP", "1")
    with running() as server:
        yield server


def ids(found):
    return [one["id"] for one in found.items]


def test_all_pages_are_read_in_order(server):
    server.serve_items([item(name) for name in "abcde"], per_page=2)

    found = search(server.url, L1C)

    assert (ids(found), found.more) == (list("abcde"), False)
    assert len(server.asked("/search")) == 3


def test_the_query_reaches_the_catalogue(server):
    server.serve_items([item("a")])

    query = replace(L1C, bbox=(170.0, -10.0, -170.0, 10.0), datetime="2023-08")
    search(server.url, query)

    body = server.asked("/search")[0]["body"]
    assert body["collections"] == ["sentinel-2-l1c"]
    assert body["bbox"] == [170.0, -10.0, -170.0, 10.0]
    assert body["datetime"] == "2023-08-01T00:00:00Z/2023-08-31T23:59:59Z"


def test_it_stops_at_max_items_and_says_that_there_are_more(server):
    server.serve_items([item(name) for name in "abcde"], per_page=2)

    found = search(server.url, replace(L1C, max_items=3))

    assert (ids(found), found.more) == (["a", "b", "c"], True)


def test_clouds_and_properties_are_compared_here(server):
    clear = {"eo:cloud_cover": 3.0, "sat:orbit_state": "ascending"}
    items = [item("a", **clear), item("b", **clear | {"eo:cloud_cover": 60}), item("c")]
    server.serve_items([*items, item("d", **clear | {"sat:orbit_state": "descending"})])

    query = replace(L1C, max_cloud=10, where={"sat:orbit_state": "ascending"})

    assert ids(search(server.url, query)) == ["a"]


@pytest.mark.parametrize(
    ("conforms", "sent"), [((), None), ((QUERY,), {"eo:cloud_cover": {"lte": 10}})]
)
def test_catalogues_that_compare_clouds_are_told_them(server, conforms, sent):
    server.serve_items([item("a", **{"eo:cloud_cover": 3})], conforms=conforms)

    search(server.url, replace(L1C, max_cloud=10))

    assert server.asked("/search")[0]["body"].get("query") == sent


def test_a_search_that_looks_at_too_much_ends(server, monkeypatch):
    monkeypatch.setattr(stac_search, "LOOKED_AT", 3)
    server.serve_items([item(name) for name in "abcde"])

    with pytest.raises(InputError, match="0 of the first 3 items match: narrow --bbox"):
        search(server.url, replace(L1C, where={"platform": "sentinel-2b"}))


def test_a_server_that_recovers_is_asked_again(server):
    server.serve_items([item("a")], failing=2)

    assert ids(search(server.url, L1C)) == ["a"]
    assert len(server.asked("/search")) == 3


def test_a_server_that_keeps_failing_is_named(server, monkeypatch):
    monkeypatch.setattr(stac_search, "RETRIES", 1)
    server.serve_items([item("a")], failing=99)

    with pytest.raises(InputError, match=r"keeps failing \(HTTP 503\): try again later"):
        search(server.url, L1C)

    assert len(server.asked("/search")) == 2


def test_paging_that_never_ends_is_found(server):
    server.serve_items([item("a"), item("b")], next_link=server.url + "/search")

    with pytest.raises(InputError, match="sends the same items again and again"):
        search(server.url, L1C)

    assert len(server.asked("/search")) == 2


@pytest.mark.parametrize("link", ["file:///dev/zero", "/dev/zero", "http://example.org/search"])
def test_a_next_page_elsewhere_is_not_followed(server, link):
    server.serve_items([item("a")], next_link=link)

    with pytest.raises(InputError, match=r"is no address|is not followed"):
        search(server.url, L1C)


def test_the_token_goes_to_its_host_and_into_no_message(server, monkeypatch):
    monkeypatch.setenv("CROSSLOOK_STAC_TOKEN", "secret")
    monkeypatch.setenv("CROSSLOOK_STAC_TOKEN_HOST", "127.0.0.1")
    server.serve_items([item("a")])
    server.routes["/search"] = lambda it: send(it, it.headers["Authorization"].encode(), status=403)

    with pytest.raises(InputError, match="HTTP 403") as refused:
        search(server.url, L1C)

    assert server.asked("/search")[0]["headers"]["Authorization"] == "Bearer secret"
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"[" * 100_000, b'{"features": [{"id": 3}]}'])
def test_what_is_no_stac_is_refused_in_one_line(server, body):
    server.serve_items([])
    server.routes["/search"] = lambda it: send(it, body)

    with pytest.raises(InputError) as refused:
        search(server.url, L1C)

    assert "\n" not in str(refused.value)


def test_an_endless_answer_is_cut_off(server, monkeypatch):
    monkeypatch.setattr(stac_search, "PAGE_BYTES", 5000)
    server.serve_items([item(name) for name in "abc"], per_page=3)
    server.routes["/search"] = lambda it: send(it, json.dumps("x" * 10_000).encode())

    with pytest.raises(InputError, match="longer than 5000 bytes"):
        search(server.url, L1C)


def test_an_item_that_is_far_too_long_is_refused(server, monkeypatch):
    monkeypatch.setattr(stac_search, "ITEM_BYTES", 1000)
    server.serve_items([item("a", title="x" * 1000)])

    with pytest.raises(InputError, match="an item is longer than 1000 bytes"):
        search(server.url, L1C)


def test_a_server_that_is_not_there_is_named(server, monkeypatch):
    monkeypatch.setattr(stac_search, "RETRIES", 0)

    with pytest.raises(InputError, match="the connection failed or broke off"):
        search("http://127.0.0.1:9", L1C)


def test_without_the_package_one_line_says_what_to_do(monkeypatch):
    own = builtins.__import__

    def refuse(name, *arguments):
        if name.startswith("pystac_client"):
            raise ImportError(name)
        return own(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", refuse)

    with pytest.raises(MissingPackageError, match="pip install pystac-client"):
        search("https://example.org", L1C)


def test_a_bbox_upside_down_is_refused():
    with pytest.raises(InputError, match="expected west,south,east,north"):
        replace(L1C, bbox=(3.0, 52.0, 4.0, 51.0))
