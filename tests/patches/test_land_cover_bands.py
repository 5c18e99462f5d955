from dataclasses import replace

import numpy as np
import pytest
from described_files import described, write_folder
from sen12ms_files import write_world

from crosslook.errors import InputError
from crosslook.patches.land_cover import in_memory, take
from crosslook.patches.land_cover_bands import with_bands
from crosslook.patches.land_cover_opening import open_land_cover
from crosslook.patches.land_cover_reading import read_folder
from crosslook.patches.land_cover_record import record
from crosslook.patches.land_cover_settings import LandCoverSettings
from crosslook.patches.land_cover_stored import standards
from crosslook.patches.sen12ms import S1_MEAN_DB, S2_BANDS

WINTER = LandCoverSettings(seasons=("winter",), test_share=0.3, dev_share=0.3)
RGB = {"s2": ("B04", "B03", "B02")}
OF_RGB = [3, 2, 1]  # in the order of S2_BANDS


def test_the_bands_that_are_wanted_are_read_in_their_order(tmp_path):
    write_world(tmp_path)

    every, _ = open_land_cover(tmp_path, WINTER, seed=0)
    some, _ = open_land_cover(tmp_path, replace(WINTER, bands=RGB), seed=0)

    assert [S2_BANDS[i] for i in OF_RGB] == list(RGB["s2"])
    assert some.sensors["s2"].shape == (6, 3, 8, 8)
    assert np.array_equal(some.sensors["s2"][:], every.sensors["s2"][:][:, OF_RGB])
    assert np.array_equal(some.sensors["s1"][:], every.sensors["s1"][:])


def test_measured_statistics_are_those_of_these_bands(tmp_path):
    write_world(tmp_path)

    every, _ = open_land_cover(tmp_path, WINTER, seed=0)
    some, _ = open_land_cover(tmp_path, replace(WINTER, bands=RGB), seed=0)

    assert standards(some)["s2"].mean == tuple(standards(every)["s2"].mean[i] for i in OF_RGB)


def test_known_statistics_go_with_their_band(tmp_path):
    write_world(tmp_path)
    turned = replace(WINTER, bands={"s1": ("VH", "VV")})

    data, _ = open_land_cover(tmp_path, turned, seed=0)

    assert standards(data)["s1"].mean == S1_MEAN_DB[::-1]


def test_the_record_says_which_bands_were_read(tmp_path):
    write_world(tmp_path)

    told = record(*open_land_cover(tmp_path, replace(WINTER, bands=RGB), seed=0))

    assert told["sensors"]["s2"] == {"bands": ["B04", "B03", "B02"], "shape": [3, 8, 8]}
    assert told["sensors"]["s1"]["bands"] == ["VV", "VH"]


def test_a_described_folder_has_bands_to_choose_from_too(tmp_path):
    write_folder(tmp_path)
    data = read_folder(tmp_path, described(tmp_path))

    chosen = with_bands(data, {"optical": ["B08"]})

    assert chosen.sensors["optical"][0].shape == (1, 4, 4)
    assert chosen.sensors["optical"][0][0, 0, 0] == pytest.approx(0.0, abs=1e-6)  # (.2 - .2) / .1


def test_a_band_or_a_sensor_that_is_not_there_is_answered_with_those_that_are(tmp_path):
    write_folder(tmp_path)
    data = read_folder(tmp_path, described(tmp_path))

    with pytest.raises(InputError, match="optical has no band 'B4'; there are B04, B08"):
        with_bands(data, {"optical": ["B04", "B4"]})
    with pytest.raises(InputError, match="no sensor 's2'; there are radar, optical"):
        with_bands(data, {"s2": ["B04"]})
    with pytest.raises(ValueError, match="optical: its patches are not read from files"):
        with_bands(in_memory(take(data, [0])), {"optical": ["B04"]})


@pytest.mark.parametrize("bands", [(), ("B04", "B04")])
def test_no_band_at_all_or_one_twice_is_refused(bands):
    with pytest.raises(ValueError, match="must name one or more, each once; leave s2 out for all"):
        LandCoverSettings(bands={"s2": bands})
