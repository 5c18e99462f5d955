import hashlib

import pytest

from crosslook.errors import InputError
from crosslook.scenes.multihash import Checksum, parse_multihash


@pytest.mark.parametrize(
    ("prefix", "function"),
    [("1220", "sha256"), ("1114", "sha1"), ("1340", "sha512"), ("d50110", "md5")],
)
def test_a_multihash_names_its_function_and_digest(tmp_path, prefix, function):
    digest = hashlib.new(function, b"harbour").digest()
    (tmp_path / "a").write_bytes(b"harbour")

    checksum = parse_multihash(prefix + digest.hex())

    assert checksum == Checksum(function, digest)
    assert checksum.of(tmp_path / "a") == digest


def test_a_function_that_is_not_known_is_none():
    assert parse_multihash("1e0401020304") is None  # BLAKE3


@pytest.mark.parametrize(
    "text", ["", "12", "zz", "1220ab", "1200", "12021234", "ff" * 12, "d501", "122" + "0" * 64]
)
def test_what_is_no_multihash_is_refused(text):
    with pytest.raises(InputError, match="is no multihash"):
        parse_multihash(text)
