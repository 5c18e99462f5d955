from dataclasses import replace

import numpy as np
import pytest

from crosslook.errors import CheckpointError, RadiometryError
from crosslook.translators.checkpoint import (
    Card,
    list_checkpoints,
    load_translator,
    save_translator,
)
from crosslook.translators.regulariser_settings import Regularisers
from crosslook.translators.tensor_files import read_tensors, write_tensors
from crosslook.translators.translating import translate_pixels

PATCH = np.random.default_rng(0).integers(1, 256, size=(3, 32, 32), dtype=np.uint8)


@pytest.fixture
def saved(make, settings_of, contracts, tmp_path):
    def save(method="cut", name="step_000003", **values):
        settings, path = replace(settings_of(method), **values), tmp_path / f"{name}.safetensors"
        translator = make(method, settings, seed=4)
        card = Card(method, settings, contracts["optical"], contracts["sar"], 3, 4)
        save_translator(path, translator, card)
        return translator, card, path

    return save


@pytest.mark.parametrize("method", ["none", "grey_speckle", "histogram", "cyclegan", "cut"])
def test_a_loaded_translator_makes_the_same_fakes(method, saved):
    translator, card, path = saved(method)

    loaded, its_card = load_translator(path)

    assert np.array_equal(translate_pixels(loaded, PATCH), translate_pixels(translator, PATCH))
    assert its_card == card


def test_equal_translators_have_equal_bytes(saved):
    assert saved(name="a")[2].read_bytes() == saved(name="b")[2].read_bytes()


def test_the_metadata_names_both_contracts_the_method_and_its_params(saved, contracts):
    about = read_tensors(saved()[2])[1]

    assert about["contract"] == {"source": contracts["optical"], "target": contracts["sar"]}
    assert about["method"] == "cut"
    assert about["params"]["positions"] == 16


def test_only_what_translating_needs_is_in_it(saved):
    tensors = read_tensors(saved()[2])[0]

    assert {name.split(".")[0] for name in tensors} == {"target_generator"}


def test_another_method_is_refused_in_one_line(saved):
    path = saved("cut")[2]

    with pytest.raises(CheckpointError) as caught:
        load_translator(path, method="cyclegan")

    assert str(caught.value) == (
        f"{path} holds a 'cut' translator, but 'cyclegan' was asked for: train 'cyclegan', or ask "
        "for 'cut'."
    )


def test_other_band_counts_are_refused_in_one_line(saved):
    with pytest.raises(CheckpointError, match="turns 3 bands into 3, but 4 into 3 was asked for"):
        load_translator(saved()[2], channels=(4, 3))


def test_other_radiometry_is_refused_in_one_line(saved, contracts):
    path = saved()[2]
    other = contracts["optical"] | {"stretch": [[0.0, 0.4]] * 3}

    with pytest.raises(RadiometryError) as caught:
        load_translator(path, source=other)

    assert "has stretch = [[0.0, 0.4]" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_half_written_file_is_refused_in_one_line(saved, share):
    path = saved()[2]
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(CheckpointError, match="is damaged or half-written") as caught:
        load_translator(path)

    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused_in_one_line(tmp_path):
    with pytest.raises(CheckpointError, match="is missing: train the translator first"):
        load_translator(tmp_path / "only.safetensors")


def test_a_file_of_something_else_is_refused(tmp_path):
    import torch
    from safetensors.torch import save_file

    path = tmp_path / "other.safetensors"
    save_file({"weights": torch.zeros(1)}, path)

    with pytest.raises(CheckpointError, match="lacks crosslook's metadata"):
        load_translator(path)


def test_settings_of_another_version_are_refused(saved):
    path = saved()[2]
    tensors, about = read_tensors(path)
    write_tensors(path, tensors, about | {"params": {"breadth": 3}})

    with pytest.raises(CheckpointError, match="made by another version of crosslook"):
        load_translator(path)


def test_settings_within_settings_come_back(saved):
    regularise = Regularisers(augment=("flip", "cutout"), r1_weight=2.0, spectral_norm=True)

    _, card, path = saved(regularise=regularise)

    assert load_translator(path)[1] == card
    assert card.settings.regularise == regularise


def test_a_card_from_before_a_setting_was_added_has_its_default(saved):
    _, card, path = saved()
    tensors, about = read_tensors(path)
    del about["params"]["regularise"]
    write_tensors(path, tensors, about)

    assert load_translator(path)[1] == card


@pytest.mark.parametrize("strange", [{"regularise": {"r2_weight": 1}}, {"width": {"height": 1}}])
def test_strange_settings_within_settings_are_refused(saved, strange):
    path = saved()[2]
    tensors, about = read_tensors(path)
    write_tensors(path, tensors, about | {"params": about["params"] | strange})

    with pytest.raises(CheckpointError, match="made by another version of crosslook"):
        load_translator(path)


def test_tensors_that_do_not_fit_the_settings_are_refused(saved):
    path = saved()[2]
    tensors, about = read_tensors(path)
    write_tensors(path, tensors, about | {"params": about["params"] | {"width": 4}})

    with pytest.raises(CheckpointError, match="but its settings ask for"):
        load_translator(path)


def test_checkpoints_are_listed_by_step(saved, tmp_path):
    for name in ("step_1000000", "step_000003"):
        saved(name=name)

    stems = [path.stem for path in list_checkpoints(tmp_path)]
    assert stems == ["step_000003", "step_1000000"]


def test_a_folder_without_checkpoints_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        list_checkpoints(tmp_path)
