import itertools

import pytest
import torch

from crosslook.translators.tiling import Tiling, spans

CUTS = list(itertools.product((300, 301, 302, 303, 304, 1000, 1237), (64, 96, 128), (0, 4, 20, 32)))


def test_two_tiles_fade_into_each_other_in_the_middle_quarter_of_their_overlap():
    first, second = spans(112, tile=64, overlap=16)

    assert (first.start, first.stop, second.start, second.stop) == (0, 64, 48, 112)
    fading = torch.tensor([0.875, 0.625, 0.375, 0.125])
    assert first.weights.tolist() == [1.0] * 54 + fading.tolist() + [0.0] * 6
    assert second.weights.tolist() == [0.0] * 6 + fading.flip(0).tolist() + [1.0] * 54


@pytest.mark.parametrize(("length", "tile", "overlap"), CUTS)
def test_everywhere_the_tiles_count_one_together(length, tile, overlap):
    total = torch.zeros(length)

    for span in spans(length, tile, overlap):
        assert span.weights.min() >= 0
        total[span.start : span.stop] += span.weights

    torch.testing.assert_close(total, torch.ones(length))


@pytest.mark.parametrize(("length", "tile", "overlap"), CUTS)
def test_tiles_start_on_the_grid_of_the_network_and_overlap_enough(length, tile, overlap):
    found = spans(length, tile, overlap)

    assert all(span.start % 4 == 0 for span in found)
    assert all(a.start + tile - b.start >= overlap for a, b in itertools.pairwise(found))
    assert found[-1].stop == length
    assert all(tile - 4 < span.stop - span.start <= tile for span in found)


def test_what_fits_into_one_tile_is_one_tile():
    (span,) = spans(63, tile=64, overlap=32)

    assert (span.start, span.stop, span.weights.sum().item()) == (0, 63, 63)


@pytest.mark.parametrize("values", [{"tile": 60}, {"tile": 132}, {"sample": 0}])
def test_impossible_tiles_are_refused(values):
    with pytest.raises(ValueError, match="must be a multiple of 8 from 64 up"):
        Tiling(**values)


@pytest.mark.parametrize("overlap", [-4, 6, 68])
def test_impossible_overlaps_are_refused(overlap):
    with pytest.raises(ValueError, match=f"overlap={overlap} must be a multiple of 4, and at most"):
        Tiling(tile=128, overlap=overlap).overlap_for(96)


def test_the_overlap_is_the_reach_if_nothing_else_is_asked_for():
    assert Tiling().overlap_for(96) == 96
    assert Tiling(overlap=0).overlap_for(96) == 0
