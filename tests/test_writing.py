import errno
import json
import os
from pathlib import Path

import pytest

from crosslook.errors import DiskError
from crosslook.writing import whole_file, whole_folder, write_bytes, write_json, write_text


@pytest.fixture
def full_disk(monkeypatch):
    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_whole_and_leaves_nothing_beside_it(tmp_path):
    write_text(tmp_path / "deep" / "a.txt", "größer")

    assert (tmp_path / "deep" / "a.txt").read_text() == "größer"
    assert names(tmp_path / "deep") == ["a.txt"]


def test_json_ends_with_a_newline_and_has_no_nan(tmp_path):
    write_json(tmp_path / "a.json", {"ü": [1, None]})

    text = (tmp_path / "a.json").read_text()
    assert text.endswith("\n") and json.loads(text) == {"ü": [1, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"a": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text()) == {"ü": [1, None]}


def test_a_full_disk_keeps_the_old_file(tmp_path, full_disk):
    (tmp_path / "a.txt").write_text("old")

    with pytest.raises(DiskError, match=r"a.txt: the disk is full, nothing was changed"):
        write_bytes(tmp_path / "a.txt", b"new")

    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_disk_that_fills_while_writing_keeps_the_old_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    with (
        pytest.raises(DiskError, match=r"a.txt: the disk is full"),
        whole_file(tmp_path / "a.txt") as temporary,
    ):
        temporary.write_text("new")
        Path("/dev/full").write_bytes(b"x" * 100_000)

    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_file_that_cannot_be_opened_keeps_the_old_file(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("old")

    def full(self, data):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(Path, "write_bytes", full)

    with pytest.raises(DiskError, match="the disk is full"):
        write_text(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_writer_that_fails_keeps_the_old_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")

    with pytest.raises(KeyError), whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise KeyError("band")

    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_another_refusal_of_the_disk_is_named(tmp_path):
    (tmp_path / "a").write_text("a file where a folder is needed")

    with pytest.raises(DiskError, match="could not be written"):
        write_text(tmp_path / "a" / "b.txt", "new")


def test_the_temporary_file_keeps_the_suffix(tmp_path):
    with whole_file(tmp_path / "a.tif") as temporary:
        assert temporary.suffix == ".tif"
        temporary.write_bytes(b"x")


def test_a_folder_is_replaced_whole(tmp_path):
    for content in ("old", "new"):
        with whole_folder(tmp_path / "set") as folder:
            (folder / f"{content}.txt").write_text(content)

    assert names(tmp_path / "set") == ["new.txt"]
    assert names(tmp_path) == ["set"]


def test_a_full_disk_keeps_the_old_folder(tmp_path, monkeypatch):
    with whole_folder(tmp_path / "set") as folder:
        (folder / "old.txt").write_text("old")

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with (
        pytest.raises(DiskError, match="set: the disk is full"),
        whole_folder(tmp_path / "set") as folder,
    ):
        (folder / "new.txt").write_text("new")

    assert names(tmp_path / "set") == ["old.txt"]
    assert names(tmp_path) == ["set"]
