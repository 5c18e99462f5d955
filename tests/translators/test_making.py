import json

import pytest

from crosslook.errors import CrosslookError, ParamsError
from crosslook.translators import making
from crosslook.translators.making import make_checkpoints
from crosslook.translators.methods import method_named
from crosslook.translators.settings import Schedule
from crosslook.translators.style_settings import MUNITSettings


def nothing(_):
    return None


@pytest.fixture
def sets(patch_set):
    return patch_set("optical", "optical"), patch_set("sar", "sar")


def test_the_record_says_what_was_trained(sets, settings_of, training, contracts, tmp_path):
    made = make_checkpoints(
        "cyclegan", settings_of("cyclegan"), training(), 0, *sets, tmp_path / "w", nothing
    )

    record = json.loads((made / "record.json").read_text())
    assert record["method"] == "cyclegan"
    assert record["checkpoints"] == [3, 6]
    assert record["steps"] == 6
    assert [row["step"] for row in record["losses"]] == [2, 4, 6]
    assert record["contract"] == {"source": contracts["optical"], "target": contracts["sar"]}
    assert record["parameters"] > 0


@pytest.mark.parametrize("method", ["none", "grey_speckle", "histogram"])
def test_a_baseline_has_one_checkpoint_and_no_steps(method, sets, settings_of, training, tmp_path):
    made = make_checkpoints(method, settings_of(method), training(), 0, *sets, tmp_path, nothing)

    record = json.loads((made / "record.json").read_text())
    assert (record["checkpoints"], record["steps"], record["losses"]) == ([None], 0, [])
    assert (made / "only.safetensors").exists()
    assert (made / "grids/only.png").exists()
    assert not (made / "curves.png").exists()


def test_curves_are_drawn_at_every_checkpoint_and_at_the_end(
    sets, settings_of, training, tmp_path, monkeypatch
):
    drawn = []
    monkeypatch.setattr(making, "write_curves", lambda path, title, rows, _: drawn.append(rows[:]))

    make_checkpoints(
        "cut", settings_of("cut"), training(checkpoints=(2, 4)), 0, *sets, tmp_path, nothing
    )

    assert [[row["step"] for row in rows] for rows in drawn] == [[2], [2, 4], [2, 4, 6]]


def test_crops_smaller_than_the_networks_need_are_the_users_to_put_right(sets, training, tmp_path):
    with pytest.raises(ParamsError, match="munit: crop=32 is smaller than its networks need"):
        make_checkpoints("munit", MUNITSettings(width=2), training(), 0, *sets, tmp_path, nothing)


@pytest.mark.parametrize("method", ["munit", "council_gan"])
def test_methods_with_styles_are_trained_and_drawn(method, sets, settings_of, training, tmp_path):
    made = make_checkpoints(method, settings_of(method), training(), 0, *sets, tmp_path, nothing)

    assert (made / "step_000006.safetensors").exists()
    assert (made / "grids/step_000006.png").exists()


def test_crops_larger_than_the_patches_are_the_users_to_put_right(
    sets, settings_of, training, tmp_path
):
    with pytest.raises(ParamsError, match="cut: crop=64 is larger than the patches, 34 px"):
        make_checkpoints("cut", settings_of("cut"), training(crop=64), 0, *sets, tmp_path, nothing)


def test_a_schedule_that_ends_early_is_the_users_to_put_right(
    sets, settings_of, training, tmp_path
):
    short = training(schedule=Schedule(1, 1, "iterations"))

    with pytest.raises(ParamsError, match="cut: the learning rate ends at step 2"):
        make_checkpoints("cut", settings_of("cut"), short, 0, *sets, tmp_path, nothing)


def test_a_diverged_training_is_one_line(sets, settings_of, training, tmp_path):
    settings = settings_of("cyclegan")
    wild = type(settings)(**vars(settings) | {"cycle_weight": float("inf")})

    with pytest.raises(CrosslookError, match=r"cyclegan: loss cycle/source is inf at step 1\."):
        make_checkpoints("cyclegan", wild, training(), 0, *sets, tmp_path, nothing)


def test_an_unknown_method_is_named_with_those_there_are():
    with pytest.raises(ParamsError, match="'cutt' is not one of none, real_sar"):
        method_named("cutt")
