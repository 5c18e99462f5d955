import numpy as np
import pytest

from crosslook.errors import CheckpointError
from crosslook.judging.consistency import (
    NO_CLASSIFIER,
    SOURCE,
    Cover,
    choose_reading,
    cover,
    judge_consistency,
    read_source,
)
from crosslook.judging.land_cover import class_shares, read_model


@pytest.fixture
def sides(write_side, sar, optical):
    return write_side("optical", optical, seed=1), write_side("sar", sar, seed=2)


@pytest.fixture
def path(write_reader, tmp_path):
    return write_reader(tmp_path / "model.safetensors")


@pytest.fixture
def reading(path, sides):
    return choose_reading(str(path), *sides)


def test_sources_are_read_by_their_sensor_and_fakes_by_that_of_the_target(reading):
    assert (reading.source, reading.fake, reading.configuration) == ("s2", "s1", "c")


def test_a_checkpoint_gets_the_intersection_of_what_the_two_sensors_say(
    reading, path, sides, sar, optical, tmp_path
):
    source, real = sides
    looker = Cover(tmp_path / "fake", reading)
    for some, fakes in zip(source.batches(4), real.batches(4), strict=True):
        looker.see(some, fakes, sar)
    looker.write("step_000001")
    read_source(reading, source, tmp_path / "source")

    files = cover(tmp_path / "source", SOURCE), cover(tmp_path / "fake", "step_000001")
    value, details = judge_consistency(reading, *files, source.scenes, 50, 0)

    model = read_model(path)
    pixels = [np.concatenate(list(side.batches())) for side in sides]
    optically = class_shares(model, "s2", pixels[0], optical)
    by_radar = class_shares(model, "s1", pixels[1], sar)
    assert value == pytest.approx(np.minimum(optically, by_radar).sum(axis=2).mean(), abs=1e-5)
    assert details["n"] == 6
    assert details["windows"] == 24
    assert details["low"] <= value <= details["high"]
    assert (details["source"], details["fake"]) == ("s2", "s1")
    assert details["by"] == f"c-{reading.sha256[:12]}"


def test_without_a_classifier_there_is_a_reason(sides):
    assert choose_reading("", *sides) == NO_CLASSIFIER
    assert choose_reading("none.safetensors", *sides).startswith("no file none.safetensors is")


def test_source_and_target_of_one_sensor_have_nothing_to_compare(path, sides):
    assert choose_reading(str(path), sides[1], sides[1]) == (
        "source and target are both of sensor s1 of the classifier"
    )


def test_bands_that_the_patches_lack_are_the_reason(write_reader, tmp_path, sides):
    other = {"bands": ["B08"], "clip": [None], "mean": [0.2], "std": [0.1]}
    path = write_reader(tmp_path / "other.safetensors", s2=other)

    reason = choose_reading(str(path), *sides)

    assert reason.startswith("source patches: the classifier cannot read B04, B03, B02")
    assert reason.endswith("s2 takes B08")


def test_patches_smaller_than_its_windows_are_the_reason(write_reader, tmp_path, sides):
    path = write_reader(tmp_path / "large.safetensors", size_px=64)

    assert choose_reading(str(path), *sides) == (
        "source patches: the classifier reads windows of 64 px, and these patches have 32 x 32"
    )


def test_where_no_window_could_be_read_the_score_is_null(reading, tmp_path):
    nothing = np.full((6, 4, 3), np.nan, np.float32)
    np.save(tmp_path / "nothing.npy", nothing)

    value, details = judge_consistency(reading, *[tmp_path / "nothing.npy"] * 2, ("a",) * 6, 0, 0)

    assert value is None
    assert "no window has enough pixels" in details["reason"]


def test_a_damaged_classifier_is_an_error_and_no_reason(tmp_path, sides):
    (tmp_path / "m.safetensors").write_bytes(b"no model")

    with pytest.raises(CheckpointError, match="damaged"):
        choose_reading(str(tmp_path / "m.safetensors"), *sides)
