from datetime import UTC, datetime

import pytest

from crosslook.errors import InputError
from crosslook.scenes.s3 import s3_request, sign

NOW = datetime(2013, 5, 24, tzinfo=UTC)
# The example keys and signature of "Signature Calculations for the Authorization Header:
# Transferring Payload in a Single Chunk", Amazon S3 API reference, GET Object.
KEYS = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
SIGNATURE = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
ENVIRON = {"AWS_ACCESS_KEY_ID": KEYS[0], "AWS_SECRET_ACCESS_KEY": KEYS[1]}


def test_the_example_of_the_specification_gives_its_signature():
    url = "https://examplebucket.s3.amazonaws.com/test.txt"

    headers = sign(url, {"Range": "bytes=0-9"}, KEYS, "us-east-1", NOW)

    assert headers["Authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={KEYS[0]}/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        f"Signature={SIGNATURE}"
    )


def test_the_buckets_of_sentinel_are_asked_in_their_region():
    url, headers = s3_request("s3://sentinel-s1-l1c/GRD/a b.tiff", True, None, ENVIRON, NOW)

    assert url == "https://sentinel-s1-l1c.s3.eu-central-1.amazonaws.com/GRD/a%20b.tiff"
    assert headers["x-amz-request-payer"] == "requester"
    assert "/eu-central-1/s3/" in headers["Authorization"]


def test_who_did_not_agree_does_not_say_that_he_pays():
    _, headers = s3_request("s3://bucket/a", False, None, ENVIRON, NOW)

    assert "x-amz-request-payer" not in headers


def test_eodata_is_asked_at_the_copernicus_data_space():
    url, _ = s3_request("s3://eodata/Sentinel-1/a", False, None, ENVIRON, NOW)

    assert url == "https://eodata.dataspace.copernicus.eu/eodata/Sentinel-1/a"


def test_the_secret_key_is_not_sent():
    _, headers = s3_request("s3://bucket/a", True, None, ENVIRON, NOW)

    assert KEYS[1] not in str(headers)


def test_keys_that_are_not_set_are_named():
    with pytest.raises(InputError, match="set AWS_SECRET_ACCESS_KEY in the environment"):
        s3_request("s3://bucket/a", True, None, {"AWS_ACCESS_KEY_ID": "a"})


@pytest.mark.parametrize(
    "href", ["s3://bucket", "s3:///a", "s3://evil.org@b/a", "s3://a:1/b", "s3://a..b/c", "s3://A/b"]
)
def test_what_is_no_bucket_and_key_is_refused(href):
    with pytest.raises(InputError, match="is no s3://bucket/key"):
        s3_request(href, True, None, ENVIRON)
