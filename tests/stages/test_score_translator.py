import json
import shutil

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from contracts import OPTICAL, SAR

from crosslook import params, results
from crosslook.errors import InputError, MissingWeightsError, ParamsError, StaleError
from crosslook.judging import consistency, embedding_choice, fakes, looking, scoring
from crosslook.judging.embedders import load_embedder
from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.report import quality_pictures
from crosslook.stages import _score_units, score_translator, train_translator, translate
from crosslook.stages.score_translator import STAGE

SIZE = 32
VALUES = {
    "seed": 0,
    "translations": ["none", "cyclegan", "real_sar"],
    "scenery": ["frost"],
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
        "frost": {
            "method": "grey_speckle",
            "source": "seasons",
            "target": "seasons",
            "select_source": {"max_snow": 0.1},
            "select_target": {"min_snow": 0.5},
        },
    },
    "translate": {"workers": 1, "threads": 1},
    "score_translator": {
        "patches": 12,
        "embedders": {"resnet18_random": {}, "resnet50_imagenet": {}},
        "forest": {"smallest": 2, "largest": 2, "trees": 5},
        "replicates": 20,
        "draws": 2,
    },
}


def write_set(folder, contract, n, seed, boxes=False, notes=None):
    """Noise with one bright square per patch, on three scenes."""
    rng = np.random.default_rng(seed)
    patches, images, annotations = [], [], []
    for i in range(n):
        pixels = rng.integers(20, 80, (3, SIZE, SIZE)).astype(np.uint8)
        x, y = (int(value) for value in rng.integers(6, SIZE - 16, 2))
        pixels[:, y : y + 10, x : x + 10] = rng.integers(180, 240)
        place = (f"{contract['sensor']}{seed}_{i}", f"s{seed}_{i % 3}", (0, 0, SIZE, SIZE))
        said = notes(i) if notes else {}
        patches.append((Patch(*place, "EPSG:32630", (10, 0, 0, 0, -10, 0), notes=said), pixels))
        images.append({"id": i + 1, "width": SIZE, "height": SIZE, "file_name": f"{place[0]}.tif"})
        box = {"bbox": [x, y, 10, 10], "area": 100, "iscrowd": 0}
        annotations.append({"id": i + 1, "image_id": i + 1, "category_id": 1, **box})
    kinds = [{"id": 1, "name": "port"}]
    coco = {"images": images, "annotations": annotations, "categories": kinds} if boxes else None
    return write_patch_set(folder, patches, contract, coco)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Patches of both sensors and of a domain of its own, and what the stages before made."""
    root = tmp_path_factory.mktemp("scored")
    tile = root / "build/tile"
    write_set(tile / "optical", OPTICAL, 15, 1)
    write_set(tile / "sar", SAR, 15, 2)
    write_set(tile / "held_out/sar", SAR, 24, 3)
    write_set(tile / "optical_labelled", OPTICAL, 4, 4, boxes=True)
    write_set(tile / "sar_labelled", SAR, 0, 5, boxes=True)
    write_set(tile / "sar_dev", SAR, 4, 6, boxes=True)
    for folder, seed in (("domains/seasons", 7), ("held_out/seasons", 8)):
        write_set(tile / folder, OPTICAL, 30, seed, notes=lambda i: {"snow": float(i % 2)})
    (root / "params.yaml").write_text(yaml.safe_dump(VALUES))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        params.load.cache_clear()
        for name in (*VALUES["translations"], *VALUES["scenery"]):
            run(train_translator, name)
        for name in VALUES["translations"]:
            run(translate, name)
    return root


def load(name, settings):
    """As ``load_embedder``, on a machine that has no trained weights."""
    if name == "resnet50_imagenet":
        raise MissingWeightsError(f"{name}: no weights are given.")
    return load_embedder(name, settings)


@pytest.fixture
def project(trained, monkeypatch, request):
    monkeypatch.chdir(trained)
    monkeypatch.setattr(embedding_choice, "load_embedder", load)
    if "pictures" not in request.node.name:  # they take longer than all else
        monkeypatch.setattr(quality_pictures, "draw_quality", lambda *arguments: {})
    params.load.cache_clear()
    yield trained
    (trained / "params.yaml").write_text(yaml.safe_dump(VALUES))
    params.load.cache_clear()


def run(stage, translation):
    result = CliRunner().invoke(stage.command, [translation], catch_exceptions=False)
    assert result.exit_code == 0, result.output


def want(project, **values):
    changed = VALUES | {STAGE: VALUES[STAGE] | values}
    (project / "params.yaml").write_text(yaml.safe_dump(changed))
    params.load.cache_clear()


def scored(project, translation):
    run(score_translator, translation)
    return json.loads((project / f"results/{STAGE}/{translation}.json").read_text())


def test_every_checkpoint_has_every_score_or_the_reason_why_not(project):
    said = scored(project, "cyclegan")

    assert [one["checkpoint"] for one in said["checkpoints"]] == [1, 2]
    for one in said["checkpoints"]:
        assert set(one["scores"]) == {
            *(
                f"{kind}__resnet18_random"
                for kind in ("fd", "kid", "cos_mean", "crd", "crd_excess", "coverage")
            ),
            "forest_log_loss__resnet18_random",
            "checkerboard",
            "l1__VH",
            "l1__VV",
            "l1__VH/VV",
            "survival",
            "semantic_consistency",
        }
        missing = [name for name, value in one["scores"].items() if value is None]
        assert missing == ["semantic_consistency"]
        assert one["details"]["semantic_consistency"]["reason"]
        crd, cos = one["scores"]["crd__resnet18_random"], one["scores"]["cos_mean__resnet18_random"]
        assert crd == pytest.approx(1 - cos, abs=1e-5)


def test_real_against_real_stands_beside_at_the_same_number_of_patches(project):
    said = scored(project, "cyclegan")

    assert said["n"] == 12
    assert {one["n"] for one in said["real"]["resnet18_random"].values()} == {12}
    assert said["real"]["contrast"]["boxes"] == 4
    assert said["real"]["checkerboard"] > 0
    assert "at_n" not in said["checkpoints"][0]["details"]["kid__resnet18_random"]


def test_with_fewer_real_patches_both_are_shown_at_half_of_them(project):
    want(project, patches=15)

    said = scored(project, "cyclegan")

    assert said["n"] == 15
    assert said["real"]["resnet18_random"]["fd"]["n"] == 12
    assert said["checkpoints"][0]["details"]["fd__resnet18_random"]["at_n"]["n"] == 12


def test_the_record_says_in_words_what_was_compared(project):
    said = scored(project, "cyclegan")["domains"]

    assert said == {
        "source": "optical",
        "target": "sar",
        "source_patches": "optical patches that the translator learnt from (held out: 0), "
        "12 of 15 from 3 scenes",
        "real_patches": "held-out sar patches, 12 of 24 from 3 scenes; real against real: 24 of "
        "them",
    }


def test_an_embedder_without_weights_is_left_out_with_the_reason(project):
    said = scored(project, "cyclegan")

    assert [one["name"] for one in said["embedders"]] == ["resnet18_random"]
    assert said["left_out"] == [
        {"embedder": "resnet50_imagenet", "reason": "resnet50_imagenet: no weights are given."}
    ]


def test_none_changes_nothing_and_keeps_every_label_in_its_place(project):
    (only,) = scored(project, "none")["checkpoints"]

    assert only["checkpoint"] is None
    assert only["scores"]["l1__VH"] == 0
    assert only["details"]["l1__VH"]["unit"] == "share of the stretch"
    assert "B04 0..0.3 reflectance" in only["details"]["l1__VH"]["compared"]
    assert only["scores"]["survival"] == 1
    assert only["lost"] == []


def test_real_sar_compares_real_patches_of_training_scenes_with_held_out_ones(project):
    said = scored(project, "real_sar")

    assert said["domains"]["source_patches"].startswith("sar patches that the translator learnt")
    (only,) = said["checkpoints"]
    assert only["details"]["l1__VV"]["unit"] == "sigma0_db"
    assert only["scores"]["fd__resnet18_random"] > 0
    assert only["details"]["survival"] == {"reason": "there are no labelled fakes"}


def test_scenery_is_scored_on_held_out_patches_of_both_sides_in_physical_units(project):
    said = scored(project, "frost")

    assert said["domains"]["source_patches"] == "held-out seasons patches, 12 of 15 from 3 scenes"
    assert said["domains"]["real_patches"].startswith("held-out seasons patches, 12 of 15")
    (only,) = said["checkpoints"]
    assert only["details"]["l1__B04"]["unit"] == "reflectance"
    assert only["scores"]["survival"] is None
    assert "no labelled fakes" in only["details"]["survival"]["reason"]
    assert said["real"]["contrast"] is None


def test_arrays_and_pictures_lie_where_reports_look_for_them(project):
    run(score_translator, "cyclegan")

    folder = project / f"build/{STAGE}/cyclegan"
    real = np.load(folder / "embeddings/resnet18_random/real.npy", allow_pickle=False)
    fake = np.load(folder / "embeddings/resnet18_random/step_000002.npy", allow_pickle=False)
    maps = np.load(folder / "maps/step_000002.npz", allow_pickle=False)
    example = np.load(folder / "example/step_000002.npz", allow_pickle=False)
    assert (real.shape, fake.shape) == ((24, 512), (12, 512))
    assert (maps["l1"].shape, maps["spectrum"].shape) == ((3, SIZE, SIZE), (SIZE, SIZE))
    assert example["source"].dtype == example["fake"].dtype == np.uint8
    assert sorted(path.name for path in (folder / "pictures").iterdir()) == [
        "artefacts.png",
        "forest.png",
        "mean_l1.png",
        "pairs_resnet18_random.png",
        "training.png",
    ]


def test_a_second_run_does_nothing_anew_and_gives_the_same_bytes(project, monkeypatch):
    run(score_translator, "cyclegan")
    folder, record = project / f"build/{STAGE}/cyclegan", project / f"results/{STAGE}/cyclegan.json"
    first = results.digest_folder(folder), results.digest_file(record)

    def refuse(*arguments):
        raise AssertionError("an embedding was made again")

    monkeypatch.setattr(looking, "embed", refuse)
    run(score_translator, "cyclegan")

    assert (results.digest_folder(folder), results.digest_file(record)) == first


def test_another_forest_needs_no_embedding_again(project, monkeypatch):
    before = scored(project, "cyclegan")
    want(project, forest={"smallest": 3, "largest": 3, "trees": 5})
    monkeypatch.setattr(looking, "embed", None)

    after = scored(project, "cyclegan")

    repeats = [
        one["checkpoints"][0]["details"]["forest_log_loss__resnet18_random"]["repeats"]
        for one in (before, after)
    ]
    assert repeats == [2, 3]


def test_translations_behind_are_scored_ahead_and_not_again(project, monkeypatch):
    want(project, ahead=1, seed=5)
    run(score_translator, "none")
    monkeypatch.setattr(_score_units, "finish", None)
    monkeypatch.setattr(score_translator, "finish", None)

    said = scored(project, "cyclegan")

    assert len(said["checkpoints"]) == 2


def test_too_few_patches_are_told(project):
    values = VALUES | {"train_translator": dict(VALUES["train_translator"])}
    frost = VALUES["train_translator"]["frost"] | {"select_target": {"min_snow": 0.1}}
    frost |= {"select_source": {"max_snow": 0.0, "unknown": "drop", "max_cloud": 0.5}}
    values["train_translator"]["frost"] = frost
    (project / "params.yaml").write_text(yaml.safe_dump(values))
    params.load.cache_clear()

    with pytest.raises(InputError, match=r"has 0 whole patches of the source domain .* need 12"):
        run(score_translator, "frost")


def test_an_unknown_key_and_a_translation_that_was_not_trained_are_refused(project):
    want(project, patchs=3)
    with pytest.raises(ParamsError, match="Did you mean 'patches'"):
        run(score_translator, "none")

    want(project)
    (project / "results/train_translator/none.json").rename(project / "none.json")
    with pytest.raises(StaleError, match=r"results/train_translator/none\.json is missing"):
        run(score_translator, "none")
    (project / "none.json").rename(project / "results/train_translator/none.json")


def test_a_run_that_broke_off_goes_on_where_it_was_and_ends_with_the_same_bytes(
    project, monkeypatch
):
    run(score_translator, "cyclegan")
    record = project / f"results/{STAGE}/cyclegan.json"
    whole = results.digest_file(record), results.digest_folder(project / f"build/{STAGE}/cyclegan")
    shutil.rmtree(project / ".work" / STAGE)
    record.unlink()
    made = []

    def make(checkpoint, *rest):
        made.append(checkpoint.stem)
        if len(made) == 2:
            raise KeyboardInterrupt
        fakes.show_fakes(checkpoint, *rest)

    monkeypatch.setattr(scoring, "show_fakes", make)
    CliRunner().invoke(score_translator.command, ["cyclegan"])
    assert not record.exists()
    run(score_translator, "cyclegan")

    assert made == ["step_000001", "step_000002", "step_000002"]
    folder = project / f"build/{STAGE}/cyclegan"
    assert (results.digest_file(record), results.digest_folder(folder)) == whole


@pytest.fixture
def classifier(project, write_classifier):
    return str(write_classifier(project / "model.safetensors", size_px=16))


def without_consistency(record):
    """The record without the one score, and the score of each checkpoint with its details."""
    seen = []
    for one in record["checkpoints"]:
        name = "semantic_consistency"
        seen.append((one["scores"].pop(name), one["details"].pop(name)))
    return record, seen


def test_a_classifier_adds_its_score_and_changes_no_other(project, classifier, monkeypatch):
    before, _ = without_consistency(scored(project, "cyclegan"))
    arrays = results.digest_folder(project / f"build/{STAGE}/cyclegan/embeddings")
    units = {path.name for path in (project / ".work" / STAGE).iterdir()}
    want(project, classifier=classifier)
    monkeypatch.setattr(looking, "embed", None)
    monkeypatch.setattr(scoring, "judge", None)

    after, seen = without_consistency(scored(project, "cyclegan"))

    assert after == before
    assert results.digest_folder(project / f"build/{STAGE}/cyclegan/embeddings") == arrays
    made = {path.name for path in (project / ".work" / STAGE).iterdir()} - units
    assert sorted(name.rpartition("-")[0] for name in made) == [
        "cover-optical",
        "cyclegan-step_000001-cover",
        "cyclegan-step_000002-cover",
    ]
    for value, details in seen:
        assert 0 < value < 1
        assert details["low"] <= value <= details["high"]
        assert (details["n"], details["windows"]) == (12, 12 * 4)
        assert (details["source"], details["fake"]) == ("s2", "s1")
    shares = np.load(project / f"build/{STAGE}/cyclegan/cover/source.npy", allow_pickle=False)
    assert shares.shape == (12, 4, 2)


def test_sources_are_read_once_for_all_checkpoints_and_translations(
    project, write_classifier, monkeypatch
):
    read, shares = [], consistency.class_shares
    path = write_classifier(project / "once.safetensors", seed=7, size_px=16)

    def note(model, sensor, *rest):
        read.append(sensor)
        return shares(model, sensor, *rest)

    monkeypatch.setattr(consistency, "class_shares", note)
    want(project, classifier=str(path))
    run(score_translator, "cyclegan")
    run(score_translator, "none")
    run(score_translator, "none")

    assert read == ["s2", "s1", "s1", "s1"]


def test_what_has_one_sensor_on_both_sides_gets_no_consistency(project, classifier):
    want(project, classifier=classifier)

    for name, sensor in (("real_sar", "s1"), ("frost", "s2")):
        _, ((value, details),) = without_consistency(scored(project, name))
        assert value is None
        assert details["reason"] == (
            f"source and target are both of sensor {sensor} of the classifier"
        )


def test_the_classifier_is_an_embedder_too(project, classifier):
    own = {"crosslook_classifier": {"weights": classifier}}
    want(project, embedders={"resnet18_random": {}, **own})

    said = scored(project, "cyclegan")

    about = {one["name"]: one for one in said["embedders"]}
    assert set(about) == {"resnet18_random", "crosslook_classifier"}
    assert about["crosslook_classifier"]["dimensions"] == 16
    for one in said["checkpoints"]:
        assert one["scores"]["fd__crosslook_classifier"] > 0
    assert said["real"]["crosslook_classifier"]["fd"]["n"] == 12
