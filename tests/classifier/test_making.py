import json
import math

import pytest

from crosslook.classifier.checkpoint import load_classifier
from crosslook.classifier.configurations import configuration_named
from crosslook.classifier.making import MODEL, make_classifier
from crosslook.classifier.predicting import predict
from crosslook.classifier.settings import LossSettings
from crosslook.errors import CrosslookError, InputError, ParamsError
from crosslook.results import digest_folder


@pytest.fixture
def make(planted, tiny, training, radiometry, tmp_path):
    def build(name="c_t_m", folder="one", patches=None, say=lambda words: None, **values):
        named = configuration_named(name, ("s1", "s2"))
        settings = training(**values)
        patches = patches or planted(12, 0)
        return make_classifier(
            named, tiny, settings, 0, patches, radiometry, tmp_path / folder, say
        )

    return build


def test_a_model_and_its_record_are_made(make, planted):
    made = make(samples=10)

    network, card = load_classifier(made / MODEL)
    assert (card.configuration, card.samples, card.size_px) == ("c_t_m", 10, 8)
    assert predict(network, "s2", planted(3, 1).sensors["s2"]).probabilities.shape == (3, 3)
    record = json.loads((made / "record.json").read_text())
    assert [row["step"] for row in record["log"]] == [2, 4, 6]
    assert record["precision"] == "float32"
    assert record["parameters"] == sum(p.numel() for p in network.parameters())


def test_a_baseline_knows_its_sensor_alone(make):
    _, card = load_classifier(make("baseline_s1") / MODEL)

    assert list(card.sensors) == ["s1"]


def test_a_finished_training_that_is_called_again_gives_the_same_files(make):
    before = digest_folder(make())

    assert digest_folder(make()) == before
    assert digest_folder(make(folder="another")) == before


def test_progress_is_told_ten_times(make):
    said = []

    make(steps=20, log_every=1, say=said.append)

    assert len(said) == 10
    assert said[-1].startswith("c_t_m: step 20 of 20, ")
    assert "classification/s1" in said[-1]


def test_a_diverging_training_is_an_error_that_says_what_to_do(make, planted):
    patches = planted(12, 0)
    patches.sensors["s1"][:] = math.inf

    with pytest.raises(CrosslookError, match=r"c: loss classification/s1 is nan .* learning_rate"):
        make("c", patches=patches)


def test_too_few_patches_are_the_users_error(make):
    with pytest.raises(InputError, match="c_t_m: samples=99, but there are 12 patches"):
        make(samples=99)


def test_a_teacher_must_be_one_of_the_sensors(make):
    with pytest.raises(ParamsError, match="c_distil: teacher 'alos' is not one of the sensors s1"):
        make("c_distil", losses=LossSettings(teacher="alos"))
