from dataclasses import replace

import numpy as np
import pytest
from described_files import described, write_folder
from sen12ms_files import write, write_world

from crosslook.errors import InputError
from crosslook.patches.land_cover import in_memory, take
from crosslook.patches.land_cover_opening import open_land_cover
from crosslook.patches.land_cover_settings import LandCoverSettings
from crosslook.patches.land_cover_stored import standards

WINTER = LandCoverSettings(seasons=("winter",), test_share=0.3, dev_share=0.3)


def test_settings_open_sen12ms_divided_and_standardised_on_its_training_patches(tmp_path):
    write_world(tmp_path)

    data, split = open_land_cover(tmp_path, WINTER, seed=0)

    train = in_memory(take(data, split.train)).sensors["s2"]
    assert len(data) == 6
    assert train.mean(axis=(0, 2, 3)) == pytest.approx(np.zeros(13), abs=1e-4)
    assert sorted(standards(data)) == ["s1", "s2"]


def test_other_pixels_outside_training_leave_the_statistics_as_they_are(tmp_path):
    write_world(tmp_path)
    data, split = open_land_cover(tmp_path, WINTER, seed=0)
    before = standards(data)["s2"]

    for i in (*split.dev, *split.test):
        write(data.sensors["s2"].paths[i], np.full((13, 8, 8), 9000, np.uint16))
    again, _ = open_land_cover(tmp_path, WINTER, seed=0)

    assert standards(again)["s2"] == before
    write(data.sensors["s2"].paths[split.train[0]], np.full((13, 8, 8), 9000, np.uint16))
    assert standards(open_land_cover(tmp_path, WINTER, seed=0)[0])["s2"] != before


def test_settings_open_a_described_folder(tmp_path):
    write_folder(tmp_path, scenes=("a", "b", "c"))
    described(tmp_path)

    settings = LandCoverSettings(description=str(tmp_path / "folder.json"))
    data, split = open_land_cover(tmp_path, settings, seed=0)

    assert data.classes == ("water", "trees")
    assert [len(split.train), len(split.dev), len(split.test)] == [3, 3, 3]


def test_too_few_scenes_are_one_line(tmp_path):
    write_world(tmp_path)

    with pytest.raises(InputError, match="official split: 2 patches of held-out scenes and 0 oth"):
        open_land_cover(tmp_path, replace(WINTER, scenes=(64,), split="official"), seed=0)


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(ValueError, match="are of SEN12MS: leave description empty"):
        LandCoverSettings(description="folder.json", seasons=("winter",))
