"""Every committed profile is understood by every stage that reads it."""

import shutil
from pathlib import Path

import pytest

from crosslook import params
from crosslook.checks.check_params import CheckDataParams
from crosslook.classifier.classifier_params import TrainClassifierParams
from crosslook.classifier.configurations import ALIGNED, PAPER, configuration_names
from crosslook.classifier.studying import members
from crosslook.commands.study_classifier import StudyParams
from crosslook.detectors.settings import (
    Architecture,
    DetectorSettings,
    FitSettings,
    WarmStartSettings,
)
from crosslook.engine import Pool
from crosslook.ensemble.evaluation_settings import EvaluateParams
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.patches.land_cover_splits import PAPER_PATCHES, PAPER_TEST
from crosslook.patches.tile_params import TileParams
from crosslook.scores.embedder_settings import CLASSIFIER, EmbedderSettings
from crosslook.scores.score_settings import ScoreSettings
from crosslook.simulate import optical
from crosslook.simulate.settings import SimulateParams
from crosslook.stages._ahead import AheadPool
from crosslook.stages._translations import LISTS, read_translation
from crosslook.stages.detect_test import DetectTestParams
from crosslook.stages.translate import TranslateParams
from crosslook.translators.schedules import last_step
from crosslook.translators.settings import CycleGANSettings, Schedule

ROOT = Path(__file__).parents[1]
PROFILES = [
    path
    for path in sorted(ROOT.glob("params/*.yaml"))
    if path.stem != "land_cover"  # a study's
]


