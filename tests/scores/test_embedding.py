import numpy as np
import pytest
import torch

from crosslook.errors import InputError
from crosslook.scores.embedder_settings import EMBEDDERS, EmbedderSettings, require_embedder
from crosslook.scores.embedding import embed, load_embedder
from crosslook.scores.embedding_resnets import seeded_resnet


def same(found, expected):
    """To 1e-5 of the longest embedding."""
    return np.abs(found - expected).max() <= 1e-5 * np.linalg.norm(expected, axis=1).max()


def patches(n, size=64, seed=0, bands=3):
    return np.random.default_rng(seed).integers(1, 256, (n, bands, size, size), np.uint8)


@pytest.fixture(scope="module")
def small():
    return load_embedder("resnet18_random")


def test_the_random_network_is_the_same_on_every_machine(small):
    assert small.key == "resnet18_random-native-c8587cb431a9"


def test_random_networks_leave_global_random_numbers_as_they_are():
    before = torch.random.get_rng_state()

    load_embedder("resnet18_random")

    assert torch.equal(torch.random.get_rng_state(), before)


def test_random_filters_sum_to_zero_but_for_one_weight():
    network, _ = seeded_resnet("resnet18")

    assert network.layer1[0].conv1.weight.sum(dim=(1, 2, 3)).abs().max() < 1e-5


def test_one_embedding_per_patch_in_order(small):
    found = embed(small, patches(3), {})

    assert found.shape == (3, small.dimensions) == (3, 512)
    assert found.dtype == np.float32
    assert same(embed(small, patches(3)[2:], {}), found[2:])


def test_the_batch_changes_nothing_but_rounding(small):
    one, eight = (embed(small, patches(9), {}, batch=batch) for batch in (1, 8))

    assert same(one, eight)


def test_batches_may_come_one_after_the_other(small):
    several = embed(small, iter([patches(5)[:2], patches(5)[2:]]), {})

    assert same(several, embed(small, patches(5), {}))


def test_a_random_embedding_scales_with_contrast(small):
    weak = (patches(2) - 127.5) / 63.75

    strong, scaled = (small(torch.from_numpy(x).float()).detach() for x in (weak, 3 * weak))

    torch.testing.assert_close(scaled, 3 * strong, rtol=1e-4, atol=1e-4)


def test_the_size_is_part_of_the_key(small):
    other = load_embedder("resnet18_random", EmbedderSettings(size_px=96))

    assert other.key == small.key.replace("native", "bicubic96")
    assert "96 x 96" in other.preprocessing


def test_two_bands_are_refused(small):
    with pytest.raises(InputError, match="resnet18_random takes patches of 3 bands, got 2"):
        embed(small, patches(1, bands=2), {})


def test_floats_are_refused(small):
    with pytest.raises(ValueError, match="expected uint8"):
        embed(small, patches(1).astype(np.float32), {})


def test_no_patch_is_refused(small):
    with pytest.raises(ValueError, match="no patch"):
        embed(small, patches(0), {})


def test_an_embedding_that_is_not_finite_is_refused():
    embedder = load_embedder("resnet18_random")
    embedder.network.bn1.weight.data[0] = torch.nan

    with pytest.raises(InputError, match="not finite"):
        embed(embedder, patches(1), {})


def test_an_unknown_name_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=f"no embedder 'vgg'; there are {', '.join(EMBEDDERS)}"):
        require_embedder("vgg")


def test_a_path_and_a_download_exclude_each_other():
    with pytest.raises(ValueError, match="exclude each other"):
        EmbedderSettings(weights="w.pth", download=True)


def test_a_short_sha256_is_refused():
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        EmbedderSettings(weights="w.pth", sha256="6726825d")
