import hashlib

import pytest
from stac_server import item

from crosslook.errors import InputError
from crosslook.scenes.multihash import Checksum
from crosslook.scenes.stac_assets import choose

TIFF = {"href": "https://example.org/x/B04.tif"}
ZIP = {"href": "https://example.org/Products(1)/$value", "type": "application/zip"}


def only(one, *wanted):
    (asset,) = choose([one], wanted)
    return asset


def test_without_names_the_whole_product_is_chosen_and_named_after_its_item():
    asset = only(item("S1A_IW_X.SAFE", {"thumbnail": TIFF, "Product": ZIP}))

    assert (asset.name, asset.href) == ("S1A_IW_X.zip", ZIP["href"])


def test_parts_are_named_after_item_and_asset():
    assert only(item("S2A_X", {"red": TIFF}), "red").name == "S2A_X_red.tif"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/cron", "_.._etc_cron_a.tif"),
        (".hidden", "hidden_a.tif"),
        ("a\x00b", "a_b_a.tif"),
    ],
)
def test_names_from_outside_stay_in_their_folder(name, expected):
    assert only(item(name, {"a": TIFF}), "a").name == expected


@pytest.mark.parametrize("name", ["x" * 200, "../.."])
def test_a_name_that_makes_no_file_is_refused(name):
    with pytest.raises(InputError, match="makes no name of a file"):
        choose([item(name, {"Product": ZIP})], ())


def test_a_suffix_that_is_none_is_not_taken():
    odd = {"href": "https://example.org/a.tif;rm", "type": "image/tiff; application=geotiff"}

    assert only(item("a", {"b": odd}), "b").name == "a_b.tif"


def test_two_assets_of_one_name_are_refused():
    with pytest.raises(InputError, match=r"written to A_red\.tif"):
        choose([item("a", {"red": TIFF}), item("A", {"red": TIFF})], ["red"])


def test_size_and_checksum_are_those_of_the_file_extension():
    digest = hashlib.md5(b"a").digest()
    told = TIFF | {"file:size": 1, "file:checksum": "d50110" + digest.hex()}

    asset = only(item("a", {"red": told}), "red")

    assert (asset.size, asset.checksum) == (1, Checksum("md5", digest))


@pytest.mark.parametrize(
    "told", [{"file:size": -1}, {"file:size": "1"}, {"file:size": True}, {"file:checksum": "md5"}]
)
def test_sizes_and_checksums_that_are_none_are_named(told):
    with pytest.raises(InputError, match="'a', asset 'red': file:"):
        choose([item("a", {"red": TIFF | told})], ["red"])


def test_s3_bills_the_requester_unless_the_catalogue_says_otherwise():
    s3 = {"href": "s3://sentinel-s1-l1c/a.tiff"}
    free = {"storage:schemes": {"aws": {"requester_pays": False, "region": "eu-west-1"}}}

    assert only(item("a", {"vv": s3}), "vv").pays
    assert only(item("a", {"vv": s3 | {"storage:requester_pays": True}}), "vv").pays
    known = only(item("a", {"vv": s3 | {"storage:refs": ["aws"]}}, **free), "vv")
    assert (known.pays, known.region) == (False, "eu-west-1")
    assert not only(item("a", {"vv": {"href": "s3://eodata/a.tiff"}}), "vv").pays
    assert not only(item("a", {"red": TIFF}), "red").pays


def test_https_is_taken_before_s3():
    s3 = {"href": "s3://eodata/a.zip", "alternate": {"https": ZIP}}

    assert only(item("a", {"Product": s3})).href == ZIP["href"]


def test_assets_that_are_missing_are_named_with_those_that_are_there():
    with pytest.raises(InputError, match="'a' has no asset 'nir', but 'red'"):
        choose([item("a", {"red": TIFF})], ["nir"])
    with pytest.raises(InputError, match=r"name some with --asset. It has 'red'"):
        choose([item("a", {"red": TIFF})], [])
