import pytest

from crosslook.translators.settings import (
    CUTSettings,
    GreySpeckleSettings,
    NetworkSettings,
    Schedule,
    Training,
    log_spaced,
)


def test_defaults_are_those_of_the_paper():
    assert CUTSettings().layers == (0, 4, 8, 12, 16)
    assert (CUTSettings().width, CUTSettings().blocks, CUTSettings().learning_rate) == (64, 9, 2e-4)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": 0}, "must be >= 1"),
        ({"crop": 66}, "multiple of 4"),
        ({"workers": -1}, "workers=-1 >= 0"),
        ({"checkpoints": (6, 3)}, r"checkpoints=\[6, 3\] must rise"),
        ({"checkpoints": (0, 3)}, "must rise"),
        ({"accumulate": 0}, "must be >= 1"),
        ({"average": 1.0}, r"average=1.0 must lie in \[0, 1\)"),
        ({"ahead": 2}, "must be 0 or 1"),
        ({"compile": "graphs"}, "are for device: cuda, not 'cpu'"),
        ({"channels_last": True}, "are for device: cuda"),
        ({"checkpoints": (3, 7)}, "checkpoint 7 lies behind the last step, 6"),
    ],
)
def test_trainings_that_cannot_be_run_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        Training(**({"steps": 6, "checkpoints": (3, 6)} | values))


def test_layers_behind_the_encoder_are_refused():
    with pytest.raises(ValueError, match="between 0 and 15: with blocks=4"):
        CUTSettings(blocks=4)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (NetworkSettings, {"width": 0}),
        (NetworkSettings, {"learning_rate": 2.0}),
        (GreySpeckleSettings, {"looks": 0.0}),
        (Schedule, {"constant": 0, "decay": 0}),
        (Schedule, {"halve_every": -1}),
        (CUTSettings, {"temperature": 0.0}),
    ],
)
def test_values_out_of_range_are_refused(kind, values):
    with pytest.raises(ValueError, match="must"):
        kind(**values)


def test_without_checkpoints_they_are_log_spaced():
    assert log_spaced(800, count=5) == (200, 283, 400, 566, 800)
    assert Training(steps=3).checkpoints == (1, 2, 3)
