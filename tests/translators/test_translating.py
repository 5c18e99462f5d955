import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from crosslook.errors import CheckpointError, RadiometryError
from crosslook.patches.patch_set import read_patch_set
from crosslook.patches.variants import repeat_labels
from crosslook.translators.checkpoint import Card, save_translator
from crosslook.translators.identity import Identity
from crosslook.translators.settings import NoneSettings
from crosslook.translators.translating import (
    FakeChecks,
    TranslateJob,
    translate_pixels,
    translate_set,
    view_pixels,
)


@pytest.fixture
def job(make, settings_of, contracts, patch_set, tmp_path):
    """One checkpoint of CUT and a labelled set to translate."""

    def build(translator=None, sensor="optical", count=3):
        card = Card("cut", settings_of("cut"), contracts["optical"], contracts["sar"], 3, 0)
        path = tmp_path / "step_000003.safetensors"
        save_translator(path, translator or make("cut"), card)
        patches = patch_set("labelled", sensor, count, labelled=True)
        return TranslateJob(path, patches.folder, tmp_path / "made")

    return build


@pytest.mark.parametrize("size", [(32, 32), (33, 35), (30, 41)])
def test_a_fake_has_the_size_of_its_patch(make, size):
    patch = np.full((3, *size), 80, np.uint8)

    assert translate_pixels(make("cyclegan"), patch).shape == patch.shape


def test_padding_is_seen_by_the_network_and_cut_off_again(make):
    seen = []
    identity = Identity(3, 3, NoneSettings())
    identity.translate = lambda source, variant: seen.append(source.shape) or source
    patch = np.random.default_rng(0).integers(1, 256, size=(3, 33, 35), dtype=np.uint8)

    assert np.array_equal(translate_pixels(identity, patch), patch)
    assert seen == [(1, 3, 36, 36)]


def test_no_data_stays_no_data_and_data_stays_data(make):
    patch = np.random.default_rng(0).integers(1, 256, size=(3, 36, 36), dtype=np.uint8)
    patch[:, :5, :7] = 0

    fake = translate_pixels(make("cut"), patch)

    assert (fake[:, :5, :7] == 0).all()
    assert fake[:, 5:].min() >= 1
    assert fake[:, :, 7:].min() >= 1


def test_translating_leaves_a_training_translator_training(make):
    translator = make("cut").train()

    translate_pixels(translator, np.ones((3, 32, 32), np.uint8))

    assert translator.training


def test_fakes_keep_names_places_and_labels_and_have_the_contract_of_the_target(job, contracts):
    work = job()

    assert translate_set(work) == work

    source, fakes = read_patch_set(work.patches), read_patch_set(work.folder / "patches")
    assert fakes.patches == source.patches
    assert fakes.coco == source.coco
    assert fakes.contract == contracts["sar"]
    assert not np.array_equal(fakes.pixels(1), source.pixels(1))


def test_several_styles_give_several_fakes_with_the_labels_of_their_patch(
    make, settings_of, contracts, patch_set, tmp_path
):
    card = Card("munit", settings_of("munit"), contracts["optical"], contracts["sar"], 3, 0)
    munit = make("munit")
    save_translator(tmp_path / "step_000003.safetensors", munit, card)
    source = patch_set("labelled", "optical", 2, labelled=True)
    work = TranslateJob(
        tmp_path / "step_000003.safetensors", source.folder, tmp_path / "made", styles=3
    )

    translate_set(work)

    fakes = read_patch_set(work.folder / "patches")
    names = ["s_r0_s0", "s_r0_s1", "s_r0_s2", "s_r1_s0", "s_r1_s1", "s_r1_s2"]
    assert [patch.name for patch in fakes.patches] == names
    assert fakes.coco == repeat_labels(source.coco, 3)
    assert {(patch.scene, patch.transform) for patch in fakes.patches} == {
        (patch.scene, patch.transform) for patch in source.patches
    }
    assert np.array_equal(fakes.pixels(3), translate_pixels(munit, source.pixels(1)))
    assert np.array_equal(fakes.pixels(5), translate_pixels(munit, source.pixels(1), 2))
    assert not np.array_equal(fakes.pixels(3), fakes.pixels(5))
    assert json.loads((work.folder / "checks.json").read_text())["patches"] == 6


def test_a_method_without_styles_makes_one_fake_however_many_are_wanted(job):
    work = replace(job(), styles=3)

    translate_set(work)

    source, fakes = read_patch_set(work.patches), read_patch_set(work.folder / "patches")
    assert (fakes.patches, fakes.coco) == (source.patches, source.coco)


def test_views_are_cut_and_masked_as_the_fake_is(make):
    patch = np.random.default_rng(0).integers(1, 256, size=(3, 33, 35), dtype=np.uint8)
    patch[:, :5, :7] = 0
    munit = make("munit").train()

    views = view_pixels(munit, patch)

    assert list(views) == ["style 1", "style 2", "style 3"]
    assert np.array_equal(views["style 2"], translate_pixels(munit, patch, 2))
    assert munit.training


def test_a_set_without_patches_gives_one_without_fakes(job):
    work = job(count=0)

    translate_set(work)

    assert len(read_patch_set(work.folder / "patches")) == 0
    checks = json.loads((work.folder / "checks.json").read_text())
    assert (checks["patches"], checks["saturated"]) == (0, None)


def test_checks_name_the_checkpoint(job):
    work = job()

    translate_set(work)

    checks = json.loads((work.folder / "checks.json").read_text())
    assert (checks["checkpoint"], checks["patches"], checks["constant"]) == (3, 3, 0)


def test_patches_of_another_radiometry_are_refused(job):
    with pytest.raises(RadiometryError, match="composite_bands"):
        translate_set(job(sensor="sar"))


def test_a_diverged_generator_is_refused_with_the_name_of_the_patch(job, make):
    translator = make("cut")
    translator.target_generator.layers[1].weight.data.fill_(torch.nan)

    with pytest.raises(CheckpointError, match=r"patch s_r0: a translated value is not finite"):
        translate_set(job(translator))


def test_constant_fakes_are_counted_by_name():
    checks = FakeChecks()
    flat = np.stack([np.full((4, 4), level, np.uint8) for level in (10, 20, 30)])
    flat[:, 0, 0] = 0
    textured = flat.copy()
    textured[0, 1, 1] = 11

    for name, fake in (("flat", flat), ("textured", textured), ("empty", np.zeros_like(flat))):
        checks.add(name, fake)

    assert checks.as_dict()["constant_names"] == ["flat"]


def test_saturated_values_are_a_share_of_the_data():
    checks = FakeChecks()
    fake = np.array([[[1, 255, 7, 0]]] * 3, np.uint8)

    checks.add("a", fake)

    found = checks.as_dict()
    assert found["saturated"] == pytest.approx(2 / 3)
    assert found["mean_level"] == pytest.approx([263 / 3] * 3)
