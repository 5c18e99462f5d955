import pytest
import torch

from crosslook.losses.distances import mean_absolute
from crosslook.translators.cyclegan import CycleGAN
from crosslook.translators.settings import CycleGANSettings

SMALL = {"width": 2, "blocks": 1, "discriminator_width": 2}


def images(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, 3, 32, 32, generator=generator) * 2 - 1


def test_generators_learn_first():
    names = [update.name for update in CycleGAN(3, 3, CycleGANSettings(**SMALL)).updates()]

    assert names == ["generators", "discriminators"]


def test_the_cycle_term_is_the_way_there_and_back():
    cyclegan = CycleGAN(3, 3, CycleGANSettings(**SMALL))
    source, target = images(0), images(1)

    losses = cyclegan.generator_losses(source, target, cyclegan.make_fakes(source, target))

    there_and_back = cyclegan.source_generator(cyclegan.target_generator(source))
    torch.testing.assert_close(losses["cycle/source"], 10 * mean_absolute(there_and_back, source))


def test_identity_images_are_those_of_a_pass_of_their_own():
    cyclegan = CycleGAN(3, 3, CycleGANSettings(**SMALL))
    source, target = images(0), images(1)

    fakes = cyclegan.make_fakes(source, target)

    torch.testing.assert_close(fakes["target_identity"], cyclegan.target_generator(target))
    torch.testing.assert_close(fakes["source_identity"], cyclegan.source_generator(source))


def test_without_identity_weight_there_is_no_identity_term():
    cyclegan = CycleGAN(3, 1, CycleGANSettings(identity_weight=0.0, **SMALL))
    source, target = images(0), images(1)[:, :1]

    losses = cyclegan.generator_losses(source, target, cyclegan.make_fakes(source, target))

    assert not [name for name in losses if name.startswith("identity")]


def test_identity_needs_equal_band_counts():
    with pytest.raises(ValueError, match="both need as many bands; got 3 and 1"):
        CycleGAN(3, 1, CycleGANSettings(**SMALL))


def test_its_memory_is_the_two_image_pools():
    cyclegan = CycleGAN(3, 3, CycleGANSettings(pool=2, **SMALL))
    source, target = images(0), images(1)
    assert cyclegan.memory() == {}

    cyclegan.discriminator_losses(source, target, cyclegan.make_fakes(source, target))
    other = CycleGAN(3, 3, CycleGANSettings(pool=2, **SMALL))
    other.recall(cyclegan.memory())

    assert sorted(other.memory()) == ["pool/source", "pool/target"]
    for name, pool in cyclegan.memory().items():
        assert torch.equal(pool, other.memory()[name])
