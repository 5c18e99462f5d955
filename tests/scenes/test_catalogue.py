import json
from dataclasses import replace

import pystac
import pytest

from crosslook.errors import DiskError, InputError
from crosslook.scenes.catalogue import FILE, domain_of, footprint, read_catalogue, write_catalogue


@pytest.fixture
def written(tmp_path, make_scene):
    scenes = [
        make_scene("b", boxes=[(1, 1, 9, 9)], area=(0, 0, 20, 20)),
        make_scene("a", split="unlabelled", crs="EPSG:3857"),
    ]
    write_catalogue(tmp_path / "data", scenes)
    return tmp_path / "data", scenes


def change(folder, edit):
    collection = json.loads((folder / FILE).read_text())
    edit(collection)
    (folder / FILE).write_text(json.dumps(collection))


def test_scenes_come_back_sorted_by_id(written):
    folder, (b, a) = written

    assert read_catalogue(folder) == [a, b]


def test_the_same_scenes_give_the_same_bytes(written):
    folder, scenes = written
    before = (folder / FILE).read_bytes()

    write_catalogue(folder, reversed(scenes))

    assert (folder / FILE).read_bytes() == before


def test_a_domain_comes_back_and_is_written_only_where_there_is_one(written):
    folder, (b, a) = written
    write_catalogue(folder, [b, replace(a, domain="winter")])

    first, second = json.loads((folder / FILE).read_text())["features"]
    assert first["properties"]["crosslook:domain"] == "winter"
    assert "crosslook:domain" not in second["properties"]
    assert [domain_of(scene) for scene in read_catalogue(folder)] == ["winter", "sar"]


def test_pystac_reads_it(written):
    folder, _ = written

    items = pystac.ItemCollection.from_file(str(folder / FILE))

    assert [item.id for item in items] == ["a", "b"]
    assert sorted(items[1].assets) == ["image", "labelled_area", "labels"]
    assert items[1].assets["image"].href == "./sar/b.tif"


def test_the_folder_can_be_moved(written, tmp_path):
    folder, _ = written
    folder.rename(tmp_path / "elsewhere")

    scenes = read_catalogue(tmp_path / "elsewhere")

    assert all(scene.image.exists() for scene in scenes)


def test_a_crs_without_a_code_is_kept(written):
    folder, (b, _) = written
    own = "+proj=laea +lat_0=40 +lon_0=3 +datum=WGS84 +units=m +no_defs"
    write_catalogue(folder, [replace(b, crs=own)])

    (back,) = read_catalogue(folder)

    assert "Lambert" in back.crs or "laea" in back.crs


def test_a_footprint_is_in_degrees(make_scene):
    ring = footprint(make_scene("a"))["coordinates"][0]

    assert len(ring) == 5 and ring[0] == ring[-1]
    assert all(2.99 < lon < 3.02 and 36.1 < lat < 36.2 for lon, lat in ring)


def test_a_file_outside_the_folder_is_refused(written, tmp_path):
    folder, (b, _) = written

    with pytest.raises(ValueError, match="is not in the subpath"):
        write_catalogue(folder, [replace(b, image=tmp_path / "x.tif")])


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda c: c.pop("type"), "is not a STAC ItemCollection"),
        (lambda c: c["features"][0].update(id="b"), "scene ids must differ, b stands twice"),
        (lambda c: c["features"][0]["assets"].pop("image"), "scene 'a' lacks 'image'"),
        (lambda c: c.update(features={}), "'features' is not a list"),
        (lambda c: c["features"].insert(0, 3), "scene '\\?' is 3, expected a STAC item"),
        (lambda c: c["features"][0].update(id="../a"), "scene '../a' has an id that cannot name"),
        (
            lambda c: c["features"][0]["properties"].update({"crosslook:split": "val"}),
            "scene 'a': split 'val' is not one of",
        ),
        (
            lambda c: c["features"][0]["properties"].update({"crosslook:sensor": "lidar"}),
            "sensor 'lidar' is neither optical nor sar",
        ),
        (
            lambda c: c["features"][0]["properties"].update({"crosslook:domain": "../up"}),
            "scene 'a': domain '../up' must be a letter, then letters, digits",
        ),
        (
            lambda c: c["features"][0]["properties"].update({"crosslook:domain": "sar"}),
            "scene 'a': domain 'sar' is what such scenes are without one",
        ),
        (
            lambda c: c["features"][0]["properties"]["crosslook:radiometry"].update(unit="dn"),
            "scene 'a' unit 'dn' is not one of reflectance",
        ),
    ],
)
def test_a_damaged_catalogue_is_refused(written, edit, message):
    folder, _ = written
    change(folder, edit)

    with pytest.raises(InputError, match=message):
        read_catalogue(folder)


def test_a_catalogue_that_is_no_json_is_refused(tmp_path):
    (tmp_path / FILE).write_text("{")

    with pytest.raises(InputError, match="is not JSON"):
        read_catalogue(tmp_path)


def test_a_catalogue_that_is_a_folder_is_refused(tmp_path):
    (tmp_path / FILE).mkdir()

    with pytest.raises(InputError, match="cannot be read"):
        read_catalogue(tmp_path)


def test_a_missing_catalogue_names_two_ways_out(tmp_path):
    with pytest.raises(InputError, match=r"'crosslook simulate' .* or 'crosslook ingest'"):
        read_catalogue(tmp_path)


def test_a_failed_write_keeps_the_old_catalogue(written, monkeypatch):
    import errno
    import os

    folder, (b, _) = written
    before = (folder / FILE).read_bytes()

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="the disk is full"):
        write_catalogue(folder, [b])
    assert (folder / FILE).read_bytes() == before
