import pytest

from crosslook import params
from crosslook.errors import ParamsError
from crosslook.results import digest
from crosslook.translators.methods import TRANSLATORS
from crosslook.translators.regulariser_settings import Regularisers
from crosslook.translators.settings import CUTSettings, NetworkSettings, Training

TRAINING = {"steps": 2, "checkpoints": [2]}


def test_nothing_is_on_by_default():
    off = Regularisers()

    assert (off.augment, off.lecam_weight, off.r1_weight, off.spectral_norm) == ((), 0, 0, False)
    for method in TRANSLATORS.values():
        if issubclass(method.settings, NetworkSettings):
            assert method.settings().regularise == off


@pytest.mark.parametrize(
    "values",
    [
        {"augment": ("flip", "colour")},
        {"augment": ("flip", "flip")},
        {"lecam_weight": -1.0},
        {"lecam_decay": 1.0},
        {"lecam_start": -1},
        {"r1_weight": float("nan")},
        {"r1_every": 0},
    ],
)
def test_values_out_of_range_are_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        Regularisers(**values)


def test_they_are_a_section_within_a_methods_section():
    values = TRAINING | {"regularise": {"augment": ["flip", "cutout"], "r1_weight": 1}}

    _, settings = params.divide(Training, CUTSettings, values, "train_translator.cut")

    assert settings.regularise == Regularisers(augment=("flip", "cutout"), r1_weight=1.0)


def test_unknown_names_are_refused_with_a_suggestion():
    values = TRAINING | {"regularise": {"r1_wait": 1}}

    with pytest.raises(ParamsError, match=r"cut\.regularise: unknown key 'r1_wait'. Did you mean"):
        params.divide(Training, CUTSettings, values, "cut")


def test_a_unit_of_work_is_another_with_them():
    with_r1 = CUTSettings(regularise=Regularisers(r1_weight=1.0))

    assert digest({"settings": with_r1}) != digest({"settings": CUTSettings()})
