"""Files of every kind, damaged at random, go through the commands that take them, under limits.

Each is taken or refused with one line; nothing is written but where the command was told to.
CROSSLOOK_DAMAGE_SEED and CROSSLOOK_DAMAGE_TIMES ask for other files, and for more of them.
"""

import os

import pytest
import yaml
from samples import SECTIONS, Jobs

from crosslook.scenes.catalogue import write_catalogue
from judging import files_below, judge


@pytest.mark.slow
def test_whatever_comes_in_is_taken_or_refused_with_one_line(tmp_path, geotiff, small_world):
    folder = tmp_path / "project"
    folder.mkdir()
    write_catalogue(tmp_path / "data", small_world)
    times = int(os.environ.get("CROSSLOOK_DAMAGE_TIMES", "1"))
    jobs = Jobs(folder, seed=int(os.environ.get("CROSSLOOK_DAMAGE_SEED", "5")))
    jobs.archives(50 * times)
    jobs.rasters(40 * times, geotiff)
    jobs.labels(25 * times, geotiff)
    jobs.stac(80 * times)
    jobs.catalogues(60 * times, tmp_path / "data", yaml.safe_dump(SECTIONS))
    assert sum(job["kind"] != "whole" for job in jobs.all) >= 500

    found = judge(folder, jobs.all, files_below(tmp_path))

    refused = sum(not one["taken"] for one in found)
    assert 100 < refused < len(found) - 100  # damage that is always or never seen proves nothing
