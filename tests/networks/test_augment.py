import pytest
import torch

from crosslook.networks.augment import View, draw_view, show

ALL = ("flip", "translation", "cutout")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def images(batch=64, side=16):
    """Every pixel has a value of its own, none is 0, and the second band is ten times the first."""
    band = torch.arange(1.0, batch * side * side + 1).view(batch, 1, side, side)
    return torch.cat([band, 10 * band], dim=1)


def shown(*changes, batch=64, side=16):
    return show(images(batch, side), draw_view(changes, batch, side, side, generator()))


def test_a_view_says_which_pixel_stands_where():
    image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    view = View(
        rows=torch.tensor([[1, 0]]),
        columns=torch.tensor([[1, 1]]),
        seen=torch.tensor([[[True, True], [False, True]]]),
    )

    assert show(image, view).tolist() == [[[[4.0, 4.0], [0.0, 2.0]]]]


def test_without_changes_an_image_stays_as_it_is():
    assert torch.equal(shown(), images())


def test_flips_mirror_each_axis_half_of_the_times():
    flipped = shown("flip", batch=200)
    kinds = [(), (2,), (3,), (2, 3)]

    counts = [
        sum(
            torch.equal(found, image.flip([axis - 1 for axis in axes]))
            for found, image in zip(flipped, images(200), strict=True)
        )
        for axes in kinds
    ]

    assert sum(counts) == 200
    assert min(counts) > 30


def test_images_are_shifted_by_up_to_an_eighth_and_grey_comes_in():
    moved, shifts = shown("translation"), set()

    for found, image in zip(moved, images(), strict=True):
        y, x = (found[0] != 0).nonzero()[0].tolist()
        top, left = (image[0] == found[0, y, x]).nonzero()[0].tolist()
        shifts.add((top - y, left - x))
        inside = torch.roll(image, (y - top, x - left), (1, 2)) == found
        assert (found[~inside] == 0).all()
        assert (found[0] == 0).sum() == 256 - (16 - abs(top - y)) * (16 - abs(left - x))
    assert {y for y, _ in shifts} == {x for _, x in shifts} == {-2, -1, 0, 1, 2}
    assert len(shifts) > 10  # each image has a draw of its own


def test_the_hole_has_half_the_sides_and_its_centre_in_the_image():
    areas = (shown("cutout")[:, 0] == 0).sum((1, 2)).tolist()

    assert max(areas) == 8 * 8
    assert min(areas) >= 4 * 4
    assert len(set(areas)) > 5


def test_no_value_is_made_up_and_bands_stay_together():
    found = shown(*ALL)

    assert torch.equal(found[:, 1], 10 * found[:, 0])
    for one, image in zip(found, images(), strict=True):
        assert set(one.unique().tolist()) <= set(image.unique().tolist()) | {0.0}


def test_images_need_not_be_square():
    view = draw_view(ALL, 2, 8, 24, generator())

    assert show(torch.ones(2, 3, 8, 24), view).shape == (2, 3, 8, 24)


def test_gradients_go_to_the_pixels_that_are_seen():
    image = images(1)[:, :1].requires_grad_()

    found = show(image, draw_view(ALL, 1, 16, 16, generator(3)))
    found.sum().backward()

    seen = set(found[found != 0].tolist())
    assert image.grad.sum() == len(seen)
    assert set(image[image.grad == 1].tolist()) == seen


def test_it_has_a_second_gradient():
    image = torch.randn(1, 1, 8, 8, dtype=torch.float64).requires_grad_()
    view = draw_view(ALL, 1, 8, 8, generator())

    assert torch.autograd.gradgradcheck(lambda x: show(x, view).square(), image)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_precision_is_kept_in_every_layout(layout):
    image = images(2).bfloat16().contiguous(memory_format=layout)
    view = draw_view(ALL, 2, 16, 16, generator())

    found = show(image, view)

    assert found.dtype == torch.bfloat16
    assert torch.equal(found, show(image.contiguous(), view))


def test_the_generator_alone_decides():
    torch.manual_seed(0)
    first = shown(*ALL)
    torch.manual_seed(1)

    assert torch.equal(first, shown(*ALL))
