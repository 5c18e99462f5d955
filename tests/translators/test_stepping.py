"""One training step, in one part and in several."""

import pytest
import torch

from crosslook.translators.methods import TRANSLATORS
from crosslook.translators.settings import CUTSettings, CycleGANSettings, NetworkSettings
from crosslook.translators.stepping import build_optimisers, take_step


def images(seed, batch=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, 3, 64, 64, generator=generator) * 2 - 1


def step(translator, parts, batch=2, **values):
    updates = translator.updates()
    optimisers = build_optimisers(updates)

    def begin(part):
        translator.begin_step(5, 1, part)

    begin(0)
    source, target = images(1, batch), images(2, batch)
    return take_step(
        translator, updates, optimisers, source, target, parts=parts, begin=begin, **values
    )


def test_two_parts_give_the_losses_and_weights_of_the_whole_batch(make):
    # No pool: its draws differ. No second step: Adam's first one is about +-rate whatever the size.
    settings = CycleGANSettings(width=2, blocks=1, discriminator_width=2, pool=0)
    whole, parted = make("cyclegan", settings).double(), make("cyclegan", settings).double()

    def take(translator, parts):
        updates = translator.updates()
        return take_step(
            translator,
            updates,
            build_optimisers(updates),
            images(1).double(),
            images(2).double(),
            parts=parts,
            begin=lambda part: translator.begin_step(5, 1, part),
        )

    one, two = take(whole, 1), take(parted, 2)

    for name in one:
        torch.testing.assert_close(one[name], two[name])
    for name, parameter in whole.named_parameters():
        if not name.endswith("bias"):
            torch.testing.assert_close(parameter, parted.get_parameter(name), msg=name)


@pytest.mark.parametrize(
    "method", [n for n, m in TRANSLATORS.items() if issubclass(m.settings, NetworkSettings)]
)
def test_every_method_can_step_in_parts(make, method):
    losses = step(make(method), parts=2)

    assert all(loss.isfinite() and loss.dtype == torch.float32 for loss in losses.values())


def test_a_part_repeats_its_draws_for_each_update(make):
    # FastCUT tosses a coin for each fake: discriminator and generator must see the same one.
    fast = CUTSettings(
        fast=True, width=2, blocks=1, discriminator_width=2, layers=(0, 12), projector_width=4
    )
    translator = make("cut", fast)
    made, make_fakes = [], translator.make_fakes

    def watched(source, target):
        fakes = make_fakes(source, target)
        made.append("mirrored_target" in fakes)
        return fakes

    translator.make_fakes = watched
    step(translator, parts=8, batch=8)

    assert len(set(made[:8])) == 2
    assert made[:8] == made[8:]


def test_parts_that_cannot_repeat_their_fakes_are_refused(make):
    translator = make("cut")
    updates = translator.updates()

    with pytest.raises(ValueError, match="2 parts need ``begin``"):
        take_step(translator, updates, build_optimisers(updates), images(1), images(2), parts=2)


def test_fused_and_plain_adam_agree(make):
    fused, plain = make("munit").double(), make("munit").double()
    for translator, kind in ((fused, True), (plain, False)):
        updates = translator.updates()
        optimisers = build_optimisers(updates, fused=kind)
        translator.begin_step(5, 1)
        take_step(translator, updates, optimisers, images(1).double(), images(2).double())

    for name, parameter in fused.named_parameters():
        torch.testing.assert_close(parameter, plain.get_parameter(name), rtol=1e-9, atol=1e-12)
