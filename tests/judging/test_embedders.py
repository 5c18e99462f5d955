import numpy as np
import pytest
import torch

from crosslook.errors import InputError, MissingWeightsError
from crosslook.judging.embedders import load_embedder
from crosslook.judging.land_cover import digest, prepared, read_model
from crosslook.scores import embedding
from crosslook.scores.embedder_settings import CLASSIFIER, EmbedderSettings
from crosslook.scores.embedding import embed


@pytest.fixture
def path(write_reader, tmp_path):
    return write_reader(tmp_path / "model.safetensors")


@pytest.fixture
def embedder(path):
    return load_embedder(CLASSIFIER, EmbedderSettings(weights=str(path)))


def noise(n=3, size=32, seed=0):
    return np.random.default_rng(seed).integers(1, 256, (n, 3, size, size), np.uint8)


def test_the_embedding_is_the_mean_of_the_merged_vectors_of_the_windows(embedder, path, sar):
    pixels, model = noise(), read_model(path)

    found = embed(embedder, pixels, sar)

    seen = torch.from_numpy(prepared(pixels, sar, model.card.sensors["s1"]))
    corners = [(0, 0), (0, 16), (16, 0), (16, 16)]
    with torch.inference_mode():
        each = [model.network.embed("s1", seen[..., r : r + 16, c : c + 16]) for r, c in corners]
    assert found.shape == (3, embedder.dimensions) == (3, 16)
    assert found == pytest.approx(torch.stack(each).mean(dim=0).numpy(), abs=1e-5)


def test_the_contract_decides_whose_networks_see_the_patches(embedder, sar, optical):
    of_sar, of_optical = embed(embedder, noise(), sar), embed(embedder, noise(), optical)

    assert of_sar.shape == of_optical.shape
    assert abs(of_sar - of_optical).max() > 1e-3


def test_windows_without_data_are_left_out_of_the_mean(embedder, sar):
    whole = noise(1)
    torn = whole.copy()
    torn[:, :, :16, :16] = 0

    found = embed(embedder, torn, sar)

    others = [whole[:, :, :16, 16:], whole[:, :, 16:, :16], whole[:, :, 16:, 16:]]
    expected = np.mean([embed(embedder, one, sar) for one in others], axis=0)
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_patch_without_data_is_refused(embedder, sar):
    with pytest.raises(InputError, match="has no window of 16 px with half of its pixels valid"):
        embed(embedder, np.zeros((1, 3, 32, 32), np.uint8), sar)


def test_the_key_names_network_windows_and_weights(embedder, path):
    assert embedder.key == f"crosslook_classifier-windows16-{digest(path)[:12]}"
    assert "s1 (VV, VH) or s2 (B04, B03, B02)" in embedder.preprocessing


@pytest.mark.parametrize(
    ("size", "changes", "message"),
    [
        (32, {"composite_bands": []}, "crosslook_classifier needs bands in physical units; "),
        (12, {}, "crosslook_classifier reads windows of 16 px, and these patches have 12 x 12"),
    ],
)
def test_patches_that_it_cannot_see_are_refused_in_one_line(embedder, sar, size, changes, message):
    with pytest.raises(InputError, match=message):
        embed(embedder, noise(size=size), sar | changes)


def test_a_sha256_is_checked_if_it_is_given(path):
    good = EmbedderSettings(weights=str(path), sha256=digest(path))

    assert load_embedder(CLASSIFIER, good).dimensions == 16
    with pytest.raises(InputError, match="expected 0000"):
        load_embedder(CLASSIFIER, EmbedderSettings(weights=str(path), sha256="0" * 64))


@pytest.mark.parametrize("weights", ["", "none.safetensors"])
def test_without_weights_the_reason_names_the_stage_that_makes_them(weights):
    with pytest.raises(MissingWeightsError, match="train_classifier"):
        load_embedder(CLASSIFIER, EmbedderSettings(weights=weights))


@pytest.mark.parametrize("values", [{"size_px": 64}, {"download": True}])
def test_what_it_cannot_be_told_is_refused(values):
    with pytest.raises(InputError, match="take size_px and download out"):
        load_embedder(CLASSIFIER, EmbedderSettings(**values))


def test_the_other_networks_are_those_of_the_scores():
    assert load_embedder("resnet18_random").key == "resnet18_random-native-c8587cb431a9"
    with pytest.raises(ValueError, match="is loaded by crosslook"):
        embedding.load_embedder(CLASSIFIER)
