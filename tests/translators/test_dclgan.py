import pytest
import torch

from crosslook.losses.contrastive import batch_nce
from crosslook.losses.distances import mean_absolute
from crosslook.translators.dclgan import DCLGAN
from crosslook.translators.settings import DCLGANSettings
from crosslook.translators.stepping import build_optimisers, take_step

SMALL = {
    "width": 2,
    "blocks": 1,
    "discriminator_width": 2,
    "layers": (4, 8, 12),
    "positions": 16,
    "projector_width": 4,
}


def images(seed, batch=2, bands=3):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, bands, 32, 32, generator=generator) * 2 - 1


def losses_of(dclgan, source, target):
    return dclgan.generator_losses(source, target, dclgan.make_fakes(source, target))


def test_the_discriminators_learn_first():
    names = [update.name for update in DCLGAN(3, 3, DCLGANSettings(**SMALL)).updates()]

    assert names == ["discriminators", "generators"]


@pytest.mark.parametrize(
    ("similar", "rate", "betas"), [(False, 1e-3, (0.9, 0.999)), (True, 2e-4, (0.5, 0.999))]
)
def test_the_projectors_have_an_optimiser_of_their_own(similar, rate, betas):
    dclgan = DCLGAN(3, 3, DCLGANSettings(similar=similar, **SMALL))

    group = build_optimisers(dclgan.updates())["projectors"].param_groups[0]

    assert (group["lr"], group["betas"]) == (rate, betas)


def test_features_of_the_first_pass_are_those_of_an_encoder_pass():
    dclgan = DCLGAN(3, 3, DCLGANSettings(**SMALL))
    source, target = images(0), images(1)

    fakes = dclgan.make_fakes(source, target)

    for side, generator, shown in (
        ("source", dclgan.target_generator, source),
        ("target", dclgan.source_generator, target),
    ):
        for i, feature in enumerate(generator.encode(shown, SMALL["layers"])):
            torch.testing.assert_close(fakes[f"{side}_features/{i}"], feature)


def test_a_query_goes_through_the_encoder_and_projectors_of_the_other_generator():
    dclgan = DCLGAN(3, 3, DCLGANSettings(**SMALL | {"positions": 10_000}))
    source, target = images(0, batch=1), images(1, batch=1)

    fakes = dclgan.make_fakes(source, target)
    found = dclgan.generator_losses(source, target, fakes)["nce/source"]

    keys = dclgan.target_generator.encode(source, SMALL["layers"])
    queries = dclgan.source_generator.encode(fakes["target"], SMALL["layers"])
    everywhere = [torch.arange(key[0, 0].numel()) for key in keys]
    wanted = dclgan.source_projectors(keys, everywhere)
    asked = dclgan.target_projectors(queries, everywhere)
    expected = sum(batch_nce(q, k) for q, k in zip(asked, wanted, strict=True)) / len(keys)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=0)


def test_the_identity_term_shows_each_generator_its_own_domain():
    dclgan = DCLGAN(3, 3, DCLGANSettings(**SMALL))
    source, target = images(0), images(1)

    losses = losses_of(dclgan, source, target)

    same = dclgan.target_generator(target)
    torch.testing.assert_close(losses["identity/target"], 0.5 * mean_absolute(same, target))


def test_simdcl_adds_the_similarity_of_real_and_fake():
    plain = losses_of(DCLGAN(3, 3, DCLGANSettings(**SMALL)), images(0), images(1))
    similar = losses_of(DCLGAN(3, 3, DCLGANSettings(similar=True, **SMALL)), images(0), images(1))

    assert similar.keys() - plain.keys() == {"similarity/source", "similarity/target"}


def test_simdcl_moves_its_own_projectors():
    torch.manual_seed(0)
    dclgan = DCLGAN(3, 3, DCLGANSettings(similar=True, **SMALL))
    before = {name: p.clone() for name, p in dclgan.stack_projectors.named_parameters()}
    updates = dclgan.updates()

    take_step(dclgan, updates, build_optimisers(updates), images(0), images(1))

    moved = {n for n, p in dclgan.stack_projectors.named_parameters() if not p.equal(before[n])}
    assert {name for name in before if name.endswith("weight")} <= moved


def test_without_identity_weight_band_counts_may_differ():
    dclgan = DCLGAN(3, 1, DCLGANSettings(identity_weight=0.0, **SMALL))

    losses = losses_of(dclgan, images(0), images(1, bands=1))

    assert not [name for name in losses if name.startswith("identity")]
    assert dclgan.translate(images(0)).shape == (2, 1, 32, 32)


def test_identity_needs_equal_band_counts():
    with pytest.raises(ValueError, match="both need as many bands; got 3 and 1"):
        DCLGAN(3, 1, DCLGANSettings(**SMALL))


def test_layers_behind_the_encoder_are_refused():
    with pytest.raises(ValueError, match="between 0 and 15: with blocks=4"):
        DCLGANSettings(blocks=4)
