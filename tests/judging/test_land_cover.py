import numpy as np
import pytest

from crosslook.classifier.predicting import predict
from crosslook.errors import CheckpointError, InputError
from crosslook.judging.land_cover import (
    class_shares,
    digest,
    prepared,
    read_model,
    sensor_of,
    windows,
)
from crosslook.scenes.composites import stretch

S2_13 = [f"B{i:02}" for i in range(1, 14)]


@pytest.fixture
def model(write_reader, tmp_path):
    return read_model(write_reader(tmp_path / "model.safetensors"))


@pytest.fixture
def card(model):
    return model.card


def noise(n=2, size=32, seed=0):
    return np.random.default_rng(seed).integers(1, 256, (n, 3, size, size), np.uint8)


def composite(values, contract):
    """(N, 3, H, W) of physical values, each band by its stretch."""
    ends = [tuple(pair) for pair in contract["stretch"]]
    return np.stack([stretch(values[:, i], end) for i, end in enumerate(ends)], axis=1)


def test_physical_values_come_back_within_half_a_grey_level(card, sar):
    rng = np.random.default_rng(0)
    ends = [(-25, -5), (-20, 0), (0, 1)]  # of the stretch, but for what the training clips
    values = np.stack([rng.uniform(*one, (1, 16, 16)) for one in ends], axis=1)
    radiometry = card.sensors["s1"]

    seen = prepared(composite(values, sar), sar, radiometry)

    mean, std = (np.array(radiometry[key])[:, None, None] for key in ("mean", "std"))
    back, level = seen * std + mean, np.array([20 / 254, 21 / 254])[:, None, None]
    assert seen.shape == (1, 2, 16, 16)
    assert (abs(back - values[:, [1, 0]]) <= level / 2 + 1e-4).all()  # VV before VH
    assert abs(back - values[:, [1, 0]]).max() > 0.02  # and no closer


def test_values_are_clipped_as_in_the_training(card, sar):
    lowest = np.ones((1, 3, 16, 16), np.uint8)  # VH of -26 dB

    seen = prepared(lowest, sar, card.sensors["s1"])

    assert seen[0, 1, 0, 0] == pytest.approx((-25 + 18.3) / 4.4)


def test_no_data_becomes_the_mean_of_the_band(card, optical):
    pixels = noise()
    pixels[0, 1, 3, 4] = 0

    seen = prepared(pixels, optical, card.sensors["s2"])

    assert (seen[0, :, 3, 4] == 0).all()
    assert (seen[0, :, 3, 5] != 0).any()


def test_windows_lie_side_by_side_and_the_last_flush_with_the_border(card, optical):
    pixels = noise(1, 40)
    whole = prepared(pixels, optical, card.sensors["s2"])[0]

    found = windows(pixels, optical, card, "s2")

    assert found.values.shape == (9, 3, 16, 16)
    for i, (row, column) in enumerate((r, c) for r in (0, 16, 24) for c in (0, 16, 24)):
        assert (found.values[i] == whole[:, row : row + 16, column : column + 16]).all()


def test_windows_with_less_than_half_of_their_pixels_valid_are_not_read(model, optical):
    pixels = noise(2)
    pixels[0, :, :16, :8] = 0  # half of the first window
    pixels[1, :, :16, :9] = 0  # more than half

    shares = class_shares(model, "s2", pixels, optical)

    assert shares.shape == (2, 4, 3)
    assert list(np.isnan(shares).any(axis=2).ravel()) == [False] * 4 + [True] + [False] * 3
    assert np.nansum(shares, axis=2)[0] == pytest.approx(1, abs=1e-5)


def test_shares_are_those_that_the_model_gives_of_physical_values(model, sar):
    pixels = noise(1)

    shares = class_shares(model, "s1", pixels, sar)

    vv = -20 + (pixels[:, 1].astype(np.float64) - 1) / 254 * 20
    vh = -26 + (pixels[:, 0].astype(np.float64) - 1) / 254 * 21
    values = np.stack([(vv + 11.8) / 4.5, (vh.clip(-25, 0) + 18.3) / 4.4], axis=1)
    expected = predict(model.network, "s1", values[:, :, 16:, :16].astype(np.float32))
    assert shares[0, 2] == pytest.approx(expected.probabilities[0], abs=1e-5)


def test_patches_smaller_than_a_window_are_refused(model, sar):
    with pytest.raises(InputError, match="reads windows of 16 px, and these patches have 12 x 12"):
        class_shares(model, "s1", noise(size=12), sar)


def test_the_contract_tells_the_sensor(card, sar, optical):
    assert sensor_of(card, sar) == "s1"
    assert sensor_of(card, optical) == "s2"


def test_of_several_sensors_the_one_with_the_most_bands_is_taken(write_reader, tmp_path, sar):
    one = {"bands": ["VV"], "clip": [None], "mean": [-11.8], "std": [4.5]}
    path = write_reader(tmp_path / "m.safetensors", a=one, z=one)

    assert sensor_of(read_model(path).card, sar) == "s1"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"composite_bands": ["HV", "HH", "HV/HH"]}, "cannot read HV, HH, HV/HH in sigma0_db: s1"),
        ({"unit": "grey8"}, "s1 takes reflectance or backscatter in dB; s2 takes B04, B03, B02"),
        ({"stretch": [[0.0, 0.1]] * 3}, "s1 learnt VV of -11.8 ± 4.5, and the patches reach from"),
        ({"composite_bands": []}, "pictures without a radiometry contract"),
    ],
)
def test_composites_that_no_sensor_reads_are_refused_in_one_line(card, sar, changes, message):
    with pytest.raises(InputError, match=message):
        sensor_of(card, sar | changes)


def test_a_model_of_bands_that_composites_lack_names_the_first_ones(
    write_reader, tmp_path, optical
):
    every = {"bands": S2_13, "clip": [None] * 13, "mean": [0.1] * 13, "std": [0.05] * 13}
    model = read_model(write_reader(tmp_path / "m.safetensors", s2=every))

    with pytest.raises(InputError, match=r"s2 takes B01, B02, B03, B04, \.\.\. \(13 bands\)"):
        sensor_of(model.card, optical)


def test_a_model_that_names_its_unit_refuses_another_one(write_reader, tmp_path, sar):
    gamma = {"bands": ["VV"], "clip": [None], "mean": [-11.8], "std": [4.5], "unit": "gamma0_db"}
    model = read_model(write_reader(tmp_path / "m.safetensors", s1=gamma))

    with pytest.raises(InputError, match="s1 takes gamma0_db"):
        sensor_of(model.card, sar)


def test_a_file_of_another_sha256_is_not_loaded(write_reader, tmp_path):
    path = write_reader(tmp_path / "m.safetensors")

    assert read_model(path, digest(path)).sha256 == digest(path)
    with pytest.raises(InputError, match="Nothing of it was loaded"):
        read_model(path, "0" * 64)


def test_a_missing_file_says_which_command_makes_it(tmp_path):
    with pytest.raises(CheckpointError, match="run 'crosslook train_classifier' first"):
        read_model(tmp_path / "none.safetensors")
