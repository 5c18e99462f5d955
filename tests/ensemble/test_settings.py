import pytest

from crosslook.ensemble.evaluation_settings import EvaluateParams
from crosslook.ensemble.settings import TuneFusionParams


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ensembles": {}}, "must name one ensemble at least"),
        ({"ensembles": {"all": ()}}, r"ensembles.all=.. must be different translations"),
        ({"ensembles": {"all": ("cut", "cut")}}, "must be different translations"),
        ({"ensembles": {"a b": ("cut",)}}, "'a b' must be letters, digits and _"),
        ({"ensembles": {"all_equal": ("cut",)}}, "not end in 'equal'"),
        ({"trials": 0}, "trials=0 must be >= 1"),
        ({"lowest_weight": 0.0}, "lowest_weight=0.0 must lie between 0 and 1"),
        (
            {"space": "simplex", "lowest_weight": 0.5},
            "0.5 is too much for shares of 2 members: it must lie below 0.500",
        ),
        ({"storage": "trials.db"}, "storage must be a URL like"),
        ({"storage": "postgresql://me:hush@host/db"}, "give it in the environment, as CROSSLOOK_"),
        ({"storage": "postgresql://host/db?password=hush"}, "storage must hold no password"),
        ({"iou_threshold": (0.8, 0.3)}, "iou_threshold=.0.8, 0.3. must be a range within 0..1"),
        ({"skip_threshold": (0.0, 1.0)}, "skip_threshold=.0.0, 1.0. must be a range"),
    ],
)
def test_a_study_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        TuneFusionParams(**{"ensembles": {"all": ("cut", "cyclegan")}, **changes})


def test_a_password_is_not_repeated_in_the_refusal():
    with pytest.raises(ValueError, match="no password") as error:
        TuneFusionParams({"all": ("cut",)}, storage="postgresql://me:hush@host/db")

    assert "hush" not in str(error.value)


def test_a_study_does_not_depend_on_other_ensembles_the_number_of_trials_or_a_database():
    one = TuneFusionParams({"all": ("cut",)})
    other = TuneFusionParams({"paper": ("cyclegan",)}, trials=7, storage="sqlite:///trials.db")

    assert one.search == other.search


def test_an_interval_needs_replicates():
    with pytest.raises(ValueError, match="replicates=0 must be >= 1"):
        EvaluateParams(replicates=0)
