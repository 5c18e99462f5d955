from dataclasses import replace

import pytest
import torch

from crosslook.translators.checkpoint import Card, load_translator, save_translator
from crosslook.translators.council_gan import CouncilGAN
from crosslook.translators.stepping import build_optimisers, take_step
from crosslook.translators.style_settings import CouncilGANSettings


def images(seed, batch=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, 3, 32, 32, generator=generator) * 2 - 1


def take(council, step):
    council.begin_step(0, step)
    updates = council.updates()
    return take_step(council, updates, build_optimisers(updates), images(0), images(1))


def test_discriminators_learn_first_then_the_council_then_generators(make):
    names = [update.name for update in make("council_gan").updates()]

    assert names == ["discriminators", "council", "generators"]


def test_focus_and_council_begin_after_their_steps(make):
    council = make("council_gan")  # focus_start=1, council_start=2

    names = [{name.split("/")[0] for name in take(council, step)} for step in (1, 2, 3)]

    assert names[1] - names[0] == {"undecided", "painted", "ragged"}
    assert names[2] - names[1] == {"council", "council_match"}


def test_how_much_is_painted_over_is_watched(make):
    watched = {n: v.item() for n, v in take(make("council_gan"), 1).items() if "share" in n}

    assert sorted(watched) == ["painted_share/0", "painted_share/1"]
    assert all(0 < value < 1 for value in watched.values())


@pytest.mark.parametrize(("members", "draws", "count"), [(4, 4, 4), (3, 4, 3), (4, 2, 2)])
def test_every_other_member_comes_once_before_any_comes_again(
    make, settings_of, members, draws, count
):
    settings = replace(settings_of("council_gan"), members=members, council_draws=draws)
    council = make("council_gan", settings)

    chosen = council.choose_others(1)

    assert len(chosen) == count
    assert 1 not in chosen
    assert len(set(chosen)) == min(count, members - 1)


def test_its_memory_is_the_loss_histories(make):
    council, other = make("council_gan"), make("council_gan")
    take(council, 3)

    other.recall(council.memory())

    assert sorted(council.memory()) == ["past/council", "past/gan"]
    assert council.memory()["past/gan"].shape == (2, 100)
    assert (council.memory()["past/gan"][:, :-1] == 1).all()
    assert (council.memory()["past/gan"][:, -1] != 1).all()
    for name, past in council.memory().items():
        assert torch.equal(past, other.memory()[name])


def test_the_member_that_is_asked_for_is_exported(make, settings_of):
    first = make("council_gan")
    second = make("council_gan", replace(settings_of("council_gan"), exported_member=1))

    assert second.exported()["generator"] is second.generators[1]
    assert not torch.equal(first.translate(images(0)), second.translate(images(0)))


def test_it_needs_equal_band_counts():
    with pytest.raises(ValueError, match="paints onto its input"):
        CouncilGAN(3, 1, CouncilGANSettings())


@pytest.mark.parametrize("values", [{"members": 1}, {"exported_member": 4}, {"council_draws": 0}])
def test_values_out_of_range_are_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        CouncilGANSettings(**values)


def test_members_another_style_and_what_is_painted_over_can_be_seen(make, settings_of):
    settings = replace(settings_of("council_gan"), members=3, exported_member=1)
    council = make("council_gan", settings)

    views = council.views(images(0))

    assert list(views) == ["member 0", "member 2", "style 1", "painted over (white: all)"]
    assert torch.equal(views["style 1"], council.translate(images(0), 1))
    council.settings = replace(settings, exported_member=2)
    assert torch.equal(views["member 2"], council.translate(images(0)))


def test_what_is_not_painted_over_is_the_input(make):
    council = make("council_gan")
    last = council.generators[0].decoder.layers[-2]
    last.weight.data[:9], last.bias.data[:9] = 0, 0  # all pictures are 0: they only darken
    source = (images(0) + 1.2) / 2.2

    fake, views = council.translate(source), council.views(source)

    left = (1 - views["painted over (white: all)"]) / 2
    torch.testing.assert_close(left * source, fake)
    assert 0.01 < left.mean() < 0.99


def test_members_that_a_checkpoint_does_not_hold_are_not_shown(
    make, settings_of, contracts, tmp_path
):
    card = Card("council_gan", settings_of("council_gan"), *contracts.values(), 3, 0)
    council = make("council_gan", seed=1)
    save_translator(tmp_path / "a.safetensors", council, card)

    views = load_translator(tmp_path / "a.safetensors")[0].views(images(0))

    assert list(views) == ["style 1", "painted over (white: all)"]
    assert all(torch.equal(view, council.views(images(0))[name]) for name, view in views.items())
