"""What docs/adding-a-translator.md shows is true."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from crosslook import params
from crosslook.patches.patch_set import Patch, read_patch_set, write_patch_set
from crosslook.results import digest_folder
from crosslook.translators.checkpoint import list_checkpoints, load_translator
from crosslook.translators.making import make_checkpoints
from crosslook.translators.methods import TRANSLATORS, Method
from crosslook.translators.settings import Schedule, Training
from crosslook.translators.translating import TranslateJob, translate_set

PAGE = (Path(__file__).parents[1] / "docs/adding-a-translator.md").read_text()
CONTRACT = {"unit": "u", "stretch": [[0, 1]] * 3, "ratio": None}
TRAINING = Training(
    steps=6,
    checkpoints=(3, 6),
    crop=64,
    schedule=Schedule(3, 3, "iterations"),
    save_every=2,
    log_every=1,
    threads=1,
    precision="float32",
)


def block(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return found


@pytest.fixture
def pixelgan(tmp_path, monkeypatch):
    """The page's file as a module, and its line in the dict."""
    path = tmp_path / "pixelgan.py"
    path.write_text(block("python"))
    spec = importlib.util.spec_from_file_location("pixelgan", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "pixelgan", module)
    spec.loader.exec_module(module)
    method = Method(module.PixelGAN, module.PixelGANSettings)
    monkeypatch.setitem(TRANSLATORS, "pixelgan", method)
    return method


@pytest.fixture
def settings(pixelgan):
    section = yaml.safe_load(block("yaml"))["train_translator"]["pixelgan"]
    return params.build(pixelgan.settings, section, "train_translator.pixelgan")


@pytest.fixture
def sets(tmp_path):
    rng = np.random.default_rng(0)
    found = []
    for sensor in ("optical", "sar"):
        bands = [f"{sensor}{i}" for i in range(3)]
        contract = CONTRACT | {"sensor": sensor, "composite_bands": bands}
        transform = (10, 0, 0, 0, -10, 0)
        patches = [
            (
                Patch(f"p{i}", "s", (0, 0, 66, 66), "EPSG:32630", transform),
                rng.integers(1, 256, size=(3, 66, 66), dtype=np.uint8),
            )
            for i in range(2)
        ]
        found.append(write_patch_set(tmp_path / sensor, patches, contract))
    return found


def train(settings, sets, folder, say=lambda words: None):
    return make_checkpoints("pixelgan", settings, TRAINING, 0, *sets, folder, say)


def test_the_toy_trains_and_its_losses_are_logged(settings, sets, tmp_path):
    made = train(settings, sets, tmp_path / "w")

    record = json.loads((made / "record.json").read_text())
    assert record["checkpoints"] == [3, 6]
    assert set(record["losses"][0]) == {
        "step",
        "discriminator/fake",
        "discriminator/real",
        "generator",
        "closeness",
    }


def test_the_toy_goes_on_after_a_kill_with_the_same_bytes(settings, sets, tmp_path):
    whole = train(settings, sets, tmp_path / "whole")

    def die(words):
        if "step 6" in words:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(settings, sets, tmp_path / "killed", die)
    said = []
    resumed = train(settings, sets, tmp_path / "killed", said.append)

    assert said[0].startswith("going on after step")
    assert digest_folder(resumed) == digest_folder(whole)


def test_the_toys_checkpoints_translate_a_labelled_set(settings, sets, tmp_path):
    made = train(settings, sets, tmp_path / "w")
    newest = list_checkpoints(made)[-1]

    translate_set(TranslateJob(newest, sets[0].folder, tmp_path / "fakes"))

    translator, card = load_translator(newest, "pixelgan")
    fakes = read_patch_set(tmp_path / "fakes/patches")
    assert (card.step, len(fakes), fakes.pixels(0).shape) == (6, 2, (3, 66, 66))
    assert type(translator).__name__ == "PixelGAN"


def test_the_toy_refuses_what_it_cannot_do(pixelgan, settings):
    with pytest.raises(ValueError, match="2 source and 3 target bands"):
        pixelgan.build(2, 3, settings)


def test_the_page_shows_the_line_that_the_code_needs():
    assert '"pixelgan": Method(PixelGAN, PixelGANSettings)' in PAGE
