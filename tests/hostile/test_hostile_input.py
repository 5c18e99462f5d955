"""Files made by hand to harm go through the commands that take them, under limits."""

import io
import re
import zipfile

import pytest
import yaml
from damage import pack
from label_files import geopackage
from samples import HARBOUR, SECTIONS, Jobs, sentinel1
from traps import GEOMETRIES, LABELS, LISTS, PARTS, RASTERS, zips

from judging import files_below, judge

pytestmark = pytest.mark.slow


@pytest.fixture
def jobs(tmp_path):
    (tmp_path / "project").mkdir()
    return Jobs(tmp_path / "project", seed=0)


def taken(jobs):
    """The cases that were not refused."""
    found = judge(jobs.folder, jobs.all, files_below(jobs.folder.parent))
    return [job["case"] for job, one in zip(jobs.all, found, strict=True) if one["taken"]]


def test_labels(jobs, geotiff):
    jobs.harbour(geotiff)
    command = ("labels", "FILE", "--output", "out/a.geojson", *HARBOUR)
    for name, make in LABELS.items():
        jobs.add("labels", name, make(), *command, case=name)
    for name, geometry in GEOMETRIES.items():
        made = geopackage(jobs.samples / f"{name}.gpkg", [("port", geometry)])
        jobs.add("labels", made.name, made.read_bytes(), *command, case=name)

    assert taken(jobs) == ["many_corners"]


def test_products(jobs):
    name, data = sentinel1(jobs.samples)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(one, archive.read(one)) for one in archive.namelist()]
    command = ("ingest", "sar", "FILE", "--data", "out")
    for case, (pattern, change) in PARTS.items():
        hurt = [
            (one, change(content) if re.search(pattern, one) else content)
            for one, content in members
        ]
        assert hurt != members, case
        jobs.add("products", name, pack(hurt), *command, case=case)
    root = members[0][0].split("/")[0]
    for case, content in zips(root, members, str(jobs.outside)).items():
        jobs.add("archives", name, content, *command, case=case)

    assert taken(jobs) == ["blanks"]  # which are no harm


def test_rasters(jobs):
    said = ("--bands", "VV", "--unit", "db", "--data", "out")
    for case, make in RASTERS.items():
        data = make(jobs.samples / "a.tif")
        jobs.add("rasters", "a.tif", data, "ingest", "sar", "FILE", *said, case=case)

    assert taken(jobs) == []


def test_lists_of_items(jobs):
    (jobs.folder / "params.yaml").write_text(yaml.safe_dump(SECTIONS))
    for case, make in LISTS.items():
        jobs.add("STAC", "items.json", make(), "fetch", "FILE", "--list", case=case)
        jobs.add("STAC", "scenes.json", make(), "check", "--data", "HERE", case=case)

    assert taken(jobs) == []
