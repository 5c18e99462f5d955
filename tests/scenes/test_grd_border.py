import numpy as np
import pytest

from crosslook.scenes.grd_border import find_border


def border(image, noisy=False, holes=False, slab=64):
    slabs = [image[top : top + slab] for top in range(0, len(image), slab)]
    found = find_border(slabs, image.shape, noisy, holes)
    return found.window(0, 0, *image.shape)


@pytest.fixture
def image():
    return np.full((200, 300), 90, np.uint16)


def test_an_image_without_zeros_has_no_border(image):
    assert not border(image).any()


def test_zeros_at_the_edge_are_hidden_with_9_to_16_px_more(image):
    image[:, :37] = 0  # 5 px into the fifth block

    hidden = border(image)

    assert hidden[:, : 37 + 9].all()
    assert not hidden[24:-24, 37 + 16 :].any()


@pytest.mark.parametrize("side", [np.s_[:, :3], np.s_[:, -3:], np.s_[:3], np.s_[-2:]])
def test_a_border_thinner_than_a_block_is_found_on_every_side(image, side):
    image[side] = 0

    hidden = border(image)

    assert hidden[side].all()
    assert not hidden[24:-24, 24:-24].any()


def test_steps_of_sub_swaths_are_followed(image):
    image[:40, :200] = 0
    image[:80, :100] = 0

    hidden = border(image)

    assert hidden[:40, :200].all() and hidden[:80, :100].all()
    assert not hidden[60:, 120:].any()


def test_a_dark_pixel_inside_is_signal(image):
    image[100, 100] = 0
    image[50:53, 50:53] = 0

    assert not border(image, holes=True).any()


def test_a_hole_inside_is_hidden_while_the_noise_is_in_the_image(image):
    image[80:104, 80:104] = 0

    assert not border(image).any()
    assert border(image, holes=True)[80:104, 80:104].all()


def test_noise_in_the_border_of_old_products_is_hidden(image):
    rng = np.random.default_rng(0)
    image[:, :50] = rng.integers(1, 29, (200, 50))
    image[:, :8] = 0

    assert not border(image)[:, 24:].any()
    hidden = border(image, noisy=True)
    assert hidden[:, :48].all()
    assert not hidden[:, 64:].any()


def test_dark_water_far_from_the_edge_is_kept():
    hidden = border(np.full((1200, 1200), 20, np.uint16), noisy=True)

    assert hidden[:496].all() and hidden[:, :496].all()
    assert not hidden[520:680, 520:680].any()


def test_the_result_does_not_depend_on_the_slabs(image):
    image[:40, :200] = 0
    image[150:, 280:] = 0

    assert (border(image, slab=8) == border(image, slab=200)).all()
