from dataclasses import replace

import pytest
import torch

from crosslook.detectors.fitting import fit
from crosslook.detectors.settings import (
    DetectorSettings,
    TrainingSettings,
    WarmStartSettings,
)
from crosslook.detectors.usable import why_unfit
from crosslook.detectors.warm_start import make_start
from crosslook.errors import InputError


@pytest.fixture
def start(tiny):
    return make_start(DetectorSettings("none", tiny), None, 0)[0]


def test_a_fitted_detector_knows_its_classes_and_radiometry(start, make_set, short):
    fakes = make_set()

    detector, course, learnt = fit(start, fakes, short, seed=0)

    assert detector.about.categories == ({"id": 7, "name": "square"},)
    assert detector.about.contract == fakes.contract
    assert detector.about.weights == "none"
    assert [row["step"] for row in course.validation] == [3, 4]
    assert learnt == 5


def test_fitting_leaves_the_start_as_it_is(start, make_set, short):
    before = {name: t.clone() for name, t in start.model.state_dict().items()}

    fit(start, make_set(), short, seed=0)

    assert all(torch.equal(t, before[name]) for name, t in start.model.state_dict().items())


def test_without_anything_to_validate_on_the_last_step_is_kept(start, make_set, short):
    _, course, learnt = fit(start, make_set(n=1), short, seed=0)

    assert (course.kept_step, course.validation, learnt) == (4, [], 1)


def test_sets_that_teach_nothing_are_named(make_set):
    assert why_unfit(make_set()) is None
    assert why_unfit(make_set(n=0)) == "the set holds no patch"
    assert why_unfit(make_set(squares=False)) == "no patch of the set has an object"


def test_a_set_without_objects_is_refused(start, make_set, short):
    with pytest.raises(InputError, match="fakes: no patch of the set has an object, so no detect"):
        fit(start, make_set(squares=False), short, seed=0)


def test_shapes_are_the_same_for_everyone_who_starts_with_them(tiny):
    shapes = WarmStartSettings(TrainingSettings(2, 1), size_px=64, largest_px=40)
    wanted = DetectorSettings("warm_start", replace(tiny, box_head=8))

    (a, course), (b, _) = (make_start(wanted, shapes, 0) for _ in "ab")

    assert all(torch.equal(t, b.model.state_dict()[n]) for n, t in a.model.state_dict().items())
    assert a.about.contract is None
    assert a.about.start["source"] == "simulated shapes"
    assert course.kept_step == 2
