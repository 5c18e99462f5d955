from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from crosslook.networks.statistics import SharedStatistics
from crosslook.translators.grey_speckle import GreySpeckle
from crosslook.translators.identity import Identity
from crosslook.translators.methods import TRANSLATORS, create
from crosslook.translators.pixels import to_network, to_pixels
from crosslook.translators.scenes import measure, translate_rows, translate_scene
from crosslook.translators.settings import GreySpeckleSettings, NoneSettings
from crosslook.translators.tiling import Tiling, spans
from crosslook.translators.translating import padded, translate_pixels, translate_values

LEARNT = ("cyclegan", "cut", "dclgan", "attentiongan", "munit", "council_gan")
TILING = Tiling(tile=128, overlap=64)


def coast(height=256, width=320, seed=0):
    """Dark flat sea in the west, bright textured land in the east."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[:height, :width]
    sea = np.array([12, 22, 34])[:, None, None] + rng.normal(0, 1.5, (3, height, width))
    relief = 120 + 60 * np.sin(column / 3) * np.cos(row / 5) + rng.normal(0, 25, (height, width))
    land = relief * np.array([1.0, 0.8, 0.6])[:, None, None]
    picture = np.where(column + 0.3 * row > 0.55 * width, land, sea)
    return picture.clip(1, 255).astype(np.uint8)


@pytest.fixture
def wider(settings_of):
    """A function that builds a translator wide enough to make more than noise."""

    def build(method, seed):
        settings = replace(settings_of(method), width=4, blocks=2)
        translator = create(method, settings, 3, 3, seed)
        if method in ("cut", "dclgan"):  # they start out almost grey
            translator.target_generator.layers[-2].weight.data *= 20
        return translator

    return build


def naively(translator, pixels, tile):
    """Tiles side by side, each with statistics and a style of its own."""
    made = np.zeros_like(pixels)
    for row in range(0, pixels.shape[1], tile):
        for column in range(0, pixels.shape[2], tile):
            place = (slice(None), slice(row, row + tile), slice(column, column + tile))
            made[place] = translate_pixels(translator, pixels[place])
    return made


def seam_jump(made, seams, stripe=64, k=4):
    """The jump of the mean level across columns ``seams``, over that across any other column.

    A jump is the difference of the means of k columns on either side, over a stripe of rows, in
    the band where it is largest.
    """
    bands, height, width = made.shape
    stripes = made[:, : height // stripe * stripe].astype(float)
    stripes = stripes.reshape(bands, -1, stripe, width).mean(axis=2)
    means = np.lib.stride_tricks.sliding_window_view(stripes, k, axis=2).mean(axis=3)
    jumps = np.abs(means[..., k:] - means[..., :-k]).max(axis=0)  # (stripes, columns k..width - k)
    at_seam = np.isin(np.arange(k, width - k + 1), seams)
    return jumps[:, at_seam].mean() / np.median(jumps[:, ~at_seam])


def seams_of(length, tiling):
    """Where tiles begin, end, and take over from each other."""
    found = spans(length, tiling.tile, tiling.overlap)
    ends = [span.start for span in found[1:]] + [span.stop for span in found[:-1]]
    return ends + [(a.stop + b.start) // 2 for a, b in pairwise(found)]


def reader(pixels):
    def read(window):
        column, row, width, height = window
        return pixels[:, row : row + height, column : column + width]

    return read


def whole_with_statistics_of(translator, pixels, tiling):
    """One pass over everything, with the statistics and the style that the tiles would have."""
    common = measure(translator, pixels.shape[1:], reader(pixels), tiling)
    with common.used(translator):
        values = translate_values(translator, pixels[None])[0]
    return to_pixels(values).astype(float)


class Watching(Identity):
    """Hands pixels through and remembers what came."""

    def __init__(self):
        super().__init__(3, 3, NoneSettings())
        self.batches = []

    def translate(self, source, variant=0):
        self.batches.append(source)
        return source


SEEN = pytest.mark.parametrize(
    ("method", "seed"), [("cyclegan", 1), ("cut", 1), ("munit", 1), ("council_gan", 0)]
)


@SEEN
def test_the_jump_across_seams_is_like_the_jump_elsewhere(wider, method, seed):
    translator, pixels = wider(method, seed), coast()

    made = translate_scene(translator, pixels, TILING)

    assert seam_jump(made, seams_of(pixels.shape[2], TILING)) < 1.4
    assert seam_jump(naively(translator, pixels, 128), [128, 256]) > 2


@SEEN
def test_tiles_have_the_tone_of_one_pass_only_if_they_share_statistics(
    wider, method, seed, monkeypatch
):
    translator, pixels = wider(method, seed), coast()
    whole = whole_with_statistics_of(translator, pixels, TILING)

    tiled = translate_scene(translator, pixels, TILING)
    monkeypatch.setattr(SharedStatistics, "kept", lambda self: nullcontext())
    each_its_own = translate_scene(translator, pixels, TILING)

    assert np.abs(tiled - whole).mean() < 0.1
    assert np.abs(each_its_own - whole).mean() > 5


@pytest.mark.parametrize("method", LEARNT)
def test_tiles_that_overlap_far_enough_make_exactly_what_one_pass_makes(make, method):
    translator, pixels, tiling = make(method), coast(290, 351), Tiling(tile=192, overlap=96)
    whole = whole_with_statistics_of(translator, pixels, tiling)

    tiled = translate_scene(translator, pixels, tiling)

    assert np.abs(tiled - whole).max() <= 1
    assert (tiled != whole).mean() < 0.01


@pytest.mark.parametrize("method", LEARNT)
def test_statistics_kept_from_the_whole_image_give_what_its_own_give(make, method):
    translator = make(method)
    source = padded(to_network(coast(61, 70))[None])
    shared = SharedStatistics(translator)

    with torch.inference_mode(), translator.styled_like(source):
        own = translator.translate(source)
        with shared.measured(torch.ones(1, 1, *source.shape[2:])):
            measured = translator.translate(source)
        with shared.kept():
            kept = translator.translate(source)

    assert own.std() > 1e-3
    torch.testing.assert_close(measured, own, rtol=0, atol=1e-5)
    torch.testing.assert_close(kept, own, rtol=0, atol=1e-5)


@pytest.mark.parametrize("method", LEARNT)
def test_no_pixel_is_felt_beyond_the_reach(settings_of, method):
    settings = replace(settings_of(method), blocks=TRANSLATORS[method].settings().blocks)
    translator = create(method, settings, 3, 3, seed=0).double()
    reach, middle = translator.reach_px, 104
    source = padded(to_network(coast(2 * middle, 2 * middle))[None]).double()
    other = source.clone()
    other[:, :, middle, middle] *= -1
    shared = SharedStatistics(translator)

    with torch.inference_mode(), translator.styled_like(source):
        with shared.measured(torch.ones(1, 1, 2 * middle, 2 * middle)):
            translator.translate(source)
        with shared.kept():
            change = (translator.translate(source) - translator.translate(other)).abs()

    felt = change.amax(dim=(0, 1)).nonzero() - middle
    assert 70 < felt.abs().max() <= reach


@pytest.mark.parametrize("method", LEARNT)
def test_afterwards_the_translator_is_as_it_was(make, method):
    translator, pixels = make(method).train(), coast(130, 200)
    before = translate_pixels(translator, pixels)

    translate_scene(translator, pixels, TILING)
    next(translate_rows(translator, (130, 200), reader(pixels), TILING))  # and given up halfway

    assert np.array_equal(translate_pixels(translator, pixels), before)
    assert translator.training


@pytest.mark.parametrize("size", [(64, 301), (257, 66), (190, 190), (129, 128)])
def test_a_scene_of_any_size_keeps_it(size):
    pixels = np.random.default_rng(0).integers(1, 256, (3, *size), dtype=np.uint8)

    assert np.array_equal(translate_scene(Watching(), pixels, TILING), pixels)


def test_a_scene_that_fits_into_a_tile_is_translated_like_a_patch(make):
    translator, pixels = make("munit"), coast(127, 128)

    fake = translate_scene(translator, pixels, TILING)

    assert np.array_equal(fake, translate_pixels(translator, pixels))


def test_no_more_than_a_tile_is_read_at_a_time():
    pixels, seen = coast(300, 500), []

    def read(window):
        seen.append(window)
        return reader(pixels)(window)

    strips = list(translate_rows(Watching(), (300, 500), read, TILING))

    assert max(max(window[2:]) for window in seen) == 128
    assert max(strip.shape[1] for strip in strips) == 128
    assert np.array_equal(np.concatenate(strips, axis=1), pixels)


def test_a_memory_map_is_a_scene_too(tmp_path):
    pixels = coast(130, 200)
    mapped = np.memmap(tmp_path / "scene", np.uint8, "w+", shape=pixels.shape)
    mapped[:] = pixels

    assert np.array_equal(translate_scene(Watching(), mapped, TILING), pixels)


def test_no_data_stays_no_data_and_data_stays_data(make):
    pixels = coast(200, 300)
    pixels[:, 150:, :140] = 0
    pixels[1, 20, 30] = 0  # in one band only

    fake = translate_scene(make("cut"), pixels, TILING)

    absent = (pixels == 0).any(axis=0)
    assert (fake[:, absent] == 0).all()
    assert (fake[:, ~absent] > 0).all()


def test_no_data_around_a_scene_hardly_changes_its_statistics(make):
    translator, inner = make("cyclegan"), coast(128, 128)
    framed = np.zeros((3, 256, 256), np.uint8)
    framed[:, 40:168, 40:168] = inner
    fakes = []
    for scene in (inner, framed):
        with measure(translator, scene.shape[1:], reader(scene), TILING).used(translator):
            fakes.append(to_pixels(translate_values(translator, inner[None])).astype(float))

    assert np.abs(fakes[0] - fakes[1]).mean() < 6  # 13 if it counted


def test_windows_without_data_or_texture_are_not_in_the_sample():
    pixels = coast(256, 256)
    pixels[:, :128, :192] = 0
    pixels[:, 128:, :64] = 77
    translator = Watching()

    translate_scene(translator, pixels, TILING)

    assert len(translator.batches[0]) == 8  # of 16 windows of 64 px
    assert all(len(image.unique()) > 10 for image in translator.batches[0])


def test_the_sample_is_no_larger_than_asked_for_and_spread_over_the_scene():
    pixels = np.zeros((3, 256, 256), np.uint8)
    pixels[:] = np.arange(1, 257).clip(max=255)[:, None]  # the level says the row
    translator = Watching()

    translate_scene(translator, pixels, replace(TILING, sample=4))

    rows = (translator.batches[0][:, 0, 0, 0] + 1) * 127
    assert rows.round().tolist() == [0, 64, 128, 192]


def test_tiles_without_data_are_not_translated():
    pixels = coast(128, 384)
    pixels[:, :, 128:] = 0
    translator = Watching()

    translate_scene(translator, pixels, Tiling(tile=128, overlap=0))

    assert [len(batch) for batch in translator.batches] == [2 * 2, 1]  # the sample, one tile


def test_a_scene_without_data_is_a_fake_without_data(make):
    empty = np.zeros((3, 130, 200), np.uint8)

    assert (translate_scene(make("munit"), empty, TILING) == 0).all()


def test_a_constant_scene_is_translated_without_nan(make):
    fake = translate_scene(make("council_gan"), np.full((3, 130, 200), 50, np.uint8), TILING)

    assert fake.min() >= 1


def test_a_diverged_translator_is_refused(make):
    translator = make("cut")
    translator.target_generator.layers[1].weight.data.fill_(torch.nan)

    with pytest.raises(FloatingPointError, match="not finite"):
        translate_scene(translator, coast(130, 200), TILING)


def test_tiles_too_small_for_the_method_are_refused(make):
    with pytest.raises(ValueError, match=r"overlap=96 must be .* at most half of tile=128"):
        translate_scene(make("cut"), coast(130, 200), Tiling(tile=128))


def test_speckle_is_not_blended_away_where_tiles_meet():
    translator = GreySpeckle(3, 3, GreySpeckleSettings())
    pixels = np.random.default_rng(0).integers(100, 104, (3, 300, 300), dtype=np.uint8)

    spread = translate_scene(translator, pixels, Tiling(tile=128)).astype(float).std(axis=(0, 1))

    assert spread.min() > 0.75 * spread.mean()
