import numpy as np
import pytest

from crosslook.detectors.shapes import FIGURES, draw_shapes


def draw(seed, size=96):
    return draw_shapes(np.random.default_rng(seed), size, 12.0, 80.0)


def test_the_same_seed_draws_the_same_patch():
    (a, boxes_a), (b, boxes_b) = draw(3), draw(3)

    assert np.array_equal(a, b)
    assert np.array_equal(boxes_a, boxes_b)


@pytest.mark.parametrize("seed", range(20))
def test_patches_are_data_everywhere_and_boxes_lie_inside(seed):
    pixels, boxes = draw(seed)

    assert pixels.shape == (3, 96, 96)
    assert pixels.dtype == np.uint8
    assert pixels.min() >= 1
    assert boxes.shape[1] == 4
    assert (boxes >= 0).all()
    assert (boxes <= 96).all()
    assert ((boxes[:, 2:] - boxes[:, :2]) >= 12.0 - 1e-3).all()


def test_any_number_of_bands_can_be_drawn():
    assert draw_shapes(np.random.default_rng(0), 64, 12.0, 60.0, bands=2)[0].shape == (2, 64, 64)


def test_some_patches_have_no_figure_and_most_have():
    counts = [len(draw(seed)[1]) for seed in range(40)]

    assert 0 in counts
    assert np.mean(np.array(counts) > 0) > 0.5


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_fills_about_the_unit_square(figure):
    x1, y1, x2, y2 = figure(np.random.default_rng(0), 0.1).bounds

    assert max(x2 - x1, y2 - y1) == pytest.approx(1.0, abs=0.35)
