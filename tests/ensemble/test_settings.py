import pytest

from crosslook.ensemble.settings import EvaluateParams, TuneFusionParams


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
        ({"iou_threshold": (0.8, 0.3)}, "iou_threshold=.0.8, 0.3. must be a range within 0..1"),
        ({"skip_threshold": (0.0, 1.0)}, "skip_threshold=.0.0, 1.0. must be a range"),
    ],
)
def test_a_study_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        TuneFusionParams(**{"ensembles": {"all": ("cut", "cyclegan")}, **changes})


def test_an_interval_needs_replicates():
    with pytest.raises(ValueError, match="replicates=0 must be >= 1"):
        EvaluateParams(replicates=0)
