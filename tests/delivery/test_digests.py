import hashlib

from crosslook.delivery import digests


def test_json_is_digested_with_sorted_keys_and_without_spaces():
    assert digests.of_json({"b": [1, 2], "a": "x"}) == (
        hashlib.sha256(b'{"a":"x","b":[1,2]}').hexdigest()
    )


def test_a_file_is_digested_by_its_bytes(tmp_path):
    (tmp_path / "one").write_bytes(b"one")

    assert digests.of_file(tmp_path / "one") == hashlib.sha256(b"one").hexdigest()
