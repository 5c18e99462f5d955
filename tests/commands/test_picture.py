import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from PIL import Image

from crosslook import params
from crosslook.commands.picture import command
from crosslook.errors import InputError
from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.scenes.catalogue import write_catalogue

UNLABELLED = {"size_px": 16, "stride_px": 16}
DETECTION = {"size_px": 32, "negatives_per_scene": 1}
CONTRACT = {"sensor": "s", "unit": "u", "composite_bands": ["a", "b", "c"], "ratio": None}


def write(folder, count=3):
    patches = [
        (
            Patch(f"p{i}", "s", (0, 0, 32, 32), "EPSG:32630", (10, 0, 0, 0, -10, 0)),
            np.full((3, 32, 32), 50 * (i + 1), np.uint8),
        )
        for i in range(count)
    ]
    images = [
        {"id": i + 1, "file_name": f"p{i}.tif", "width": 32, "height": 32} for i in range(count)
    ]
    coco = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "port"}]}
    write_patch_set(folder, patches, CONTRACT | {"stretch": [[0, 1]] * 3}, coco)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    params.load.cache_clear()
    values = {"translations": ["none", "cut", "munit"], "detectors": ["faster_rcnn"]}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values))
    write(tmp_path / "build/tile/optical_labelled")
    write(tmp_path / "build/tile/sar", 5)
    for step in ("step_000090", "step_000100", "step_000100_average"):
        write(tmp_path / "build/translate/cut" / step)
    yield tmp_path
    params.load.cache_clear()


def run(*words):
    return CliRunner().invoke(command, words, catch_exceptions=False)


def test_fakes_need_no_detector(project):
    said = run("--fakes", "--output", "a.png", "--columns", "2")

    # Optical, cut (munit has no fakes yet, none is no fake), real SAR.
    assert said.output == "a.png: 3 rows of 2 patches\n"
    with Image.open(project / "a.png") as picture:
        assert picture.width > picture.height / 2


def test_other_kinds_of_picture_are_refused(project):
    with pytest.raises(InputError, match=r"a\.gif: a picture is written as \.jpg or \.png"):
        run("--fakes", "--output", "a.gif")


def test_scenes_need_no_stage(project, make_scene):
    values = {"tile": {"classes": [], "unlabelled": UNLABELLED, "detection": DETECTION}}
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    write_catalogue(project / "data", [make_scene("radar")])

    assert run("--scenes", "--output", "a.png").output == "a.png: the composites of data/\n"
    with Image.open(project / "a.png") as picture:
        assert picture.size == (300, 324)
