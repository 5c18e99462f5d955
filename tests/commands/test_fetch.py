import hashlib

import pytest
from click.testing import CliRunner
from sentinel2_products import Kind, reflectances, write_product, write_zip
from stac_server import item, running, send

from crosslook.cli import main
from crosslook.scenes.stac_items import write_items

ZIP = b"PK" * 500
CHECKSUM = "1220" + hashlib.sha256(ZIP).hexdigest()


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSLOOK_LOCAL_HTTP", "1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with running() as server:
        yield server


def fetch(tmp_path, items, *arguments):
    write_items(tmp_path / "items.json", items)
    return CliRunner().invoke(main, ["fetch", "items.json", "--to", "raw", *arguments])


def product(server, name, **told):
    server.routes[f"/{name}"] = lambda handler: send(handler, ZIP)
    href = f"{server.url}/{name}"
    return item(name, {"Product": {"href": href, "type": "application/zip"} | told})


def test_products_come_whole_and_are_checked(server, tmp_path):
    told = {"file:size": len(ZIP), "file:checksum": CHECKSUM}

    result = fetch(tmp_path, [product(server, "S1A_X.SAFE", **told), product(server, "S1A_Y")])

    assert result.exit_code == 0, result.output
    assert result.output == (
        "S1A_X.zip  0.0 MB ...\n  1000 bytes, checksum as the catalogue says\n"
        "S1A_Y.zip  size unknown ...\n"
        "  1000 bytes, length as the server said; the catalogue gives neither size nor checksum\n"
    )
    assert (tmp_path / "raw/S1A_X.zip").read_bytes() == ZIP


def test_a_product_that_was_searched_and_fetched_goes_in(server, tmp_path):
    made = write_product(tmp_path / "server", reflectances(48), Kind(size=48))
    body = write_zip(made).read_bytes()
    server.routes["/download"] = lambda handler: send(handler, body)
    told = {"file:checksum": "1220" + hashlib.sha256(body).hexdigest()}
    address = {"href": server.url + "/download", "type": "application/zip"}
    server.serve_items([item(made.name, {"Product": address | told})])
    commands = [
        ["search", server.url, "--collection", "sentinel-2-l1c"],
        ["fetch", "items.json"],
        ["ingest", "optical", f"fetched/{made.stem}.zip"],
    ]

    results = [CliRunner().invoke(main, command) for command in commands]

    assert [result.exit_code for result in results] == [0, 0, 0], results[-1].output
    assert results[-1].output == f"{made.stem}: unlabelled, 48 x 48 px, 0 labels\n"


def test_one_that_fails_does_not_stop_the_others(server, tmp_path):
    wrong = product(server, "S1A_X", **{"file:checksum": "1220" + "00" * 32})

    result = fetch(tmp_path, [wrong, product(server, "S1A_Y")])

    assert result.exit_code == 1
    assert "not fetched: S1A_X.zip: its sha256 is not what the catalogue says" in result.output
    assert "Error: 1 of 2 files were not fetched" in result.output
    assert [path.name for path in (tmp_path / "raw").iterdir()] == ["S1A_Y.zip"]


def test_only_the_items_that_are_named_are_fetched(server, tmp_path):
    items = [product(server, "S1A_X"), product(server, "S1A_Y")]

    assert fetch(tmp_path, items, "--only", "S1A_Y").exit_code == 0
    assert [path.name for path in (tmp_path / "raw").iterdir()] == ["S1A_Y.zip"]
    assert "has no item 'S1A_Z'" in fetch(tmp_path, items, "--only", "S1A_Z").output


def test_a_list_sends_nothing(server, tmp_path):
    result = fetch(tmp_path, [product(server, "S1A_X", **{"file:size": 1_500_000})], "--list")

    assert result.output == "S1A_X.zip  1.5 MB\n"
    assert server.seen == []


def test_what_is_billed_is_said_and_wants_yes(server, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
    server.routes["/sentinel-s1-l1c/vv.tiff"] = lambda handler: send(handler, ZIP)
    vv = {"href": "s3://sentinel-s1-l1c/vv.tiff", "file:size": len(ZIP)}
    items = [item("S1A_X", {"vv": vv})]

    refused = fetch(tmp_path, items, "--asset", "vv")

    assert (refused.exit_code, refused.output.count("\n"), server.seen) == (1, 1, [])
    assert "1 files (0.0 MB) lie in 'sentinel-s1-l1c', where the requester pays" in refused.output
    assert "Nothing was fetched; add --yes to agree" in refused.output

    agreed = fetch(tmp_path, items, "--asset", "vv", "--yes")

    assert agreed.exit_code == 0, agreed.output
    assert "billed to the account of AWS_ACCESS_KEY_ID" in agreed.output
    assert "secret" not in agreed.output
    assert server.seen[0]["headers"]["x-amz-request-payer"] == "requester"
    assert (tmp_path / "raw/S1A_X_vv.tiff").read_bytes() == ZIP


def test_the_token_is_sent_and_not_shown(server, tmp_path, monkeypatch):
    monkeypatch.setenv("CROSSLOOK_STAC_TOKEN", "secret")
    monkeypatch.setenv("CROSSLOOK_STAC_TOKEN_HOST", "127.0.0.1")

    result = fetch(tmp_path, [product(server, "S1A_X")])

    assert server.seen[0]["headers"]["Authorization"] == "Bearer secret"
    assert "secret" not in result.output


@pytest.mark.parametrize("href", ["file:///etc/passwd", "http://example.org/a.zip", "/etc/passwd"])
def test_addresses_that_are_not_https_are_refused(server, tmp_path, href):
    result = fetch(tmp_path, [item("S1A_X", {"Product": {"href": href}})])

    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert not (tmp_path / "raw").exists()


def test_a_missing_list_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, ["fetch", "items.json"])

    assert "items.json is missing: write it with crosslook search --out items.json" in result.output
