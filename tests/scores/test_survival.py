import numpy as np
import pytest

from crosslook.scores.survival import (
    Reference,
    Verdict,
    brightest_band,
    contrasts,
    reference,
    survival,
    verdicts,
)

BOX = np.array([[20.0, 24.0, 36.0, 36.0]])
REAL = Reference(median=4.0, boxes=10, share=0.9)


def noise(seed=0):
    return np.random.default_rng(seed).normal(0, 1, (64, 64))


def planted(dx=0, dy=0, size=6.0, seed=0):
    """An object of 16 x 12 px on noise."""
    image = noise(seed)
    image[24 + dy : 36 + dy, 20 + dx : 36 + dx] += size
    return image


def fate(source, fake):
    return verdicts(source, fake, BOX, REAL)[0].fate


def test_contrast_is_the_gap_to_the_ring_in_its_deviations():
    image = np.zeros((20, 20))
    image[:, ::2] = 2.0  # background of mean 1 and standard deviation 1
    image[8:12, 8:12] = 6.0
    image[0:3, 0:3] = 99.0  # outside the ring, which is 4 px wide

    assert contrasts(image, np.array([[8.0, 8.0, 12.0, 12.0]])) == pytest.approx([5.0])


def test_the_ring_of_a_large_box_is_a_quarter_of_it_wide():
    image = np.zeros((80, 80))
    image[:, ::2] = 2.0
    image[20:60, 20:60] = 6.0
    image[:9, :] = image[71:, :] = 99.0  # more than 10 px away

    assert contrasts(image, np.array([[20.0, 20.0, 60.0, 60.0]])) == pytest.approx([5.0])


def test_a_neighbour_is_no_background():
    image = np.zeros((20, 20))
    image[:, ::2] = 2.0
    image[8:12, 8:12] = image[8:12, 13:15] = 6.0
    boxes = np.array([[8.0, 8.0, 12.0, 12.0], [13.0, 8.0, 15.0, 12.0]])

    assert contrasts(image, boxes)[0] == pytest.approx(5.0, abs=0.2)
    assert contrasts(image, boxes[:1])[0] < 4


def test_a_box_that_fills_the_image_has_no_ring():
    assert np.isnan(contrasts(noise(), np.array([[0.0, 0.0, 64.0, 64.0]]))).all()


def test_a_planted_object_survives():
    found = verdicts(planted(), planted(seed=1), BOX, REAL)[0]

    assert found.fate == "survived"
    assert found.contrast == pytest.approx(6, abs=1)
    assert found.shift_px == (0, 0)


def test_an_erased_object_vanished():
    assert fate(planted(), noise(1)) == "vanished"


def test_an_object_that_turned_dark_vanished():
    assert fate(planted(), planted(size=-6, seed=1)) == "vanished"


def test_a_dark_object_survives_where_real_ones_are_dark():
    dark = Reference(median=-4.0, boxes=10, share=0.9)
    assert verdicts(planted(), planted(size=-6, seed=1), BOX, dark)[0].fate == "survived"


@pytest.mark.parametrize("dx, dy", [(5, 0), (0, -4), (-4, 3)])
def test_a_moved_object_moved_by_so_much(dx, dy):
    found = verdicts(planted(), planted(dx, dy, seed=1), BOX, REAL)[0]

    assert (found.fate, found.shift_px) == ("moved", (dx, dy))


def test_less_than_a_quarter_of_the_box_is_no_move():
    found = verdicts(planted(), planted(2, 2, seed=1), BOX, REAL)[0]  # 2.8 of 13.9 px

    assert (found.fate, found.shift_px) == ("survived", (2, 2))


def test_a_box_at_the_border_is_judged():
    source, fake = (np.roll(planted(seed=s), (-24, -20), (0, 1)) for s in (0, 1))
    found = verdicts(source, fake, BOX - [20, 24, 20, 24], REAL)[0]

    assert (found.fate, found.shift_px) == ("survived", (0, 0))


def test_without_edges_in_the_source_only_contrast_judges():
    found = verdicts(np.zeros((64, 64)), planted(), BOX, REAL)[0]

    assert (found.fate, found.shift_px) == ("survived", None)


def test_scale_and_offset_of_the_source_do_not_matter():
    one = verdicts(planted(), planted(5, 0, seed=1), BOX, REAL)
    assert verdicts(30 * planted() - 7, planted(5, 0, seed=1), BOX, REAL) == one


def test_the_reference_is_the_median_of_real_boxes_and_how_many_would_survive():
    images = [planted(size=size, seed=i) for i, size in enumerate([6.0, 6.0, 6.0, 0.0])]
    found = reference(images, [BOX] * 4)

    assert found.median == pytest.approx(6, abs=1)
    assert (found.boxes, found.share) == (4, 0.75)


def test_unjudged_boxes_are_in_no_share():
    fates = ["survived", "survived", "vanished", "moved", "unjudged"]
    found = survival([Verdict((0, 0, 1, 1), fate, None, None) for fate in fates])

    assert (found.survived, found.vanished, found.moved, found.unjudged) == (2, 1, 1, 1)
    assert found.share == 0.5


def test_the_brightest_band_has_the_largest_mean():
    assert brightest_band(np.array([[[[1.0]], [[5.0]], [[2.0]]]])) == 1


def test_real_boxes_that_do_not_stand_out_are_no_reference():
    with pytest.raises(ValueError, match="1 real boxes have a median contrast"):
        reference([np.zeros((64, 64))], [BOX])


def test_an_empty_box_is_refused():
    with pytest.raises(ValueError, match="1 of 1 boxes are empty"):
        contrasts(noise(), np.array([[5.0, 5.0, 5.0, 9.0]]))
