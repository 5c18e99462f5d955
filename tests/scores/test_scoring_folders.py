from pathlib import Path

import numpy as np
import pytest
import torch

from crosslook.scores.embedding import Embedder
from crosslook.scores.embedding_preparing import preparation
from crosslook.scores.folders import Folder
from crosslook.scores.forest_settings import ForestSettings
from crosslook.scores.scoring_folders import PARTS, Spectra, compare, look

FEW = ForestSettings(smallest=2, largest=2, trees=10)


class Means(torch.nn.Module):
    """Mean and deviation of each band: six numbers."""

    def __init__(self):
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return torch.cat([x.mean(dim=(2, 3)) + 3, x.std(dim=(2, 3))], 1)


@pytest.fixture
def embedder():
    return Embedder("resnet18_random", Means(), preparation("resnet18_random", 0), "0" * 64)


def folder(count, seed=0, dark=0, scenes=None):
    pixels = np.random.default_rng(seed).integers(dark, 256, (count, 3, 32, 32), np.uint8)
    names = tuple(map(str, range(count)))
    contract = None if scenes is None else {}
    return Folder(Path("x"), names, lambda i: pixels[i], ((32, 32),) * count, scenes, contract)


def test_equal_folders_score_better_than_brighter_ones(embedder):
    real = folder(24)

    equal, brighter = (
        compare(look(real, folder(24, seed=1, dark=dark), embedder), 24, FEW)["scores"]
        for dark in (0, 60)
    )

    assert equal["fd__resnet18_random"] < brighter["fd__resnet18_random"]
    assert equal["kid__resnet18_random"] < brighter["kid__resnet18_random"]
    assert equal["forest_log_loss__resnet18_random"] > brighter["forest_log_loss__resnet18_random"]


def test_at_n_of_all_real_images_the_fakes_are_scored_at_half_too(embedder):
    record = compare(look(folder(24), folder(24, seed=1), embedder), 24, FEW)

    assert record["n"] == 24
    assert {one["n"] for one in record["real"]["resnet18_random"].values()} == {12}
    assert record["details"]["fd__resnet18_random"]["at_n"]["n"] == 12


def test_with_twice_as_many_real_images_real_against_real_has_the_same_n(embedder):
    record = compare(look(folder(30), folder(15, seed=1), embedder), 15, FEW)

    assert {one["n"] for one in record["real"]["resnet18_random"].values()} == {15}
    assert "at_n" not in record["details"].get("fd__resnet18_random", {})


def test_of_more_fakes_a_seeded_choice_is_scored(embedder):
    seen = look(folder(12), folder(30, seed=1), embedder)

    first, again, other = (compare(seen, 12, FEW, seed)["scores"] for seed in (0, 0, 1))

    assert first == again
    assert first["fd__resnet18_random"] != other["fd__resnet18_random"]


def test_scenes_are_kept_together_where_both_sides_have_four(embedder):
    four = tuple("abcd") * 6
    pair = folder(24, scenes=four), folder(24, seed=1, scenes=four)

    assert look(*pair, embedder).groups == "scenes"
    assert look(folder(24, scenes=tuple("abc") * 8), pair[1], embedder).groups == "each image alone"
    assert look(folder(24), pair[1], embedder).groups == "each image alone"


def test_progress_counts_every_image_and_every_part(embedder):
    images, parts = [], []

    seen = look(folder(20), folder(12, seed=1), embedder, embedded=images.append)
    compare(seen, 12, FEW, scored=parts.append)

    assert sum(images) == 32
    assert sum(parts) == PARTS


def test_a_planted_grid_shows_in_the_checkerboard_index(embedder):
    grid = np.zeros((12, 3, 32, 32), np.uint8)
    grid[..., ::2] = 40
    grid += np.random.default_rng(0).integers(0, 10, grid.shape, np.uint8)
    planted = Folder(Path("x"), tuple("abcdefghijkl"), lambda i: grid[i], ((32, 32),) * 12)

    record = compare(look(folder(12), planted, embedder), 12, FEW)

    assert record["scores"]["checkerboard"] > 10
    assert record["real"]["checkerboard"] < 2


def test_black_is_a_value():
    spectra = Spectra()

    spectra.add(np.zeros((2, 3, 32, 32), np.uint8))

    assert spectra.index() == 1.0


def test_small_images_have_no_spectrum():
    spectra = Spectra()

    spectra.add(np.ones((2, 3, 31, 64), np.uint8))

    assert spectra.index() is None


def test_spectra_of_batches_are_those_of_all():
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 34, 32), np.uint8)
    at_once, apart = Spectra(), Spectra()

    at_once.add(images)
    apart.add(images[:2])
    apart.add(images[2:])

    assert apart.index() == pytest.approx(at_once.index())
