import pytest
from stac_server import running, send

from crosslook.errors import InputError
from crosslook.scenes.web import bearer, check_url, open_session, shown

LOCAL = {"CROSSLOOK_LOCAL_HTTP": "1"}


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "/etc/passwd",
        "ftp://example.org/a",
        "http://example.org/a",
        "http://127.0.0.1/a",
        "https://127.0.0.1/a",
        "https://localhost/a",
        "https://user:secret@example.org/a",
        "https://example.org/a b",
        "https://example.org/a\r\nHost: b",
        "https://example.org:port/a",
        "https://[::1",
        "https:///a",
        "/vsicurl/https://example.org/a",
        "s3://bucket/a",
    ],
)
def test_only_https_to_other_machines_is_followed(url):
    with pytest.raises(InputError) as refused:
        check_url(url, {})

    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_http_to_this_machine_is_followed_only_where_it_is_allowed():
    check_url("https://example.org/a", {})
    check_url("http://127.0.0.1:8080/a", LOCAL)
    with pytest.raises(InputError, match="only https"):
        check_url("http://example.org/a", LOCAL)


def test_shown_addresses_have_neither_password_nor_query():
    assert shown("https://me:pw@example.org/a/b?sig=1#x") == "https://example.org/a/b"


def test_each_host_is_told_its_own_token_only():
    environ = {
        "CDSE_TOKEN": "copernicus",
        "CROSSLOOK_STAC_TOKEN": "own",
        "CROSSLOOK_STAC_TOKEN_HOST": "stac.example.org",
    }

    assert bearer("https://download.dataspace.copernicus.eu/a", environ) == "copernicus"
    assert bearer("https://stac.example.org/a", environ) == "own"
    assert bearer("https://example.org/a", environ) is None
    assert bearer("https://evildataspace.copernicus.eu/a", environ) is None
    assert bearer("https://x.stac.example.org/a", environ) is None


def test_a_redirect_to_a_file_or_a_service_is_not_followed():
    with running() as server:
        server.routes["/file"] = lambda it: send(it, b"", 302, Location="file:///etc/passwd")
        server.routes["/other"] = lambda it: send(it, b"", 302, Location="http://example.org/")
        session = open_session(environ=LOCAL)

        with pytest.raises(Exception, match="No connection adapters"):
            session.get(server.url + "/file")
        with pytest.raises(InputError, match="only https"):
            session.get(server.url + "/other")


def test_redirects_in_a_circle_end():
    with running() as server:
        server.routes["/a"] = lambda it: send(it, b"", 302, Location="/a")

        with pytest.raises(Exception, match="redirects"):
            open_session(environ=LOCAL).get(server.url + "/a")

        assert len(server.seen) == 6


def test_a_body_longer_than_allowed_is_cut_off():
    with running() as server:
        server.routes["/a"] = lambda it: send(it, bytes(100_000))
        session = open_session(at_most=1000, environ=LOCAL)

        with pytest.raises(InputError, match="longer than 1000 bytes"):
            session.get(server.url + "/a")


def test_netrc_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with running() as server:
        server.routes["/a"] = lambda it: send(it, b"", 302, Location="/b")
        server.routes["/b"] = lambda it: send(it, b"ok")

        open_session(environ=LOCAL).get(server.url + "/a")

        assert [("Authorization" in request["headers"]) for request in server.seen] == [False] * 2
