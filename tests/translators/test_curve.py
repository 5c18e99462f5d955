import pytest
import torch

from crosslook.translators.curve import Curve


def losses(value):
    return {"a": torch.tensor(value), "b": torch.tensor(2 * value)}


def test_a_row_is_the_mean_of_its_steps():
    curve = Curve(2)
    for step, value in enumerate([1.0, 3.0, 5.0], start=1):
        curve.add(step, losses(value))

    assert curve.rows == [{"step": 2, "a": 2.0, "b": 4.0}]


def test_the_first_bad_step_is_named_not_the_last():
    curve = Curve(3)
    curve.add(1, losses(1.0))
    curve.add(2, losses(float("inf")))

    with pytest.raises(FloatingPointError, match="loss a is inf at step 2"):
        curve.add(3, losses(float("nan")))


def test_a_saved_curve_goes_on_in_the_middle_of_a_row():
    curve, other = Curve(2), Curve(2)
    curve.add(1, losses(1.0))
    curve.pull()

    other.take(curve.as_dict())
    other.add(2, losses(2.0))

    assert other.rows == [{"step": 2, "a": 1.5, "b": 3.0}]
