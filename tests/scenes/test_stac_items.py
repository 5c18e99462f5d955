import json

import pytest
from stac_server import item

from crosslook.errors import InputError
from crosslook.scenes.stac_items import read_items, unsigned, write_items

SIGNED = "https://a.example.org/b.tif?sv=1&sig=secret"


def test_items_come_back_as_they_were_written(tmp_path):
    one = item("a", {"data": {"href": "https://example.org/a.tif?version=2"}})

    write_items(tmp_path / "items.json", [one])

    assert read_items(tmp_path / "items.json") == [one]


@pytest.mark.parametrize(
    "href",
    [
        SIGNED,
        "https://me:secret@a.example.org/b.tif",
        "https://a.example.org/b.tif?X-Amz-Signature=secret&X-Amz-Expires=10",
        "https://a.example.org/b.tif?access_token=secret",
    ],
)
def test_signatures_and_passwords_are_not_written(href):
    nested = {"data": {"href": href, "alternate": {"s3": {"href": href}}}}
    one = item("a", nested) | {"links": [{"rel": "self", "href": href}]}

    clean = unsigned(one)

    assert "secret" not in json.dumps(clean)
    assert clean["assets"]["data"]["href"] == "https://a.example.org/b.tif"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is nested deeper than such files are"),
        ("[]", "not a STAC ItemCollection"),
        ('{"type": "FeatureCollection"}', "not a list of items"),
        ('{"type": "FeatureCollection", "features": [1]}', "item 1 is not a GeoJSON Feature"),
        ('{"type": "FeatureCollection", "features": [{"type": "Feature"}]}', "has no id"),
    ],
)
def test_what_is_no_list_of_items_is_named(tmp_path, text, message):
    path = tmp_path / "items.json"
    path.write_text(text)

    with pytest.raises(InputError, match=message):
        read_items(path)


def test_an_asset_without_an_address_is_named(tmp_path):
    write_items(tmp_path / "items.json", [item("a", {"data": {"href": 3}})])

    with pytest.raises(InputError, match=r"item 1 \('a'\) has assets without an address"):
        read_items(tmp_path / "items.json")


def test_an_item_nested_absurdly_deep_is_one_line(tmp_path):
    deep = []
    for _ in range(2000):
        deep = [deep]

    with pytest.raises(InputError, match="nested deeper"):
        write_items(tmp_path / "items.json", [item("a", deep=deep)])

    assert list(tmp_path.iterdir()) == []
