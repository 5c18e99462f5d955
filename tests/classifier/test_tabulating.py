import pytest

from crosslook.classifier.tabulating import rows_of


def record(seed, macro, configuration="c", probe=None):
    f1 = {"macro": macro, "macro_interval": [0.1, 0.9], "weighted": 0.5, "weighted_interval": None}
    part = {
        "patches": 12,
        "scenes": 3,
        "sensors": {"s1": {"above_30": f1, "at_least_10": f1}},
        "pairs": [],
        "probe": probe and {"accuracy": probe},
    }
    return {"configuration": configuration, "samples": 0, "seed": seed, "test": part}


def taught(configuration="c", patches=30):
    return {"configuration": configuration, "samples": 0, "seed": 0, "patches": patches}


def test_one_seed_keeps_its_interval_and_several_have_none_of_their_own():
    (one,) = rows_of([record(0, 0.5)], [taught()])
    (two,) = rows_of([record(0, 0.5), record(1, 0.75)], [taught()])

    assert one["scores"]["macro/s1"]["interval"] == [0.1, 0.9]
    assert two["scores"]["macro/s1"] == {
        "mean": 0.625,
        "interval": None,
        "range": [0.5, 0.75],
        "seeds": [0.5, 0.75],
    }
    assert two["seeds"] == [0, 1]


def test_a_score_that_one_seed_lacks_has_no_mean():
    (row,) = rows_of([record(0, 0.5, probe=0.75), record(1, None)], [taught()])

    assert row["scores"]["macro/s1"]["mean"] is None
    assert row["scores"]["macro/s1"]["seeds"] == [0.5, None]
    assert row["scores"]["probe"]["mean"] is None


def test_a_baseline_of_several_sensors_is_a_row_that_knows_what_it_was_taught_on():
    (row,) = rows_of([record(0, 0.5, "baseline")], [taught("baseline_s1"), taught("baseline_s2")])

    assert (row["configuration"], row["trained_on"]) == ("baseline", 30)
    assert (row["patches"], row["scenes"], row["sensors"]) == (12, 3, ["s1"])


def test_a_part_that_was_not_held_out_is_an_error():
    with pytest.raises(KeyError, match="dev"):
        rows_of([record(0, 0.5)], [taught()], part="dev")
