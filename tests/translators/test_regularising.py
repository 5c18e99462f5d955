from dataclasses import replace

import pytest
import torch
from torch import nn

from crosslook.translators.identity import Identity
from crosslook.translators.methods import TRANSLATORS
from crosslook.translators.regulariser_settings import Regularisers
from crosslook.translators.regularising import Regulariser
from crosslook.translators.settings import NetworkSettings
from crosslook.translators.stepping import build_optimisers, take_step

OPTIONS = {
    "augment": Regularisers(augment=("flip", "translation", "cutout")),
    "lecam": Regularisers(lecam_weight=1.0, lecam_start=0),
    "spectral_norm": Regularisers(spectral_norm=True),
    "r1": Regularisers(r1_weight=10.0, r1_every=1),
}
METHODS = [n for n, m in TRANSLATORS.items() if issubclass(m.settings, NetworkSettings)]


def images(seed, batch=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, 3, 32, 32, generator=generator) * 2 - 1


def step(translator, number=3, bfloat16=False):
    translator.begin_step(0, number)
    updates = translator.updates()
    optimisers = build_optimisers(updates)
    return take_step(translator, updates, optimisers, images(1), images(2), bfloat16)


def discriminators(translator):
    return {
        name: parameter.detach().clone()
        for name, parameter in translator.named_parameters()
        if "discriminator" in name
    }


@pytest.fixture
def regularised(make, settings_of):
    def build(method, regularise):
        return make(method, replace(settings_of(method), regularise=regularise))

    return build


@pytest.fixture
def linear():
    """A discriminator that is linear, with weights 1 2 3 4, in no method at all."""

    def build(settings, step=1):
        translator, judge = Identity(3, 3, None), nn.Conv2d(1, 1, 2, bias=False)
        judge.weight.data = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
        translator.begin_step(0, step)
        return translator, Regulariser(translator, settings, {"target": judge})

    return build


def answers(value):
    return torch.full((2, 1, 3, 3), value)


IMAGE = torch.rand(2, 1, 2, 2)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_takes_a_finite_step_with_each(method, option, regularised):
    plain, translator = regularised(method, Regularisers()), regularised(method, OPTIONS[option])
    before = discriminators(translator)

    losses, plain_losses = step(translator), step(plain)
    after = discriminators(translator)

    assert all(loss.isfinite() for loss in losses.values())
    extra = {name.split("/")[0] for name in losses.keys() - plain_losses.keys()}
    assert extra == ({option} if option in ("lecam", "r1") else set())
    # A bias in front of an instance norm has no gradient but rounding.
    assert all(not torch.equal(before[n], after[n]) for n in before if not n.endswith("bias"))
    where_plain = discriminators(plain)
    assert any(n not in where_plain or not torch.equal(after[n], where_plain[n]) for n in after)


@pytest.mark.parametrize("method", METHODS)
def test_all_together_take_a_finite_step_in_bfloat16(method, regularised):
    everything = replace(
        OPTIONS["lecam"],
        augment=OPTIONS["augment"].augment,
        spectral_norm=True,
        r1_weight=1.0,
        r1_every=1,
    )

    losses = step(regularised(method, everything), bfloat16=True)

    assert all(loss.isfinite() and loss.dtype == torch.float32 for loss in losses.values())


@pytest.mark.parametrize("method", METHODS)
def test_off_leaves_no_trace(method, make):
    translator = make(method)
    drawn = translator.draw.get_state()

    for name, judge in translator.named_modules():
        if name.endswith("discriminator"):
            judge(images(0))

    assert torch.equal(translator.draw.get_state(), drawn)
    assert not any("parametrizations" in name for name in translator.state_dict())
    assert not any(module._forward_pre_hooks for module in translator.modules())
    assert translator.regulariser.memory() == {}


@pytest.mark.parametrize("method", METHODS)
def test_terms_that_rest_change_nothing(method, regularised):
    resting = Regularisers(lecam_weight=1.0, lecam_start=3, r1_weight=1.0, r1_every=2)
    plain, translator = regularised(method, Regularisers()), regularised(method, resting)

    losses, plain_losses = step(translator, 3), step(plain, 3)

    terms = losses.keys() - plain_losses.keys()
    assert terms
    assert all(losses[name] == 0 for name in terms)
    for name, tensor in plain.state_dict().items():
        assert torch.equal(tensor, translator.state_dict()[name])


def test_lecam_compares_with_the_averages_of_this_and_earlier_steps(linear):
    settings = Regularisers(lecam_weight=0.5, lecam_decay=0.5, lecam_start=0)
    _, regulariser = linear(settings)

    first = regulariser.losses("target", IMAGE, answers(1.0), answers(0.0))
    second = regulariser.losses("target", IMAGE, answers(3.0), answers(0.0))

    assert first["lecam/target"].item() == 0.5 * (1 + 1)
    assert second["lecam/target"].item() == 0.5 * (3**2 + 2**2)  # averages 2 and 0


def test_lecam_keeps_an_average_per_scale_and_sums(linear):
    _, regulariser = linear(Regularisers(lecam_weight=1.0, lecam_start=0))

    found = regulariser.losses(
        "target", IMAGE, [answers(1.0), answers(2.0)], [answers(0.0), answers(0.0)]
    )

    assert found["lecam/target"].item() == (1 + 1) + (4 + 4)
    assert regulariser.memory()["lecam/target"].tolist() == [[1.0, 2.0], [0.0, 0.0]]


