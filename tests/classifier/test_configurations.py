import pytest

from crosslook.classifier.configurations import configuration_named, configuration_names, shown_as
from crosslook.errors import ParamsError

BOTH = ("s1", "s2")


def test_a_baseline_is_of_its_sensor_alone():
    found = configuration_named("baseline_s2", BOTH)

    assert (found.sensors, found.terms) == (("s2",), ())


def test_a_forest_is_of_its_sensor_alone_and_no_network():
    found = configuration_named("forest_s1", BOTH)

    assert (found.sensors, found.terms, found.forest) == (("s1",), (), True)
    assert not configuration_named("baseline_s1", BOTH).forest
    assert [shown_as(name) for name in ("forest_s1", "baseline_s2", "c_t")] == [
        "forest",
        "baseline",
        "c_t",
    ]


def test_the_paper_has_four_configurations_beside_the_baselines():
    terms = {name: configuration_named(name, BOTH).terms for name in ("c", "c_m", "c_t", "c_t_m")}

    assert terms == {
        "c": (),
        "c_m": ("modality",),
        "c_t": ("triplet",),
        "c_t_m": ("triplet", "modality"),
    }


def test_only_configurations_that_say_so_have_aligned_pairs():
    found = {name: configuration_named(name, BOTH) for name in configuration_names(BOTH)}

    assert [name for name, one in found.items() if one.aligned] == [
        "c_nce_aligned",
        "c_distil_aligned",
    ]
    assert found["c_nce_aligned"].terms == found["c_nce"].terms == ("contrast",)


def test_sensors_are_a_matter_of_configuration():
    found = configuration_named("c_t_m", ("alos", "s2", "s1"))

    assert found.sensors == ("alos", "s1", "s2")
    assert configuration_named("baseline_alos", ("alos", "s2")).sensors == ("alos",)


def test_an_unknown_name_is_answered_with_those_that_there_are():
    with pytest.raises(ParamsError, match="'baseline_s3' is not one of baseline_s1, baseline_s2,"):
        configuration_named("baseline_s3", BOTH)


def test_one_sensor_is_too_few_for_all_but_its_baseline():
    with pytest.raises(ParamsError, match="needs two sensors or more, got s1: take baseline_s1"):
        configuration_named("c", ("s1",))
