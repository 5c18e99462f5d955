import json
import pickle
from dataclasses import replace

import pytest
import torch

from crosslook.classifier.checkpoint import load_classifier
from crosslook.classifier.jobs import ClassifierJob, radiometry_of, run_classifier
from crosslook.classifier.predictions import FILE, read_predictions
from crosslook.classifier.settings import NetworkSettings
from crosslook.patches.land_cover_opening import open_land_cover
from crosslook.patches.land_cover_settings import LandCoverSettings
from crosslook.patches.sen12ms import S1_BANDS, S2_BANDS
from crosslook.results import digest_folder


@pytest.fixture
def job(winter, tmp_path, training):
    def build(configuration="c_t_m", state="state", hold=True, **values):
        return ClassifierJob(
            configuration,
            NetworkSettings("tiny"),
            training(**values),
            0,
            winter,
            LandCoverSettings(dev_share=0.3),
            0,
            hold,
            tmp_path / state,
        )

    return build


def test_a_job_travels_to_another_process(job):
    assert pickle.loads(pickle.dumps(job())) == job()


def test_a_job_leaves_a_model_its_record_and_what_it_says_of_dev_and_test(job):
    done = run_classifier(job())

    assert sorted(path.name for path in done.folder.iterdir()) == [
        "model.safetensors",
        "predictions.safetensors",
        "record.json",
    ]
    found = read_predictions(done.folder / FILE)
    assert {part: len(one.shares) for part, one in found.items()} == {"dev": 3, "test": 3}
    assert sorted(found["test"].probabilities) == ["s1", "s2"]
    assert json.loads((done.folder / "record.json").read_text())["patches"] == 6


def test_a_forest_answers_for_the_same_patches_and_leaves_no_model(job):
    forest, network = (
        run_classifier(job(name, state=name, samples=5)).folder
        for name in ("forest_s2", "baseline_s2")
    )

    assert sorted(path.name for path in forest.iterdir()) == [
        "predictions.safetensors",
        "record.json",
    ]
    said, beside = (read_predictions(one / FILE)["test"] for one in (forest, network))
    assert (said.places, said.classes) == (beside.places, beside.classes)
    assert said.probabilities["s2"].sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert json.loads((forest / "record.json").read_text())["patches"] == 5
    again = run_classifier(job("forest_s2", state="again", samples=5)).folder
    assert digest_folder(again) == digest_folder(forest)


def test_the_model_carries_what_its_patches_mean(job):
    _, card = load_classifier(run_classifier(job()).folder / "model.safetensors")

    s1, s2 = card.sensors["s1"], card.sensors["s2"]
    assert s1["bands"] == list(S1_BANDS)
    assert s1["clip"] == [[-25.0, 0.0]] * 2
    assert s2["bands"] == list(S2_BANDS)
    assert s2["clip"] == [None] * 13
    assert s2["scale"] == 1e-4
    assert card.classes[0] == "forest"


def test_a_model_of_some_bands_is_of_these_bands_alone(job):
    every = job("baseline_s2")
    some = replace(every, patches=replace(every.patches, bands={"s2": ("B04", "B03", "B02")}))

    network, card = load_classifier(run_classifier(some).folder / "model.safetensors")

    s2 = card.sensors["s2"]
    assert s2["bands"] == ["B04", "B03", "B02"]
    assert {len(s2[key]) for key in ("clip", "mean", "std")} == {3}
    assert network.embed("s2", torch.zeros(1, 3, 16, 16)).shape[0] == 1


def test_patches_in_memory_and_on_disk_give_the_same_files(job):
    held = run_classifier(job(state="held", hold=True)).folder
    read = run_classifier(job(state="read", hold=False)).folder

    assert digest_folder(held) == digest_folder(read)


def test_patches_that_do_not_say_how_they_were_made_are_refused(planted, winter):
    data, _ = open_land_cover(winter, LandCoverSettings(), 0)
    assert sorted(radiometry_of(data)) == ["s1", "s2"]

    with pytest.raises(ValueError, match="s1: its patches do not say how they were made"):
        radiometry_of(planted(4, 0))
