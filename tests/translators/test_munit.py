from dataclasses import replace

import numpy as np
import pytest
import torch

from crosslook.errors import ParamsError
from crosslook.losses.distances import mean_absolute
from crosslook.translators.checkpoint import Card, load_translator, save_translator
from crosslook.translators.style_settings import MUNITSettings


def images(seed, batch=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, 3, 32, 32, generator=generator) * 2 - 1


def test_discriminators_learn_first_and_each_update_makes_its_own_fakes(make):
    updates = make("munit").updates()

    assert [update.name for update in updates] == ["discriminators", "generators"]
    assert [update.fakes for update in updates] == ["fresh", "fresh"]


def test_styles_follow_from_seed_and_step(make):
    munit = make("munit")
    drawn = []
    for seed, step in ((0, 1), (0, 1), (0, 2), (1, 1)):
        munit.begin_step(seed, step)
        drawn.append(munit.make_fakes(images(0), images(1))["target_style"])

    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], drawn[3])


def test_contents_that_must_come_back_are_not_held_constant(make):
    munit = make("munit")

    assert munit.make_fakes(images(0), images(1))["source_content"].requires_grad


def test_the_cycle_term_is_there_only_when_it_is_weighed(make, settings_of):
    settings = settings_of("munit")
    losses = {}
    for weight in (0.0, 10.0):
        munit = make("munit", replace(settings, cycle_weight=weight))
        source, target = images(0), images(1)
        fakes = munit.make_fakes(source, target)
        losses[weight] = munit.generator_losses(source, target, fakes)

    assert sorted(losses[10.0].keys() - losses[0.0].keys()) == ["cycle/source", "cycle/target"]
    generator = munit.source_generator
    content = munit.target_generator.content_encoder(fakes["target"])
    around = generator.decode(content, generator.style_encoder(source))
    torch.testing.assert_close(losses[10.0]["cycle/source"], 10 * mean_absolute(around, source))


def test_a_checkpoint_keeps_the_styles_of_target_patches(
    make, settings_of, contracts, patch_set, tmp_path
):
    settings = replace(settings_of("munit"), inference_style="bank")
    munit = make("munit", settings)
    target = np.random.default_rng(0).integers(1, 256, (5, 3, 32, 32), dtype=np.uint8)
    munit.fit(target, target)
    card = Card("munit", settings, contracts["optical"], contracts["sar"], 3, 0)

    save_translator(tmp_path / "a.safetensors", munit, card)
    loaded, _ = load_translator(tmp_path / "a.safetensors")

    bank = loaded.styles.get_buffer("bank")
    assert bank.unique(dim=0).shape == bank.shape == (2, settings.style_length)
    assert torch.equal(loaded.translate(images(2)), munit.translate(images(2)))


def test_drawn_and_banked_styles_differ(make, settings_of):
    drawn = make("munit")
    banked = make("munit", replace(settings_of("munit"), inference_style="bank"))

    assert "styles" not in drawn.exported()
    assert not torch.equal(drawn.translate(images(0)), banked.translate(images(0)))


@pytest.mark.parametrize(
    "values", [{"inference_style": "mean"}, {"bank": 0}, {"scales": 0}, {"weight_decay": -1.0}]
)
def test_values_out_of_range_are_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        MUNITSettings(**values)


def test_three_scales_need_64_pixels():
    assert (MUNITSettings().smallest_crop, MUNITSettings(scales=2).smallest_crop) == (64, 32)


def test_variants_go_through_the_bank_one_by_one(make, settings_of):
    settings = replace(settings_of("munit"), inference_style="bank", bank=3)
    munit = make("munit", settings)
    munit.styles.get_buffer("bank").copy_(torch.randn(3, settings.style_length))

    fakes = torch.cat([munit.translate(images(0, 1), variant) for variant in range(3)])

    assert fakes.unique(dim=0).shape[0] == 3


def test_more_styles_than_the_bank_keeps_are_refused(make, settings_of):
    munit = make("munit", replace(settings_of("munit"), inference_style="bank"))

    with pytest.raises(ParamsError, match=r"style 2 was asked for.* keeps 2 in its bank"):
        munit.translate(images(0), 2)


def test_other_styles_can_be_seen_as_far_as_there_are_any(make, settings_of):
    drawn = make("munit").views(images(0))
    banked = make("munit", replace(settings_of("munit"), inference_style="bank")).views(images(0))

    assert list(drawn) == ["style 1", "style 2", "style 3"]
    assert torch.equal(drawn["style 2"], make("munit").translate(images(0), 2))
    assert list(banked) == ["style 1"]
