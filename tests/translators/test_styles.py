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
