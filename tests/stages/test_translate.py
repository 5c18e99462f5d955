import json
import shutil

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from crosslook import params
from crosslook.errors import CheckpointError, ParamsError, RadiometryError, StaleError
from crosslook.patches.patch_set import Patch, read_patch_set, write_patch_set
from crosslook.results import digest_folder
from crosslook.stages import train_translator, translate
from crosslook.translators import translating

VALUES = {
    "seed": 0,
    "translations": ["none", "cyclegan", "munit", "real_sar"],
    "detectors": ["faster_rcnn"],
    "train_translator": {
        "every": {
            "steps": 2,
            "checkpoints": [1, 2],
            "crop": 32,
            "schedule": {"clock": "iterations", "constant": 1, "decay": 1},
            "threads": 1,
        },
        "cyclegan": {"width": 2, "blocks": 1, "discriminator_width": 2},
        "munit": {"width": 2, "blocks": 1, "discriminator_width": 2, "scales": 2},
    },
    "translate": {"workers": 1, "threads": 1},
}
COCO = {
    "images": [{"id": 1, "file_name": "p0.tif", "width": 33, "height": 33}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0}
    ],
    "categories": [{"id": 1, "name": "port"}],
}


def write_set(folder, sensor, labelled=False, top=0.3):
    rng = np.random.default_rng(len(sensor))
    contract = {
        "sensor": sensor,
        "unit": "u",
        "stretch": [[0, top]] * 3,
        "ratio": None,
        "composite_bands": [f"{sensor}{i}" for i in range(3)],
    }
    patch = Patch("p0", "s", (0, 0, 33, 33), "EPSG:32630", (10, 0, 0, 0, -10, 0))
    pixels = rng.integers(1, 256, size=(3, 33, 33), dtype=np.uint8)
    pixels[:, :2, :2] = 0
    write_patch_set(folder, [(patch, pixels)], contract, COCO if labelled else None)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    params.load.cache_clear()
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(VALUES))
    for sensor in ("optical", "sar"):
        write_set(tmp_path / f"build/tile/{sensor}", sensor)
        write_set(tmp_path / f"build/tile/{sensor}_labelled", sensor, labelled=True)
    yield tmp_path
    params.load.cache_clear()


def run(stage, translation):
    result = CliRunner().invoke(stage.command, [translation], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def fakes(project, translation, name):
    return read_patch_set(project / "build/translate" / translation / name)


def test_every_checkpoint_gives_a_labelled_set_with_the_contract_of_the_target(project):
    run(train_translator, "cyclegan")
    run(translate, "cyclegan")

    for name in ("step_000001", "step_000002"):
        made = fakes(project, "cyclegan", name)
        assert made.coco == COCO
        assert made.contract["sensor"] == "sar"
        assert (made.pixels(0)[:, :2, :2] == 0).all()
        assert made.pixels(0)[:, 2:].min() >= 1


def test_the_record_has_the_checks_of_every_checkpoint(project):
    run(train_translator, "cyclegan")
    run(translate, "cyclegan")

    said = json.loads((project / "results/translate/cyclegan.json").read_text())
    assert (said["translation"], said["method"]) == ("cyclegan", "cyclegan")
    assert [row["checkpoint"] for row in said["checkpoints"]] == [1, 2]
    assert all(row["patches"] == 1 for row in said["checkpoints"])


def test_none_gives_the_optical_pixels_as_they_are(project):
    run(train_translator, "none")
    run(translate, "none")

    source = read_patch_set(project / "build/tile/optical_labelled")
    assert np.array_equal(fakes(project, "none", "only").pixels(0), source.pixels(0))


def test_real_sar_gives_the_labelled_sar_set_itself(project):
    run(train_translator, "real_sar")
    run(translate, "real_sar")

    source = read_patch_set(project / "build/tile/sar_labelled")
    made = fakes(project, "real_sar", "only")
    assert np.array_equal(made.pixels(0), source.pixels(0))
    assert (made.contract, made.coco) == (source.contract, source.coco)


def test_fakes_of_translations_behind_are_made_ahead_and_not_again_to_the_same_bytes(
    project, monkeypatch
):
    for name in ("none", "cyclegan"):
        run(train_translator, name)

    def all_fakes(ahead):
        shutil.rmtree(".work/translate", ignore_errors=True)
        want(project, **ahead)
        run(translate, "none")
        with monkeypatch.context() as patched:
            if ahead:
                patched.setattr(translating, "translate_set", None)
            run(translate, "cyclegan")
        return [digest_folder(project / "build/translate" / name) for name in ("none", "cyclegan")]

    assert all_fakes({"ahead": 1}) == all_fakes({})


def want(project, **values):
    changed = VALUES | {"translate": VALUES["translate"] | values}
    (project / "params.yaml").write_text(yaml.safe_dump(changed))
    params.load.cache_clear()


def test_several_styles_make_several_fakes_by_a_method_that_has_them(project):
    run(train_translator, "munit")
    run(translate, "munit")
    one = digest_folder(project / "build/translate")

    want(project, styles=2)
    run(translate, "munit")

    made = fakes(project, "munit", "step_000001")
    assert [patch.name for patch in made.patches] == ["p0_s0", "p0_s1"]
    assert [row["image_id"] for row in made.coco["annotations"]] == [1, 2]
    said = json.loads((project / "results/translate/munit.json").read_text())
    assert [row["patches"] for row in said["checkpoints"]] == [2, 2]
    want(project, styles=1)
    run(translate, "munit")
    assert digest_folder(project / "build/translate") == one


def test_a_method_without_styles_does_nothing_anew_for_more_of_them(project):
    run(train_translator, "cyclegan")
    run(translate, "cyclegan")
    units = sorted((project / ".work/translate").iterdir())

    want(project, styles=2)
    run(translate, "cyclegan")

    assert sorted((project / ".work/translate").iterdir()) == units


def test_no_style_at_all_is_refused(project):
    want(project, styles=0)

    with pytest.raises(ParamsError, match=r"translate: styles=0 must be >= 1\."):
        run(translate, "cyclegan")


def test_a_second_run_gives_the_same_bytes_and_drops_what_is_no_checkpoint(project):
    run(train_translator, "cyclegan")
    run(translate, "cyclegan")
    first = digest_folder(project / "build/translate")
    (project / "build/translate/cyclegan/step_000009").mkdir()
    (project / "build/translate/cyclegan/step_000009/left.txt").write_text("over")

    run(translate, "cyclegan")

    assert digest_folder(project / "build/translate") == first


def test_patches_of_another_stretch_are_refused(project):
    run(train_translator, "cyclegan")
    write_set(project / "build/tile/optical_labelled", "optical", labelled=True, top=0.5)

    with pytest.raises(RadiometryError, match="has stretch"):
        run(translate, "cyclegan")


def test_a_truncated_checkpoint_is_refused(project):
    run(train_translator, "cyclegan")
    path = project / "build/train_translator/cyclegan/step_000001.safetensors"
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[:-10])

    with pytest.raises(CheckpointError, match=r"step_000001\.safetensors is damaged"):
        run(translate, "cyclegan")


def test_a_translation_that_was_not_trained_is_refused(project):
    with pytest.raises(StaleError, match=r"results/train_translator/cyclegan\.json is missing"):
        run(translate, "cyclegan")
