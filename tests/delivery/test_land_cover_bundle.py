import pytest
import torch

from crosslook.classifier.checkpoint import load_classifier
from crosslook.delivery.land_cover_bundle import (
    make_recipe,
    read_model,
    read_recipe,
    write_bundle,
)
from crosslook.errors import CheckpointError


@pytest.fixture
def recipe_of(write_classifier, tmp_path):
    """A function that writes a model; returns its recipe and its file."""

    def make(seed=0, name="model"):
        path = write_classifier(tmp_path / f"{name}.safetensors", seed)
        return make_recipe(path, load_classifier(path)[1]), path

    return make


@pytest.fixture
def bundle(recipe_of, tmp_path):
    write_bundle(tmp_path / "bundle", *recipe_of())
    return tmp_path / "bundle"


def test_what_is_read_is_what_was_written(bundle, recipe_of):
    recipe, path = recipe_of()
    network, card = read_model(bundle)

    assert read_recipe(bundle) == recipe
    assert recipe.card["sensors"]["s1"]["bands"] == ["VV", "VH"]
    assert (card.classes, card.size_px) == (("forest", "water"), 8)
    expected = load_classifier(path)[0].state_dict()
    assert all(torch.equal(one, expected[name]) for name, one in network.state_dict().items())


def test_a_bundle_is_a_card_and_safetensors(bundle):
    assert sorted(path.name for path in bundle.iterdir()) == [
        "land_cover.json",
        "model.safetensors",
    ]


def test_the_same_model_gives_the_same_digest_and_bytes(bundle, recipe_of, tmp_path):
    recipe, path = recipe_of(name="again")
    write_bundle(tmp_path / "again", recipe, path)

    assert read_recipe(bundle).digest == recipe.digest
    for file in bundle.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_other_weights_give_another_digest(recipe_of):
    assert recipe_of(0)[0].digest != recipe_of(1)[0].digest


def test_other_bytes_than_the_card_names_are_refused(bundle, write_classifier):
    write_classifier(bundle / "model.safetensors", 7)

    with pytest.raises(CheckpointError, match=r"other bytes than land_cover\.json names"):
        read_model(bundle)


@pytest.mark.parametrize("text", ["{", "{}", '{"format": 99}', "[]"])
def test_a_damaged_card_is_refused(bundle, text):
    (bundle / "land_cover.json").write_text(text)

    with pytest.raises(CheckpointError, match="not a whole land-cover model"):
        read_recipe(bundle)


def test_a_missing_bundle_says_how_to_make_it(tmp_path):
    with pytest.raises(CheckpointError, match=r"is missing: run 'crosslook promote'"):
        read_recipe(tmp_path)
