import os
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch

from crosslook.detectors.pickles import read_pkl
from crosslook.errors import CheckpointError


class Names:
    """Stands in a pickle for a call of a function with arguments."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def write(path, value, protocol=2):
    path.write_bytes(pickle.dumps(value, protocol))
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_come_back_as_they_were_written(tmp_path, protocol):
    wanted = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3).T,
        "b": np.array([1, -2], np.int64),
        "c": np.array(0.5, np.float16),
    }
    zoo = {"model": OrderedDict(wanted), "__author__": "someone", "n": np.float32(3)}

    tensors, author = read_pkl(write(tmp_path / "w.pkl", zoo, protocol))

    assert author == "someone"
    assert {n: (t.tolist(), t.dtype) for n, t in tensors.items()} == {
        "a": ([[0, 3], [1, 4], [2, 5]], torch.float32),
        "b": ([1, -2], torch.int64),
        "c": (0.5, torch.float16),
    }


def test_files_of_caffe2_hold_blobs_and_name_no_author(tmp_path):
    blobs = {"blobs": {"conv1_w": np.ones(2, np.float32), "lr": 0.1}, "cfg": "MODEL: {}"}

    tensors, author = read_pkl(write(tmp_path / "w.pkl", blobs))

    assert (list(tensors), author) == (["conv1_w"], "")


@pytest.mark.parametrize("protocol", [0, 2, pickle.HIGHEST_PROTOCOL])
@pytest.mark.parametrize("place", ["model", "array", "instead"])
def test_a_pickle_that_calls_a_function_is_refused_and_not_run(tmp_path, place, protocol):
    harm = Names(open, str(tmp_path / "harm"), "w")
    array = np.ones(3, np.float32)
    value = {
        "model": {"model": {"a": array, "b": harm}, "__author__": "us"},
        "array": {"model": {"a": np.array([harm], object)}, "__author__": "us"},
        "instead": harm,
    }[place]

    with pytest.raises(CheckpointError, match=r"^weights w\.pkl: not a readable file of plain arr"):
        read_pkl(write(tmp_path / "w.pkl", value, protocol))
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (Names(os.system, "true"), r"names \w+\.system"),
        (Names(eval, "1"), r"names \w+\.eval"),
        (Names(np.load, "f"), r"names numpy\.load"),
        (Names(np.frombuffer, b"1"), r"names numpy\.\S*frombuffer"),
        (Names(torch.load, "f"), r"names torch\.\S*load"),
        (Names(pickle.loads, b"N."), r"names _?pickle\.loads"),
        (np.array([[1]], object), r"holds an array of items 'O8'"),
    ],
)
def test_what_was_refused_is_named(tmp_path, call, reason):
    with pytest.raises(CheckpointError, match=reason):
        read_pkl(write(tmp_path / "w.pkl", {"model": {"a": call}}))


def test_bytes_are_made_of_latin_letters_only(tmp_path):
    code = b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00zip\x86R."
    (tmp_path / "w.pkl").write_bytes(code)

    with pytest.raises(CheckpointError, match="names the encoding zip"):
        read_pkl(tmp_path / "w.pkl")


@pytest.mark.parametrize("content", [b"", b"half a fi", pickle.dumps({"a": 1})[:-1]])
def test_a_damaged_file_is_one_line(tmp_path, content):
    (tmp_path / "w.pkl").write_bytes(content)

    with pytest.raises(CheckpointError, match=r"w\.pkl: not a readable file") as caught:
        read_pkl(tmp_path / "w.pkl")
    assert "\n" not in str(caught.value)


def test_a_list_is_no_file_of_weights(tmp_path):
    with pytest.raises(CheckpointError, match="expected arrays by name"):
        read_pkl(write(tmp_path / "w.pkl", [1]))
