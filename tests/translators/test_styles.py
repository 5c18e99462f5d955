from dataclasses import replace

import pytest
import torch

from crosslook.translators.styles import drawn_styles, patch_numbers


def patches(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, 3, 8, 8, generator=generator) * 2 - 1


def test_a_patch_has_the_same_style_in_any_batch():
    assert torch.equal(drawn_styles(patches(), 0, 4)[1:], drawn_styles(patches()[1:], 0, 4))


def test_patches_and_seeds_have_styles_of_their_own():
    numbers = patch_numbers(patches(), 0) + patch_numbers(patches(), 1)

    assert len(set(numbers)) == 4


def test_rounding_does_not_change_a_style():
    levels = (patches() * 127).round() / 127

    assert patch_numbers(levels + 1e-6, 0) == patch_numbers(levels, 0)


def test_styles_are_standard_normal():
    style = drawn_styles(patches(), 0, 10_000)[0]

    assert abs(style.mean().item()) < 0.05
    assert abs(style.std().item() - 1) < 0.05


def test_each_variant_is_another_style_and_the_first_one_needs_no_name():
    styles = [drawn_styles(patches(), 0, 4, variant) for variant in range(3)]

    assert torch.equal(styles[0], drawn_styles(patches(), 0, 4))
    assert torch.cat(styles).unique(dim=0).shape == (6, 4)


@pytest.mark.parametrize(
    ("method", "values"),
    [("munit", {}), ("munit", {"inference_style": "bank", "bank": 16}), ("council_gan", {})],
)
def test_one_image_can_give_its_style_to_all(make, settings_of, method, values):
    translator = make(
        method, replace(settings_of(method), width=8, style_width=32, **values)
    ).eval()
    if values:
        translator.styles.get_buffer("bank").copy_(torch.randn(16, 8))
    images = torch.stack([torch.rand(3, 32, 32, generator=seeded(i)) * 2 - 1 for i in range(4)])

    with torch.inference_mode():
        own = translator.translate(images)
        with translator.styled_like(images[1:2]):
            shared = translator.translate(images)
        again = translator.translate(images)

    assert torch.equal(shared[1], own[1])
    assert not torch.equal(shared, own)
    assert torch.equal(again, own)


def seeded(seed):
    return torch.Generator().manual_seed(seed)
