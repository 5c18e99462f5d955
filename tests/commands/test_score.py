import json

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from crosslook.cli import main
from crosslook.scores import embedding


@pytest.fixture
def folders(tmp_path):
    rng = np.random.default_rng(0)
    for name, dark in (("real", 0), ("fake", 80)):
        (tmp_path / name).mkdir()
        for i in range(12):
            pixels = rng.integers(dark, 256, (32, 32, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{i:02}.png")
    return tmp_path / "real", tmp_path / "fake"


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    from crosslook.commands import score
    from crosslook.scores.forest_settings import ForestSettings

    monkeypatch.setitem(score.FORESTS, "quick", ForestSettings(2, 2, trees=5))


def run(*arguments):
    return CliRunner().invoke(main, ["score", *map(str, arguments)])


def test_two_folders_give_a_table_and_a_record(folders, tmp_path):
    result = run(*folders, "--embedder", "resnet18_random", "--output", tmp_path / "s.json")

    assert result.exit_code == 0, result.output
    assert "12 fakes against 12 real images of 32 x 32 px" in result.stdout
    assert "Fréchet distance" in result.stdout
    record = json.loads((tmp_path / "s.json").read_text())
    assert record["n"] == 12
    assert record["scores"]["crd_excess__resnet18_random"] > 0
    assert record["real"]["resnet18_random"]["fd"]["n"] == 6
    assert record["embedder"]["key"].startswith("resnet18_random-native-")


def test_a_damaged_image_is_named_and_makes_the_numbers_unequal(folders):
    (folders[1] / "03.png").write_bytes(b"damaged")

    result = run(*folders, "--embedder", "resnet18_random")

    assert result.exit_code == 1
    assert "left out: " in result.output
    assert "03.png is neither PNG nor JPEG nor TIFF" in result.output
    assert "has 12 images that can be read" in result.output
    assert "--allow-unequal" in result.output


def test_with_allow_unequal_a_random_part_is_scored_and_said(folders):
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(folders[0] / "more.png")

    result = run(*folders, "--embedder", "resnet18_random", "--allow-unequal")

    assert result.exit_code == 0, result.output
    assert "a random 12 of 13 images (seed 0)" in result.output


def test_without_weights_one_line_says_what_to_give(folders):
    result = run(*folders)

    assert result.exit_code == 1
    error = result.output.splitlines()[-1]
    assert error.startswith("Error: inception_fid has no weights")
    assert "--weights FILE --sha256 DIGITS" in error


def test_weights_are_given_by_path(folders, tmp_path, monkeypatch):
    asked = []

    def load(name, settings):
        asked.append((name, settings.weights, settings.sha256))
        raise embedding.InputError("seen")

    monkeypatch.setattr(embedding, "load_embedder", load)

    run(*folders, "--embedder", "inception_fid=w.pth", "--sha256", "0" * 64)
    run(*folders, "--weights", "w.pth", "--sha256", "0" * 64)

    assert asked == [("inception_fid", "w.pth", "0" * 64)] * 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--embedder", "vgg"], "no embedder 'vgg'; there are inception_fid"),
        (["--embedder", "inception_fid=a", "--weights", "b"], "weights are given twice, a and b"),
        (["--weights", "b", "--download"], "exclude each other"),
        (["--output", "s.txt"], "the scores are written as .json"),
    ],
)
def test_wrong_options_are_one_line(folders, options, message):
    result = run(*folders, *options)

    assert result.exit_code == 1
    assert message in result.output
    assert result.output.count("\n") == 1


def test_sizes_that_differ_are_cropped_only_when_asked(folders):
    Image.fromarray(np.zeros((40, 36, 3), np.uint8)).save(folders[0] / "03.png")

    refused = run(*folders, "--embedder", "resnet18_random")
    cropped = run(*folders, "--embedder", "resnet18_random", "--crop", 32)

    assert refused.exit_code == 1
    assert "--crop 32" in refused.output
    assert cropped.exit_code == 0, cropped.output
    assert "of 32 x 32 px, cut from the middle" in cropped.output