@pytest.fixture(params=PROFILES, ids=lambda path: path.stem)
def profile(request, tmp_path, monkeypatch):
    shutil.copy(request.param, tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    params.load.cache_clear()
    yield request.param.stem
    params.load.cache_clear()


def test_sections_fit_their_dataclasses(profile):
    for kind, stage in (
        (CheckDataParams, "check_data"),
        (TileParams, "tile"),
        (WarmStartSettings, "warm_start"),
        (TuneFusionParams, "tune_fusion"),
        (DetectTestParams, "detect_test"),
        (TrainClassifierParams, "train_classifier"),
    ):
        assert isinstance(params.read(kind, stage), kind)
    params.divide(Pool, EvaluateParams, params.section("evaluate"), "evaluate")
    params.divide(AheadPool, TranslateParams, params.section("translate"), "translate")
    scores = params.divide(Pool, ScoreSettings, params.section("score_translator"), "scores")[1]
    assert scores.embedders
    params.divide(
        AheadPool, FitSettings, params.section("train_detector", "every"), "train_detector"
    )


def test_land_cover_models_that_judge_are_among_those_that_are_trained(profile):
    own = params.read(TrainClassifierParams, "train_classifier")
    study = members(own.configurations, own.samples, [params.seed() + one for one in own.seeds])
    trained = {f"build/train_classifier/{one.name}/model.safetensors" for one in study}
    scores = params.divide(Pool, ScoreSettings, params.section("score_translator"), "scores")[1]
    named = {CLASSIFIER: EmbedderSettings()} | dict(scores.embedders)

    assert {scores.classifier, named[CLASSIFIER].weights} - {""} <= trained


def test_every_configuration_is_one_of_the_land_cover_model(profile):
    own = params.read(TrainClassifierParams, "train_classifier")

    assert set(own.configurations) <= set(configuration_names(["s1", "s2"]))


def test_every_translation_and_detector_is_one_that_can_be_built(profile):
    for name in params.names(*LISTS):
        assert read_translation(name).name == name
    for name in params.names("detectors"):
        assert params.read(DetectorSettings, "train_detector", name)


def test_fusion_is_of_translations_that_are_there(profile):
    members = params.read(TuneFusionParams, "tune_fusion").everyone

    assert set(members) <= set(params.names("translations"))


@pytest.mark.parametrize(
    "profile", [path for path in PROFILES if path.stem == "paper"], indirect=True
)
def test_the_paper_profile_has_the_papers_sizes(profile):
    tile = params.read(TileParams, "tile")
    fit = params.divide(AheadPool, FitSettings, params.section("train_detector", "every"), "")[1]
    detector = params.read(DetectorSettings, "train_detector", "faster_rcnn")

    assert (tile.unlabelled.size_px, tile.detection.size_px) == (600, 870)
    assert fit.validation_share == 0.15
    assert (detector.weights, detector.architecture.backbone) == ("coco", "resnet50")
    assert params.read(DetectorSettings, "train_detector", "cascade_rcnn") == DetectorSettings(
        "coco", Architecture(kind="cascade_rcnn", backbone="resnet101", frozen_stages=2)
    )


@pytest.mark.parametrize(
    "profile", [path for path in PROFILES if path.stem == "paper"], indirect=True
)
def test_the_paper_profile_has_winter_of_sen12ms(profile):
    own = params.read(TrainClassifierParams, "train_classifier")

    assert own.network.backbone == "resnet50"
    assert own.network.merged[0::2] == (2048, 1024)
    assert (own.patches.seasons, own.patches.split) == (("winter",), "paper_random")
    assert own.patches.test_patches == PAPER_TEST
    assert not own.patches.bands
    assert max(own.samples) < PAPER_PATCHES - PAPER_TEST
    assert {"baseline_s1", "baseline_s2", *PAPER} <= set(own.configurations)
    assert len(own.seeds) >= 3


@pytest.mark.parametrize(
    "profile", [path for path in PROFILES if path.stem == "demo"], indirect=True
)
def test_the_demos_land_cover_model_reads_the_optical_patches_of_its_corridor(profile):
    own = params.read(TrainClassifierParams, "train_classifier")

    assert own.patches.bands == {"s2": optical.BANDS}
    assert own.patches.dev_share > 0  # what is promoted is chosen on dev
    assert params.read(SimulateParams, "simulate").land_cover_scenes == 24


@pytest.mark.parametrize(
    "profile", [path for path in PROFILES if path.stem == "snow"], indirect=True
)
def test_the_snow_profile_has_the_papers_method_epochs_and_checkpoints(profile):
    snow = read_translation("snow")
    epoch = 1000

    assert (snow.method, snow.settings) == ("cyclegan", CycleGANSettings())
    assert (snow.source, snow.target) == ("seasons", "seasons")
    assert snow.domains.select_source.max_snow < snow.domains.select_target.min_snow
    assert snow.training.steps == 200 * epoch <= last_step(Schedule(), epoch)
    assert snow.training.checkpoints == tuple(range(epoch, 200 * epoch + 1, epoch))
    assert snow.training.schedule == Schedule()


@pytest.mark.parametrize(
    "profile", [path for path in PROFILES if path.stem == "demo"], indirect=True
)
def test_the_demo_has_scenes_of_both_seasons_for_its_snow(profile):
    world, snow = params.read(SimulateParams, "simulate"), read_translation("snow")

    assert min(world.season_scenes, world.season_dev_scenes) >= 2
    assert snow.source == snow.target == "seasons"
    assert len(snow.training.checkpoints) == 3


def test_the_study_of_land_cover_is_of_configurations_that_there_are():
    section = params.load(ROOT / "params/land_cover.yaml")["train_classifier"]

    own, more = params.divide(TrainClassifierParams, StudyParams, section, "land_cover")

    known = configuration_names(["s1", "s2"])
    assert set(own.configurations) == {name for name in known if not name.endswith(ALIGNED)}
    assert {*more.sized, *more.latent} <= set(own.configurations)
    assert len(own.seeds) >= 3
    assert own.patches.bands == {}


def test_the_profile_for_own_scenes_is_the_demo_without_what_only_its_world_has():
    demo, own = (params.load(ROOT / f"params/{name}.yaml") for name in ("demo", "own"))

    assert not own.keys() & {"simulate"}
    assert own["scenery"] == own["train_classifier"]["configurations"] == []
    demo = demo | {"scenery": [], "train_classifier": own["train_classifier"]}
    demo["tile"] = {key: value for key, value in demo["tile"].items() if key != "domains"}
    demo["train_translator"] = {
        key: value for key, value in demo["train_translator"].items() if key != "snow"
    }
    scored = {key: value for key, value in demo["score_translator"].items() if key != "classifier"}
    embedders = {name: one for name, one in scored["embedders"].items() if name != CLASSIFIER}
    demo["score_translator"] = scored | {"embedders": embedders}
    del demo["simulate"]
    assert own == demo
