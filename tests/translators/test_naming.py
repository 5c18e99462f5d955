import pytest

from crosslook.translators.naming import checkpoint_name, checkpoint_named


@pytest.mark.parametrize(
    ("step", "name"), [(None, "only"), (300, "step_000300"), (1_200_000, "step_1200000")]
)
def test_names_and_steps_are_inverse(step, name):
    assert checkpoint_name(step) == name
    assert checkpoint_named(name) == step


@pytest.mark.parametrize("name", ["step_", "step_3a", "epoch_3", ""])
def test_other_names_are_refused(name):
    with pytest.raises(ValueError, match="is no checkpoint"):
        checkpoint_named(name)
