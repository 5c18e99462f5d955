import numpy as np
import pytest

from crosslook.classifier.predictions import PartPredictions
from crosslook.classifier.scoring import score
from crosslook.classifier.studying import Member
from crosslook.delivery.champion import NothingToPromote
from crosslook.delivery.land_cover_promotion import best, candidates


def part(**sensors):
    """Of each sensor weighted and macro F1, above 30 %; the other reading says the contrary."""
    scored = {}
    for sensor, (weighted, macro) in sensors.items():
        intervals = {"weighted_interval": [0.0, 1.0], "macro_interval": None}
        scored[sensor] = {
            "kl": 1.0,
            "above_30": {"weighted": weighted, "macro": macro, "absent": [], **intervals},
            "at_least_10": {"weighted": 1 - (weighted or 0), "macro": 0.0, **intervals},
        }
    return {"patches": 9, "scenes": 3, "sensors": scored, "pairs": [], "probe": None}


def record(configuration, s1, s2, samples=0, seed=0, test=(0.0, 0.0)):
    return {
        "configuration": configuration,
        "samples": samples,
        "seed": seed,
        "dev": part(s1=s1, s2=s2),
        "test": part(s1=test, s2=test),
    }


def chosen(*records):
    return best(candidates(records)).member.name


def test_the_highest_mean_over_sensors_of_weighted_f1_on_dev_is_best():
    one, other = record("c", (0.2, 0.9), (0.9, 0.9)), record("c_t_m", (0.6, 0.1), (0.6, 0.1))

    found = best(candidates([one, other]))

    assert found.member == Member("c_t_m", 0, 0)
    assert found.f1 == pytest.approx(0.6)
    assert chosen(other, record("c", (0.3, 0), (0.91, 0))) == "c-all-seed0"  # .605


def test_nothing_is_chosen_by_test():
    worse = record("c_t_m", (0.4, 0.4), (0.4, 0.4), test=(0.9, 0.9))

    assert chosen(record("c", (0.5, 0.5), (0.5, 0.5)), worse) == "c-all-seed0"


def test_every_sample_size_and_seed_is_a_candidate():
    records = [
        record("c", (0.5, 0.5), (0.5, 0.5), samples, seed)
        for samples in (100, 0)
        for seed in (0, 1)
    ]
    records[1]["dev"] = part(s1=(0.6, 0.5), s2=(0.6, 0.5))

    assert len(candidates(records)) == 4
    assert chosen(*records) == "c-100-seed1"


def test_equal_ones_are_told_apart_by_macro_f1_and_then_by_name():
    first, second = record("c_m", (0.5, 0.4), (0.5, 0.4)), record("c_t", (0.5, 0.5), (0.5, 0.5))

    assert chosen(first, second) == "c_t-all-seed0"
    assert chosen(second, record("c", (0.5, 0.5), (0.5, 0.5))) == "c-all-seed0"
    assert chosen(record("c", (0.5, None), (0.5, None)), first) == "c_m-all-seed0"


def test_scores_of_dev_and_test_come_with_their_sensors_and_intervals():
    found = best(candidates([record("c", (0.4, 0.2), (0.6, 0.4), test=(0.3, 0.1))]))

    assert found.dev["weighted"] == pytest.approx(0.5)
    assert found.dev["macro"] == pytest.approx(0.3)
    assert found.test["sensors"]["s1"] == {
        "weighted": 0.3,
        "weighted_interval": [0.0, 1.0],
        "macro": 0.1,
        "macro_interval": None,
    }


def without_dev(one):
    return {key: value for key, value in one.items() if key != "dev"}


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([], "results/train_classifier.json names none that was trained"),
        ([record("baseline", (0.9, 0.9), (0.9, 0.9))], "only models of one sensor each"),
        ([record("forest", (0.9, 0.9), (0.9, 0.9))], "only models of one sensor each"),
        ([without_dev(record("c", (0, 0), (0, 0)))], "none was scored on split dev: raise"),
        ([record("c", (None, None), (0.5, 0.5))], "so there is no F1"),
    ],
)
def test_without_a_candidate_it_says_why(records, reason):
    with pytest.raises(NothingToPromote, match=f"no land-cover model is promoted: .*{reason}"):
        candidates(records)


def test_baselines_are_no_candidates():
    one = record("c", (0.1, 0.1), (0.1, 0.1))

    assert chosen(record("baseline", (0.9, 0.9), (0.9, 0.9)), one) == "c-all-seed0"


def test_what_the_training_writes_is_understood():
    truth = np.array([[1, 0], [0, 1], [0.5, 0.5]], np.float32)
    wrong = np.array([[0, 1], [0, 1], [0, 1]], np.float32)
    names = ("a", "b", "c")
    answers = {"s1": truth, "s2": wrong}
    part = score(PartPredictions(answers, {}, truth, names, names, ("x", "y")), 20, 0)

    (found,) = candidates(
        [{"configuration": "c", "samples": 4, "seed": 0, "dev": part, "test": part}]
    )

    # s2: x has F1 0; y has F1 2 * 2 / (2 * 2 + 1) = .8; each class is in two patches
    assert found.dev["sensors"]["s1"]["weighted"] == 1
    assert found.dev["sensors"]["s2"]["weighted"] == pytest.approx(0.4)
    assert found.f1 == pytest.approx(0.7)
    low, high = found.dev["sensors"]["s2"]["weighted_interval"]
    assert low <= 0.4 <= high