def test_lecam_watches_before_it_acts(linear):
    settings = Regularisers(lecam_weight=1.0, lecam_decay=0.5, lecam_start=1)
    translator, regulariser = linear(settings)

    first = regulariser.losses("target", IMAGE, answers(1.0), answers(0.0))
    translator.begin_step(0, 2)
    second = regulariser.losses("target", IMAGE, answers(3.0), answers(0.0))

    assert first["lecam/target"].item() == 0
    assert second["lecam/target"].item() == 3**2 + 2**2


def test_the_averages_are_kept_in_memory(linear):
    settings = Regularisers(lecam_weight=1.0)
    _, regulariser = linear(settings)
    regulariser.losses("target", IMAGE, answers(1.0), answers(0.0))
    _, other = linear(settings)

    other.recall(regulariser.memory() | {"pool/target": IMAGE})

    assert other.memory().keys() == {"lecam/target"}
    assert other.memory()["lecam/target"].tolist() == [[1.0], [0.0]]


def test_r1_is_half_its_weight_times_the_squared_slope(linear):
    _, regulariser = linear(Regularisers(r1_weight=0.5, r1_every=1))

    found = regulariser.losses("target", IMAGE, answers(0.0), answers(0.0))

    assert found["r1/target"].item() == pytest.approx(0.5 / 2 * 30)


def test_r1_rests_and_is_multiplied_for_it(linear):
    translator, regulariser = linear(Regularisers(r1_weight=2.0, r1_every=3))

    found = []
    for number in range(1, 7):
        translator.begin_step(0, number)
        losses = regulariser.losses("target", IMAGE, answers(0.0), answers(0.0))
        found.append(losses["r1/target"].item())

    assert found == pytest.approx([0, 0, 90, 0, 0, 90])


@pytest.mark.parametrize("method", METHODS)
def test_r1_is_the_same_under_autocast(method, regularised):
    found = []
    for bfloat16 in (False, True):
        translator = regularised(method, OPTIONS["r1"])
        translator.begin_step(0, 1)
        regulariser = translator.regulariser
        name = next(iter(regulariser.judges))
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            found.append(regulariser.losses(name, images(0), None, None)[f"r1/{name}"])

    assert found[0] > 0
    assert torch.equal(*found)


def test_r1_reaches_the_discriminator_through_a_compiled_network(regularised):
    plain, compiled = (regularised("cyclegan", OPTIONS["r1"]) for _ in range(2))
    compiled.target_discriminator.compile(backend="aot_eager")

    gradients = []
    for translator in (plain, compiled):
        translator.begin_step(0, 1)
        translator.regulariser.losses("target", images(0), None, None)["r1/target"].backward()
        gradients.append(translator.target_discriminator.layers[0].weight.grad)

    torch.testing.assert_close(*gradients)


def test_fakes_are_augmented_too_and_their_gradient_flows(regularised):
    translator = regularised("cut", OPTIONS["augment"])
    seen = []
    translator.target_discriminator.layers.register_forward_pre_hook(
        lambda _, given: seen.append(given[0])
    )
    translator.begin_step(0, 1)

    fake = images(0).requires_grad_()
    translator.target_discriminator(fake).sum().backward()

    assert not torch.equal(seen[0], fake)
    assert (seen[0] == 0).float().mean() > 0.05
    assert 0 < (fake.grad != 0).float().mean() < 1


def test_a_pair_is_augmented_alike(regularised):
    translator = regularised("council_gan", OPTIONS["augment"])
    judge, seen = translator.council_discriminators[0], []
    judge.register_forward_pre_hook(lambda _, given: seen.extend(given))
    translator.begin_step(0, 1)

    judge(images(0), 2 * images(0))

    assert torch.equal(2 * seen[0], seen[1])
    assert not torch.equal(seen[0], images(0))


def test_each_call_draws_anew_and_each_step_alike(regularised):
    translator = regularised("cyclegan", OPTIONS["augment"])
    found = []
    for number in (1, 1, 2):
        translator.begin_step(0, number)
        found += [translator.target_discriminator(images(0)) for _ in range(2)]

    assert torch.equal(found[0], found[2])
    assert torch.equal(found[1], found[3])
    assert not torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[4])


def test_the_generators_see_augmented_fakes_judged(regularised):
    translator = regularised("cyclegan", OPTIONS["augment"])
    source, target = images(1), images(2)
    translator.begin_step(0, 1)
    fakes = translator.make_fakes(source, target)

    first, second = (translator.generator_losses(source, target, fakes) for _ in range(2))

    assert first["generator/target"] != second["generator/target"]
    assert first["cycle/source"] == second["cycle/source"]


def test_the_council_has_all_but_the_losses(regularised):
    everything = Regularisers(("flip",), lecam_weight=1.0, r1_weight=1.0, spectral_norm=True)
    translator = regularised("council_gan", everything)

    names = {name for name in step(translator) if name.split("/")[0] in ("lecam", "r1")}

    assert names == {"lecam/0", "lecam/1", "r1/0", "r1/1"}
    for judge in translator.council_discriminators:
        assert judge._forward_pre_hooks
        assert any("parametrizations" in name for name in judge.state_dict())


@pytest.mark.parametrize("method", METHODS)
def test_what_is_exported_does_not_know_of_them(method, make, regularised):
    regularising = regularised(method, Regularisers(("flip",), spectral_norm=True))

    names = [
        {f"{name}.{key}" for name, part in one.exported().items() for key in part.state_dict()}
        for one in (make(method), regularising)
    ]

    assert names[0] == names[1]
