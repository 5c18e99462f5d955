import pytest
import torch

from crosslook.translators.attentiongan import AttentionGAN
from crosslook.translators.settings import AttentionGANSettings
from crosslook.translators.stepping import build_optimisers, take_step

SMALL = {"width": 2, "blocks": 1, "discriminator_width": 2}


def images(seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, 3, 32, 32, generator=generator) * 2 - 1


def only_the_input(attentiongan):
    """Masks that are 1 for the input and 0 for every content."""
    last = attentiongan.target_generator.to_masks[-1]
    last.weight.data.zero_()
    last.bias.data = torch.tensor([-200.0] * 9 + [200.0])
    return attentiongan


def test_generators_learn_first():
    names = [update.name for update in AttentionGAN(3, 3, AttentionGANSettings(**SMALL)).updates()]

    assert names == ["generators", "discriminators"]


def test_masks_share_out_every_pixel():
    generator = AttentionGAN(3, 3, AttentionGANSettings(**SMALL)).target_generator

    contents, masks = generator.parts(images(0))

    assert contents.shape == (2, 9, 3, 32, 32)
    assert masks.shape == (2, 10, 32, 32)
    torch.testing.assert_close(masks.sum(dim=1), torch.ones(2, 32, 32))


def test_a_generator_that_attends_to_nothing_returns_its_input():
    attentiongan = only_the_input(AttentionGAN(3, 3, AttentionGANSettings(**SMALL)))

    assert torch.equal(attentiongan.translate(images(0)), images(0))


def test_identity_images_are_those_of_a_pass_of_their_own():
    attentiongan = AttentionGAN(3, 3, AttentionGANSettings(**SMALL))
    source, target = images(0), images(1)

    fakes = attentiongan.make_fakes(source, target)

    torch.testing.assert_close(fakes["target_identity"], attentiongan.target_generator(target))
    torch.testing.assert_close(fakes["source_identity"], attentiongan.source_generator(source))


def test_how_much_of_the_input_is_kept_stands_beside_the_losses():
    attentiongan = only_the_input(AttentionGAN(3, 3, AttentionGANSettings(**SMALL)))
    updates = attentiongan.updates()

    seen = take_step(attentiongan, updates, build_optimisers(updates), images(0), images(1))

    assert seen["kept/target"].item() == 1.0
    assert 0 < seen["kept/source"].item() < 1
    assert not seen["kept/source"].requires_grad


def test_what_is_kept_is_no_loss():
    attentiongan = AttentionGAN(3, 3, AttentionGANSettings(**SMALL))
    source, target = images(0), images(1)

    losses = attentiongan.generator_losses(source, target, attentiongan.make_fakes(source, target))

    assert not [name for name in losses if name.startswith("kept")]


def test_without_identity_weight_there_is_no_identity_term():
    attentiongan = AttentionGAN(3, 3, AttentionGANSettings(identity_weight=0.0, **SMALL))

    fakes = attentiongan.make_fakes(images(0), images(1))

    assert sorted(fakes) == ["source", "target"]


@pytest.mark.parametrize("bands", [(3, 1), (1, 3), (1, 1)])
def test_band_counts_other_than_three_are_refused(bands):
    with pytest.raises(ValueError, match=f"{bands[0]} source and {bands[1]} target bands"):
        AttentionGAN(*bands, AttentionGANSettings(**SMALL))


def test_what_is_kept_of_the_input_can_be_seen():
    attentiongan = AttentionGAN(3, 3, AttentionGANSettings(**SMALL))
    _, masks = attentiongan.target_generator.forward_with_masks(images(0))

    (view,) = attentiongan.views(images(0)).values()
    (all_kept,) = only_the_input(attentiongan).views(images(0)).values()

    torch.testing.assert_close((view + 1) / 2, masks[:, -1:].expand(-1, 3, -1, -1))
    assert torch.equal(all_kept, torch.ones(2, 3, 32, 32))
