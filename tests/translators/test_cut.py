import pytest
import torch

from crosslook.translators.cut import CUT
from crosslook.translators.settings import CUTSettings

SMALL = {
    "width": 2,
    "blocks": 1,
    "discriminator_width": 2,
    "layers": (0, 4, 12),
    "positions": 16,
    "projector_width": 4,
}


def images(seed, batch=2):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, 3, 32, 32, generator=generator) * 2 - 1


def fast(mirrored):
    """A FastCUT at a step whose toss of the coin comes out as wanted."""
    cut = CUT(3, 3, CUTSettings(fast=True, nce_weight=10.0, **SMALL))
    step = 0
    cut.begin_step(0, step)
    while (cut.dice.random() < 0.5) != mirrored:
        step += 1
        cut.begin_step(0, step)
    cut.begin_step(0, step)
    return cut


def test_the_discriminator_learns_first():
    names = [update.name for update in CUT(3, 3, CUTSettings(**SMALL)).updates()]

    assert names == ["discriminator", "generator"]


def test_keys_of_the_first_pass_are_those_of_an_encoder_pass():
    cut = CUT(3, 3, CUTSettings(**SMALL))
    source, target = images(0), images(1)

    fakes = cut.make_fakes(source, target)

    for i, key in enumerate(cut.target_generator.encode(source, SMALL["layers"])):
        torch.testing.assert_close(fakes[f"key/{i}"].chunk(2)[0], key)
        assert not fakes[f"key/{i}"].requires_grad


def test_positions_differ_from_each_other_and_from_step_to_step():
    cut = CUT(3, 3, CUTSettings(**SMALL))
    cut.begin_step(0, 1)
    first = cut.choose_positions(64)
    cut.begin_step(0, 2)
    second = cut.choose_positions(64)
    cut.begin_step(0, 1)

    assert len(set(first.tolist())) == 16
    assert not torch.equal(first, second)
    assert torch.equal(first, cut.choose_positions(64))


def test_few_places_are_all_taken():
    assert sorted(CUT(3, 3, CUTSettings(**SMALL)).choose_positions(5).tolist()) == [0, 1, 2, 3, 4]


def test_the_identity_term_compares_targets_with_themselves():
    cut = CUT(3, 3, CUTSettings(**SMALL))
    source, target = images(0), images(1)

    losses = cut.generator_losses(source, target, cut.make_fakes(source, target))

    assert sorted(losses) == ["generator", "nce/source", "nce/target"]


def test_fast_cut_has_no_identity_term():
    cut = fast(mirrored=False)
    source, target = images(0), images(1)

    losses = cut.generator_losses(source, target, cut.make_fakes(source, target))

    assert sorted(losses) == ["generator", "nce/source"]


def test_fast_cut_mirrors_the_source_half_of_the_times():
    cut = CUT(3, 3, CUTSettings(fast=True, **SMALL))
    mirrored = 0
    for step in range(100):
        cut.begin_step(0, step)
        mirrored += "mirrored_target" in cut.make_fakes(images(0, 1)[..., :8, :8], images(1, 1))

    assert 30 < mirrored < 70


def test_a_mirrored_fake_is_compared_with_the_source_as_it_is():
    cut = fast(mirrored=True)
    source, target = images(0), images(1)

    fakes = cut.make_fakes(source, target)

    torch.testing.assert_close(fakes["mirrored_target"], cut.target_generator(source.flip(3)))
    for i, key in enumerate(cut.target_generator.encode(source, SMALL["layers"])):
        torch.testing.assert_close(fakes[f"key/{i}"], key)
    assert cut.generator_losses(source, target, fakes)["nce/source"].isfinite()


def test_the_contrast_pulls_the_last_layer_the_right_way():
    """Finite differences at batch 1, where F.instance_norm's own gradient would be wrong."""
    torch.manual_seed(0)
    cut = CUT(3, 3, CUTSettings(fast=True, **SMALL)).double()
    for parameter in cut.parameters():
        parameter.data = torch.randn_like(parameter) * 0.3
    source = images(0, 1).double()
    keys = {f"key/{i}": k for i, k in enumerate(cut.target_generator.encode(source, (0, 4, 12)))}
    weight = cut.target_generator.layers[-2].weight

    def loss():
        cut.begin_step(0, 0)
        fakes = keys | {"target": cut.target_generator(source)}
        return cut.generator_losses(source, source, fakes)["nce/source"]

    loss().backward()
    direction = torch.randn_like(weight)
    expected = (weight.grad * direction).sum().item()
    with torch.no_grad():
        weight += 1e-6 * direction
        above = loss().item()
        weight -= 2e-6 * direction
        below = loss().item()

    # The keys are held constant, so only the way through the fake counts.
    assert expected == pytest.approx((above - below) / 2e-6, rel=1e-4)


def test_unequal_band_counts_are_refused():
    with pytest.raises(ValueError, match="3 source and 1 target bands"):
        CUT(3, 1, CUTSettings(**SMALL))
