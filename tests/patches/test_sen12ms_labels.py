import os
import pickle

import numpy as np
import pytest
from sen12ms_files import write_world

from crosslook.errors import InputError
from crosslook.patches.sen12ms import read_sen12ms
from crosslook.patches.sen12ms_labels import read_probability_labels

NAME = "ROIs2017_winter_s2_8_p2.tif"
SHARES = np.eye(17)[16] * 0.75 + np.eye(17)[12] * 0.25


class Names:
    """Stands in a pickle for a call of a function with arguments."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def write(folder, value, protocol=3):
    path = folder / "IGBP_probability_labels.pkl"
    path.write_bytes(pickle.dumps(value, protocol))
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", [np.asarray, list, lambda x: x.astype(np.float32)])
def test_published_labels_are_shares_by_place(tmp_path, protocol, kind):
    labels = read_probability_labels(write(tmp_path, {NAME: kind(SHARES)}, protocol))

    assert labels.codes == tuple(range(1, 18))
    assert labels.shares["ROIs2017_winter_8_p2"].tolist() == SHARES.tolist()


def test_they_stand_in_the_place_of_class_rasters(tmp_path):
    write_world(tmp_path)
    for path in tmp_path.rglob("*_lc_*.tif"):
        path.unlink()

    data = read_sen12ms(tmp_path, ["winter"], labels=write(tmp_path, {NAME: SHARES}))

    assert data.places == ("ROIs2017_winter_8_p2",)
    assert data.shares[0, data.classes.index("water")] == 0.75
    assert data.shares[0, data.classes.index("urban")] == 0.25
    assert data.dropped == {"no label": 5}
    assert data.positions.tolist() == [[0, 0, 8, 8]]


@pytest.mark.parametrize("protocol", [0, 2, pickle.HIGHEST_PROTOCOL])
@pytest.mark.parametrize("place", ["key", "value", "array", "instead"])
def test_a_pickle_that_calls_a_function_is_refused_and_not_run(tmp_path, place, protocol):
    harm = Names(open, str(tmp_path / "harm"), "w")
    value = {
        "key": {NAME: SHARES, (1, harm): SHARES},
        "value": {NAME: harm},
        "array": {NAME: np.array([harm], object)},
        "instead": harm,
    }[place]

    with pytest.raises(InputError, match=r"labels\.pkl: not a readable pickle of plain labels"):
        read_probability_labels(write(tmp_path, value, protocol))
    assert not (tmp_path / "harm").exists()


def test_what_a_pickle_names_is_told(tmp_path):
    with pytest.raises(InputError, match=r"names \w+\.system"):
        read_probability_labels(write(tmp_path, {NAME: Names(os.system, "true")}))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({NAME: SHARES[:10]}, "expected 17 shares >= 0"),
        ({NAME: "forest"}, "expected 17 shares >= 0"),
        ({NAME: -SHARES}, "expected 17 shares >= 0"),
        ({NAME: SHARES * np.nan}, "expected 17 shares >= 0"),
        ({NAME: SHARES * 2}, r"the shares sum to 2\.000, expected 1"),
        ({"p30": SHARES}, r"'p30' names no patch, expected e\.g\. ROIs2017_winter_s2_8_p30\.tif"),
        ([SHARES], "expected labels by name of a patch, found list"),
        ({}, "expected labels by name"),
    ],
)
def test_other_contents_are_refused_in_one_line(tmp_path, value, message):
    with pytest.raises(InputError, match=message) as caught:
        read_probability_labels(write(tmp_path, value))
    assert "\n" not in str(caught.value)


def test_a_missing_and_a_damaged_file_are_one_line(tmp_path):
    path = tmp_path / "labels.pkl"
    with pytest.raises(InputError, match=r"labels\.pkl is missing"):
        read_probability_labels(path)
    path.write_bytes(pickle.dumps({NAME: SHARES})[:-9])
    with pytest.raises(InputError, match="not a readable pickle"):
        read_probability_labels(path)
