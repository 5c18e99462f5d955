import json
from dataclasses import replace

import numpy as np
import pytest
import rasterio
import torch
from click.testing import CliRunner

from crosslook.cli import main
from crosslook.scenes.catalogue import write_catalogue
from crosslook.scenes.composites import composite, contract
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.stretches import OpticalComposite
from crosslook.translators.checkpoint import Card, load_translator, save_translator
from crosslook.translators.methods import create
from crosslook.translators.scenes import translate_scene
from crosslook.translators.settings import CycleGANSettings
from crosslook.translators.tiling import Tiling

TRUE_COLOUR = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)
STRETCH = OpticalComposite(reflectance=(0.0, 0.25))
OPTICAL = contract(TRUE_COLOUR, STRETCH)
SETTINGS = CycleGANSettings(width=2, blocks=1, discriminator_width=2)
CUT = ["--tile", "64", "--overlap", "32"]


@pytest.fixture
def here(tmp_path, monkeypatch, make_scene):
    """A project with the scenes harbour (optical, a corner without data) and radar."""
    monkeypatch.chdir(tmp_path)
    stored = np.random.default_rng(0).integers(200, 3000, (3, 90, 131)).astype(np.uint16)
    stored[:, 70:, :20] = 0
    scenes = [make_scene("harbour", TRUE_COLOUR, pixels=stored), make_scene("radar")]
    write_catalogue(tmp_path / "data", scenes)
    return tmp_path


@pytest.fixture
def checkpoint(here, sar_contract):
    def write(source=OPTICAL, broken=False):
        translator = create("cyclegan", SETTINGS, 3, 3, seed=0)
        if broken:
            translator.target_generator.layers[1].weight.data.fill_(torch.nan)
        card = Card("cyclegan", SETTINGS, source, sar_contract, 5, 0)
        save_translator(here / "step_000005.safetensors", translator, card)
        return "step_000005.safetensors"

    return write


def translate(*arguments):
    result = CliRunner().invoke(main, ["translate_scene", *map(str, arguments)])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def refused(result, message):
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith("Error: ")
    assert message in result.output


def test_the_fake_scene_lies_where_the_scene_lies_and_says_what_it_is(
    here, checkpoint, sar_contract
):
    result = translate(checkpoint(), "harbour", "--output", "made/fake.tif", *CUT)

    assert result.output.endswith("made/fake.tif: harbour by cyclegan, 90 x 131 px\n")
    with rasterio.open("made/fake.tif") as fake, rasterio.open("data/optical/harbour.tif") as scene:
        assert (fake.crs, fake.transform, fake.shape) == (scene.crs, scene.transform, scene.shape)
        assert (fake.count, fake.dtypes[0], fake.nodata) == (3, "uint8", 0)
        assert fake.descriptions == ("VH", "VV", "VH/VV")
        assert fake.profile["tiled"] and fake.profile["compress"] == "deflate"
        tags = fake.tags()
    assert json.loads(tags["CROSSLOOK_CONTRACT"]) == sar_contract
    assert tags["CROSSLOOK_SCENE"] == "harbour"
    made_by = json.loads(tags["CROSSLOOK_TRANSLATOR"])
    assert made_by == {"method": "cyclegan", "step": 5, "seed": 0}


def test_the_scene_is_cut_with_the_stretch_of_the_checkpoint(here, checkpoint):
    path = checkpoint()
    translate(path, "harbour", "--output", "fake.tif", *CUT)

    with rasterio.open("data/optical/harbour.tif") as scene:
        pixels = composite(scene.read(), TRUE_COLOUR, STRETCH)
    translator, _ = load_translator(here / path)
    expected = translate_scene(translator, pixels, Tiling(tile=64, overlap=32))
    with rasterio.open("fake.tif") as fake:
        found = fake.read()
    assert np.array_equal(found, expected)
    assert (found[:, 70:, :20] == 0).all()


def test_a_file_is_replaced_only_by_force(here, checkpoint):
    path, before = checkpoint(), b"mine"
    (here / "fake.tif").write_bytes(before)

    refused(
        translate(path, "harbour", "--output", "fake.tif", *CUT),
        "fake.tif exists already: choose another --output, or replace it (--force).",
    )
    assert (here / "fake.tif").read_bytes() == before
    assert translate(path, "harbour", "--output", "fake.tif", "--force", *CUT).exit_code == 0
    assert (here / "fake.tif").read_bytes() != before


def test_an_unknown_scene_is_refused_with_the_nearest(here, checkpoint):
    refused(
        translate(checkpoint(), "harbor", "--output", "fake.tif"),
        "there is no scene 'harbor' in scenes.json; there is harbour.",
    )


def test_a_scene_of_another_sensor_is_refused(here, checkpoint):
    refused(
        translate(checkpoint(), "radar", "--output", "fake.tif"),
        "scene 'radar': true colour needs bands B04, B03, B02; the scene has VV, VH",
    )


def test_a_scene_in_another_unit_is_refused(here, checkpoint):
    grey = contract(replace(TRUE_COLOUR, unit="grey8"), STRETCH)

    refused(
        translate(checkpoint(grey), "harbour", "--output", "fake.tif"),
        "scene 'harbour' has unit = 'reflectance', but step_000005.safetensors needs 'grey8'",
    )


def test_a_checkpoint_of_mixed_optical_patches_takes_both_kinds(here, checkpoint):
    mixed = OPTICAL | {"unit": "reflectance or grey8"}

    result = translate(checkpoint(mixed), "harbour", "--output", "fake.tif", *CUT)

    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tile", 100], "--tile, --overlap, --sample: tile=100 must be a multiple of 8"),
        (["--tile", 128], "overlap=96 must be a multiple of 4, and at most half of tile=128"),
        (["--output", "fake.png"], "fake.png: the result is a GeoTIFF; let --output end with"),
        (["--data", "elsewhere"], "elsewhere/scenes.json is missing"),
    ],
)
def test_impossible_wishes_are_refused(here, checkpoint, options, message):
    refused(translate(checkpoint(), "harbour", "--output", "fake.tif", *options), message)


def test_a_diverged_checkpoint_leaves_no_file(here, checkpoint):
    path = checkpoint(broken=True)

    refused(
        translate(path, "harbour", "--output", "fake.tif", *CUT),
        "step_000005.safetensors: scene 'harbour': a translated value is not finite.",
    )
    assert not list(here.glob("*fake*"))


def test_a_truncated_scene_leaves_no_file(here, checkpoint):
    image = here / "data/optical/harbour.tif"
    image.write_bytes(image.read_bytes()[:-50])

    refused(translate(checkpoint(), "harbour", "--output", "fake.tif", *CUT), "breaks off")
    assert not list(here.glob("*fake*"))
