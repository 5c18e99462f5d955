from dataclasses import replace

import pytest

from crosslook import results
from crosslook.classifier.classifier_params import TrainClassifierParams
from crosslook.classifier.settings import NetworkSettings, TrainingSettings
from crosslook.classifier.studying import Member
from crosslook.classifier_units import (
    Inputs,
    deliver,
    look_at_inputs,
    study_record,
    train_members,
)
from crosslook.patches.land_cover_settings import LandCoverSettings

OWN = TrainClassifierParams(
    configurations=("baseline_s1",),
    replicates=20,
    workers=1,
    training=TrainingSettings(steps=2, batch=2, save_every=1, precision="float32"),
    network=NetworkSettings("tiny"),
    patches=LandCoverSettings(dev_share=0.3),
)
ONE = Member("baseline_s1", 4, 0)


@pytest.fixture
def here(winter, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def quiet(words):
    """Says nothing."""


def trained(own, study=(ONE,), seed=0):
    return train_members(study, own, seed, look_at_inputs(own, seed, quiet), quiet)


def test_a_study_of_models_that_are_no_product_gets_folders_and_a_record(here):
    study = [ONE, Member("baseline_s1", 0, 2), Member("c", 0, 0)]
    inputs = look_at_inputs(OWN, 0, quiet)

    units = train_members(study, OWN, 0, inputs, quiet)
    deliver(units, here / "elsewhere")
    record = study_record(units, here / "elsewhere", OWN, 0, inputs)

    assert sorted(path.name for path in (here / "elsewhere").iterdir()) == [
        "baseline_s1-4-seed0",
        "baseline_s1-all-seed2",
        "c-all-seed0",
    ]
    assert [(row["configuration"], row["samples"], row["seed"]) for row in record["scores"]] == [
        ("baseline", 4, 0),
        ("baseline", 0, 2),
        ("c", 0, 0),
    ]
    assert [row["patches"] for row in record["trainings"]] == [4, 6, 6]
    assert record["data"] == inputs.record


def test_two_studies_share_the_models_that_they_have_in_common(here):
    (first,) = trained(OWN).values()
    before = results.digest_folder(first.out)

    other = replace(OWN, configurations=("c",), samples=(9,), seeds=(5,), replicates=7, workers=2)
    (again,) = trained(other).values()

    assert again == first
    assert results.digest_folder(again.out) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"training": replace(OWN.training, steps=3)},
        {"network": NetworkSettings("tiny", merging=(16, 16, 16))},
        {"patches": replace(OWN.patches, bands={"s1": ("VH",)})},
        {"threads": 2},
    ],
)
def test_what_changes_a_model_makes_another_unit(here, changed):
    (first,) = trained(OWN).values()
    (other,) = trained(replace(OWN, **changed)).values()

    assert other.key != first.key


def test_other_patches_make_another_unit(here):
    (first,) = trained(OWN).values()
    path = next(here.glob("data/sen12ms/*/s1_0/*.tif"))
    path.write_bytes(next(here.glob("data/sen12ms/*/s1_1/*.tif")).read_bytes())

    (other,) = trained(OWN).values()

    assert other.key != first.key


def test_without_a_configuration_no_patch_is_read(here):
    assert look_at_inputs(replace(OWN, configurations=(), data="nowhere"), 0, quiet) == Inputs(
        None, ()
    )
