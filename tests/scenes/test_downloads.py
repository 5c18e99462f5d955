import errno
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from stac_server import running, send

from crosslook.errors import DiskError, InputError
from crosslook.scenes import downloads
from crosslook.scenes.downloads import Done, Request, Wanted, download
from crosslook.scenes.multihash import Checksum
from crosslook.scenes.web import open_session

BODY = bytes(range(256)) * 40
LOCAL = {"CROSSLOOK_LOCAL_HTTP": "1"}
SHA256 = Checksum("sha256", hashlib.sha256(BODY).digest())


class Files:
    """Serves one body at /a with ranges; ``cuts`` are the lengths at which answers break off."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.body, self.tag, self.cuts, self.fails = BODY, '"1"', [], []
        server.routes["/a"] = self.answer
        self.wanted = Wanted(folder / "a.bin", lambda: Request(server.url + "/a"))
        self.waits = []

    def answer(self, handler):
        if self.fails:
            return send(handler, b"", status=self.fails.pop(0))
        asked = handler.headers.get("Range")
        same = handler.headers.get("If-Range", self.tag) == self.tag
        start = int(asked[6:-1]) if asked and same else 0
        rest = self.body[start:]
        named = {"ETag": self.tag} if self.tag else {}
        if start:
            named["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        cut = self.cuts.pop(0) if self.cuts else len(rest)
        return send(handler, rest[:cut], 206 if start else 200, len(rest), **named)

    def get(self, **other):
        session = open_session(environ=LOCAL)
        return download(session, replace(self.wanted, **other), self.waits.append)

    def left(self):
        return sorted(path.name for path in self.folder.iterdir())

    def ranges(self):
        return [request["headers"].get("Range") for request in self.server.asked("/a")]


@pytest.fixture
def files(tmp_path):
    with running() as server:
        yield Files(server, tmp_path / "raw")


def test_a_file_comes_whole_and_nothing_else_stays(files):
    assert files.get(size=len(BODY), checksum=SHA256) == Done(len(BODY), "checksum")
    assert (files.folder / "a.bin").read_bytes() == BODY
    assert files.left() == ["a.bin"]


def test_it_says_what_the_file_was_checked_by(files):
    assert files.get().agreed == "length"
    assert files.get(path=files.folder / "b.bin", size=len(BODY)).agreed == "size"


def test_a_connection_that_breaks_off_is_resumed_where_it_stopped(files):
    files.cuts = [1000, 200]

    files.get(checksum=SHA256)

    assert files.ranges() == [None, "bytes=1000-", "bytes=1200-"]
    assert files.waits == [1.0, 2.0]
    assert (files.folder / "a.bin").read_bytes() == BODY


def test_the_next_run_goes_on_where_the_last_one_gave_up(files):
    files.cuts = [100] * downloads.ATTEMPTS
    with pytest.raises(InputError, match="Run it again later: it goes on where it stopped"):
        files.get()
    assert files.left() == [".a.bin.part", ".a.bin.part.json"]

    files.get()

    assert files.ranges()[-1] == "bytes=500-"
    assert (files.folder / "a.bin").read_bytes() == BODY


def test_a_file_that_changed_meanwhile_begins_anew(files):
    files.cuts = [1000]
    own = files.answer

    def changing(handler):
        own(handler)
        files.tag, files.body = '"2"', BODY[::-1]

    files.server.routes["/a"] = changing

    files.get()

    assert (files.folder / "a.bin").read_bytes() == BODY[::-1]


def test_without_a_mark_or_checksum_nothing_is_put_together(files):
    files.tag, files.cuts = "", [1000]

    files.get()

    assert files.ranges() == [None, None]


def test_halves_that_do_not_belong_together_are_fetched_anew(files):
    files.folder.mkdir()
    (files.folder / ".a.bin.part").write_bytes(b"x" * 1000)

    files.get(checksum=SHA256)

    assert files.ranges() == ["bytes=1000-", None]
    assert (files.folder / "a.bin").read_bytes() == BODY


def test_a_part_that_is_complete_is_not_fetched_again(files):
    files.folder.mkdir()
    (files.folder / ".a.bin.part").write_bytes(BODY)

    assert files.get(size=len(BODY), checksum=SHA256).agreed == "checksum"
    assert files.ranges() == []


def test_a_server_that_fails_is_asked_again(files):
    files.fails = [500, 429, 503]

    files.get()

    assert files.waits == [1.0, 2.0, 4.0]


def test_a_server_that_ignores_ranges_is_no_trouble(files):
    own = files.answer
    files.cuts = [1000]

    def ignoring(handler):
        del handler.headers["Range"]
        own(handler)

    files.server.routes["/a"] = ignoring

    files.get(checksum=SHA256)

    assert (files.folder / "a.bin").read_bytes() == BODY


def test_a_range_that_was_not_asked_for_is_not_taken(files):
    files.cuts = [1000]
    own = files.answer

    def shifted(handler):
        if "Range" in handler.headers:
            span = f"bytes 5-{len(BODY) - 1}/{len(BODY)}"
            return send(handler, BODY[5:], 206, ETag=files.tag, Content_Range=span)
        return own(handler)

    files.server.routes["/a"] = shifted

    files.get()

    assert (files.folder / "a.bin").read_bytes() == BODY


def test_a_wrong_checksum_keeps_nothing(files):
    with pytest.raises(InputError, match="its sha256 is not what the catalogue says"):
        files.get(checksum=Checksum("sha256", bytes(32)))

    assert files.left() == []


def test_another_size_than_the_catalogue_says_is_refused_before_it_is_read(files):
    with pytest.raises(InputError, match="the server has 10240 bytes, the catalogue says 7"):
        files.get(size=7)

    assert files.left() == []


def test_a_body_longer_than_allowed_is_refused(files):
    with pytest.raises(InputError, match="more than the 1000 that are allowed"):
        files.get(at_most=1000)

    def endless(handler):
        send(handler, BODY, length="none")

    files.server.routes["/a"] = endless
    with pytest.raises(InputError, match="sends more than 1000 bytes"):
        files.get(at_most=1000)
    assert files.left() == []


def test_a_body_of_unknown_length_is_not_believed_to_be_whole(files):
    files.server.routes["/a"] = lambda handler: send(handler, BODY, length="none")

    with pytest.raises(InputError, match="nothing tells whether it is whole"):
        files.get()

    assert files.left() == []
    assert files.get(checksum=SHA256).agreed == "checksum"


@pytest.mark.parametrize(
    ("status", "message"),
    [(404, "is not there"), (403, r"refuses \(HTTP 403\)"), (418, "answers HTTP 418")],
)
def test_what_will_not_get_better_is_not_tried_again(files, status, message):
    files.fails = [status] * 9

    with pytest.raises(InputError, match=message):
        files.get()

    assert (len(files.ranges()), files.left()) == (1, [])


def test_a_packed_answer_is_refused(files):
    files.server.routes["/a"] = lambda it: send(it, b"bomb", Content_Encoding="gzip")

    with pytest.raises(InputError, match="packs its answer"):
        files.get()


def test_a_file_that_is_there_is_checked_and_not_fetched(files):
    files.folder.mkdir()
    (files.folder / "a.bin").write_bytes(BODY)

    assert files.get(checksum=SHA256) == Done(len(BODY), "checksum", there=True)
    assert files.ranges() == []
    with pytest.raises(InputError, match="has another checksum: move it away"):
        files.get(checksum=Checksum("sha256", bytes(32)))
    with pytest.raises(InputError, match="with 10240 bytes, the catalogue says 5"):
        files.get(size=5)


def test_a_link_is_neither_followed_nor_replaced(files, tmp_path):
    files.folder.mkdir()
    other = tmp_path / "other"
    (files.folder / "a.bin").symlink_to(other)
    with pytest.raises(InputError, match="is no plain file"):
        files.get()
    (files.folder / "a.bin").unlink()
    (files.folder / ".a.bin.part").symlink_to(other)

    files.get()

    assert not other.exists()
    assert not (files.folder / "a.bin").is_symlink()


def test_no_room_is_said_before_anything_is_written(files, monkeypatch):
    usage = downloads.shutil.disk_usage("/")
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: usage._replace(free=10))

    with pytest.raises(DiskError, match="has room for 10 bytes, 10240 are to come"):
        files.get()


def test_a_full_disk_is_one_line(files, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)

    with pytest.raises(DiskError, match="the disk is full"):
        files.get()


def test_a_signed_address_is_in_no_message(files):
    signed = files.server.url + "/none?sig=secret"

    with pytest.raises(InputError) as refused:
        files.get(ask=lambda: Request(signed))

    assert "secret" not in str(refused.value)
