import json

import numpy as np
import pytest

from crosslook import results
from crosslook.errors import StaleError


def test_a_digest_ignores_the_order_of_keys_and_the_kind_of_number():
    assert results.digest({"a": 1, "b": (2, 3)}) == results.digest({"b": [2, np.int64(3)], "a": 1})


def test_nan_becomes_null_because_json_has_no_nan(tmp_path):
    results.write(tmp_path / "r.json", {"ap": float("nan"), "ar": np.float64(0.5)})

    assert json.loads((tmp_path / "r.json").read_text()) == {"ap": None, "ar": 0.5}


def test_a_folder_digest_changes_with_a_byte_and_with_a_name(tmp_path):
    (tmp_path / "a").write_text("1")
    before = results.digest_folder(tmp_path)

    (tmp_path / "a").write_text("2")
    changed = results.digest_folder(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")

    assert len({before, changed, results.digest_folder(tmp_path)}) == 3


def test_a_missing_record_says_what_makes_it(tmp_path):
    with pytest.raises(StaleError, match=r"choose\.json is missing: run 'make repro'\."):
        results.read(tmp_path / "choose.json")
