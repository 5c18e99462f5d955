import os
import struct
import zipfile

import numpy as np
import pytest
import rasterio

from crosslook.errors import InputError
from crosslook.scenes import archives, safe
from crosslook.scenes.safe import open_safe

ROOT = "S1A_IW_GRDH_1SDV_X.SAFE"
FILES = {
    "manifest.safe": b"<xfdu/>",
    "annotation/s1a-iw-grd-vv-001.xml": b"<product><a>1</a></product>",
}


@pytest.fixture
def folder(tmp_path):
    for name, data in FILES.items():
        path = tmp_path / ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / ROOT


def zipped(path, members=(), root=ROOT + "/"):
    """A zip of FILES and further members, given as (name or ZipInfo, bytes)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(root + name, data)
        for name, data in members:
            archive.writestr(name, data)
    return path


def refused(path, message):
    with pytest.raises(InputError, match=message) as error:
        open_safe(path)
    assert "\n" not in str(error.value)


def test_a_folder_and_its_zip_list_and_read_the_same(folder, tmp_path):
    products = [open_safe(folder), open_safe(zipped(tmp_path / "a.zip"))]

    for product in products:
        assert product.name == "S1A_IW_GRDH_1SDV_X"
        assert product.files() == ("annotation/s1a-iw-grd-vv-001.xml", "manifest.safe")
        assert product.bytes("manifest.safe") == b"<xfdu/>"
        assert product.xml("annotation/s1a-iw-grd-vv-001.xml").findtext("a") == "1"
    assert products[0].gdal_path("manifest.safe") == f"{folder}/manifest.safe"
    assert products[1].gdal_path("manifest.safe") == (
        f"/vsizip/{{{tmp_path}/a.zip}}/{ROOT}/manifest.safe"
    )


def test_a_zip_may_hold_what_is_in_the_safe_folder(tmp_path):
    product = open_safe(zipped(tmp_path / "S1A_Y.zip", root=""))

    assert (product.name, product.bytes("manifest.safe")) == ("S1A_Y", b"<xfdu/>")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (f"{ROOT}/../../evil", "leaves the folder"),
        ("/etc/passwd", "absolute"),
        ("C:/evil", "absolute"),
        (f"{ROOT}/a\\b", "no posix path"),
        (f"{ROOT}//a", "empty part"),
        (f"{ROOT}/./a", "empty part"),
        (f"{ROOT}/a\nb", "cannot be printed"),
        (f"{ROOT}/" + "a" * 600, "longer than 512"),
        (f"{ROOT}/MANIFEST.safe", "one file where case does not count"),
        (f"{ROOT}/Annotation/other.xml", "one file where case does not count"),
    ],
)
def test_a_name_that_no_product_has_is_refused(tmp_path, name, message):
    refused(zipped(tmp_path / "a.zip", [(name, b"x")]), message)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused(tmp_path):
    refused(zipped(tmp_path / "a.zip", [(f"{ROOT}/manifest.safe", b"other")]), "stands twice")


@pytest.mark.parametrize(
    ("mode", "message"), [(0o120777, "is a link"), (0o010644, "no plain file")]
)
def test_links_and_pipes_in_a_zip_are_refused(tmp_path, mode, message):
    member = zipfile.ZipInfo(f"{ROOT}/link")
    member.external_attr = mode << 16

    refused(zipped(tmp_path / "a.zip", [(member, b"/etc/passwd")]), message)


def test_links_and_pipes_in_a_folder_are_refused(folder):
    (folder / "link").symlink_to("/etc")
    refused(folder, "'link' is a link")

    (folder / "link").unlink()
    os.mkfifo(folder / "pipe")
    refused(folder, "'pipe' is no plain file")


def test_a_bomb_by_ratio_is_refused_before_it_unpacks(tmp_path):
    refused(zipped(tmp_path / "a.zip", [(f"{ROOT}/big", bytes(2**25))]), "would unpack")


def test_a_bomb_in_pieces_is_refused(tmp_path):
    pieces = [(f"{ROOT}/{i}", bytes(2**22)) for i in range(5)]
    refused(zipped(tmp_path / "a.zip", pieces), r"would unpack \d+ bytes to 2097\d+; refused")


def test_a_file_that_is_a_folder_as_well_is_refused(tmp_path):
    below = [(f"{ROOT}/manifest.safe/below", b"x")]
    refused(zipped(tmp_path / "a.zip", below), "manifest.safe' is a file and a folder")


def test_a_bomb_by_count_is_refused(tmp_path, monkeypatch):
    members = [(f"{ROOT}/{i}", b"") for i in range(archives.FILES)]
    refused(zipped(tmp_path / "a.zip", members), "more than 4096 members")

    monkeypatch.setattr(archives, "LIST_BYTES", 1000)
    refused(tmp_path / "a.zip", "list of members exceeds")


def test_members_that_overlap_are_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", [(f"{ROOT}/{i}", os.urandom(5000)) for i in "ab"])
    data = bytearray(path.read_bytes())
    for name in ("a", "b"):  # both say that they are as long as the file
        entry = data.rindex(f"{ROOT}/{name}".encode()) - 46
        data[entry + 20 : entry + 24] = struct.pack("<I", 9000)
    path.write_bytes(data)

    refused(path, "overlap")


def test_encrypted_members_and_rare_methods_are_refused(tmp_path):
    path = zipped(tmp_path / "a.zip")
    data = bytearray(path.read_bytes())
    entry = data.rindex(f"{ROOT}/manifest.safe".encode()) - 46
    data[entry + 8] |= 1
    path.write_bytes(data)
    refused(path, "is encrypted")

    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr(f"{ROOT}/c", b"x" * 99)
    data = bytearray(path.read_bytes())
    data[data.rindex(f"{ROOT}/manifest.safe".encode()) - 46 + 8] &= 0xFE
    path.write_bytes(data)
    refused(path, "method 14")


def test_what_is_no_product_is_named(folder, tmp_path):
    refused(tmp_path / "none.zip", "is missing")
    (tmp_path / "text").write_text("x")
    refused(tmp_path / "text", "neither a SAFE folder nor a zip")
    (folder / "manifest.safe").unlink()
    refused(folder, "manifest.safe is missing")
    zipped(tmp_path / "two.zip", [("S1B.SAFE/manifest.safe", b"")])
    refused(tmp_path / "two.zip", "holds 2 .SAFE folders")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    refused(tmp_path / "empty.zip", "holds no .SAFE folder")


def test_a_truncated_zip_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip")
    path.write_bytes(path.read_bytes()[:-30])

    refused(path, "neither a SAFE folder nor a zip|not a readable zip")


def test_a_damaged_member_is_refused_when_read(tmp_path):
    path = zipped(tmp_path / "a.zip", [(f"{ROOT}/a", os.urandom(999))])
    data = bytearray(path.read_bytes())
    data[data.index(f"{ROOT}/a".encode()) + 200] ^= 255
    path.write_bytes(data)

    with pytest.raises(InputError, match=r"'a' cannot be read .*CRC"):
        open_safe(path).bytes("a")


def test_a_file_that_is_not_listed_is_not_read(folder):
    product = open_safe(folder)

    for name in ("../other", "/etc/passwd", "annotation", "nothing.xml"):
        with pytest.raises(InputError, match="is missing from the product"):
            product.bytes(name)
        with pytest.raises(InputError, match="is missing from the product"):
            product.gdal_path(name)


def test_a_file_that_became_a_link_is_not_followed(folder, tmp_path):
    product = open_safe(folder)
    (folder / "manifest.safe").unlink()
    (folder / "manifest.safe").symlink_to(tmp_path / "secret")
    (tmp_path / "secret").write_text("secret")

    with pytest.raises(InputError, match="cannot be read"):
        product.bytes("manifest.safe")


def test_a_file_is_not_read_beyond_its_bound(folder, tmp_path):
    for product in (open_safe(folder), open_safe(zipped(tmp_path / "a.zip"))):
        assert product.bytes("manifest.safe", at_most=7) == b"<xfdu/>"
        with pytest.raises(InputError, match="longer than 6 bytes"):
            product.bytes("manifest.safe", at_most=6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"),
        ("<a>&b;</a>", "undefined entity"),
        ("<a>", "no element found"),
        ("", "no element found"),
        ("<a>" * 65 + "</a>" * 65, "too deep"),
        ('<?xml version="1.0" encoding="utf-99"?><a/>', "unknown encoding"),
    ],
)
def test_xml_with_entities_or_that_is_broken_is_refused(folder, text, message):
    (folder / "manifest.safe").write_text(text)

    with pytest.raises(InputError, match=message) as error:
        open_safe(folder).xml("manifest.safe")
    assert "\n" not in str(error.value)


def test_xml_of_absurd_size_is_refused(folder, monkeypatch):
    monkeypatch.setattr(safe, "XML_ELEMENTS", 10)
    (folder / "manifest.safe").write_text("<a>" + "<b/>" * 10 + "</a>")

    with pytest.raises(InputError, match="too many"):
        open_safe(folder).xml("manifest.safe")


def test_a_zip_inside_a_path_with_braces_is_refused(tmp_path):
    (tmp_path / "a}").mkdir()

    refused(zipped(tmp_path / "a}" / "a.zip"), "braces")


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_gdal_reads_a_raster_in_a_zip_by_its_path(tmp_path):
    with rasterio.MemoryFile() as memory:
        with memory.open(driver="GTiff", width=3, height=2, count=1, dtype="uint16") as file:
            file.write(np.arange(6, dtype=np.uint16).reshape(1, 2, 3))
        data = memory.read()
    path = zipped(tmp_path / "a b.zip", [(f"{ROOT}/measurement/vv.tiff", data)])

    with rasterio.open(open_safe(path).gdal_path("measurement/vv.tiff"), driver="GTiff") as dataset:
        assert dataset.read(1).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert open_safe(path).bytes("measurement/vv.tiff") == data
