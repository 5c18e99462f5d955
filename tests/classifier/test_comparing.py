import json

import numpy as np
import pytest
import torch

from crosslook.classifier.comparing import compare
from crosslook.classifier.predictions import FILE
from crosslook.classifier.studying import Member, score_members
from crosslook.classifier.tensor_files import write_tensors
from crosslook.results import plain

SCENES = [f"scene{i // 3}" for i in range(24)]
TRUTH = np.tile(np.float32([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]), (8, 1))
WRONG = TRUTH[:, ::-1]
RNG = np.random.default_rng(0)


def noisy(amount, seed):
    rows = TRUTH + np.random.default_rng(seed).uniform(0, amount, TRUTH.shape).astype(np.float32)
    return rows / rows.sum(axis=1, keepdims=True)


def write(folder, one, places=None, **said):
    tensors = {"test/shares": torch.tensor(TRUTH)}
    for sensor, rows in said.items():
        tensors[f"test/probabilities/{sensor}"] = torch.tensor(rows.copy())
        features = np.concatenate([rows, RNG.normal(size=(24, 2))], axis=1)
        tensors[f"test/embeddings/{sensor}"] = torch.from_numpy(features.astype(np.float32))
    about = {"places": places or list(map(str, range(24))), "scenes": SCENES, "classes": ["x", "y"]}
    write_tensors(folder / one.name / FILE, tensors, {"test": about})
    return one


def found(folder, *study, replicates=400):
    study = list(study)
    trainings = [
        {"configuration": one.configuration, "samples": one.samples, "patches": 30} for one in study
    ]
    scores = score_members(study, folder, replicates, 0)
    return compare(study, folder, {"scores": scores, "trainings": trainings}, replicates, 0), scores


def row(table, configuration, samples=0):
    (one,) = [r for r in table if (r["configuration"], r["samples"]) == (configuration, samples)]
    return one["scores"]


def gap(differences, score, a, b):
    (one,) = [d for d in differences if (d["score"], d["a"], d["b"]) == (score, a, b)]
    return one


def baselines(folder, seed=0, s1=WRONG, s2=TRUTH):
    return (
        write(folder, Member("baseline_s1", 0, seed), s1=s1),
        write(folder, Member("baseline_s2", 0, seed), s2=s2),
    )


def test_a_row_is_the_mean_over_seeds_with_their_range(tmp_path):
    study = [
        write(tmp_path, Member("c", 0, 0), s1=TRUTH, s2=TRUTH),
        write(tmp_path, Member("c", 0, 1), s1=WRONG, s2=TRUTH),
    ]

    table = found(tmp_path, *study)[0]["table"]

    # Above 0.3: right, both wrong, both right; F1 of each class 2 / (2 + 1/2 + 1/2) of its patches.
    assert row(table, "c")["macro/s1"]["seeds"] == [1.0, 0.5]
    assert row(table, "c")["macro/s1"]["mean"] == 0.75
    assert row(table, "c")["macro/s1"]["range"] == [0.5, 1.0]
    assert row(table, "c")["gap_macro/s1-s2"]["mean"] == 0.25
    assert row(table, "c")["s/s1-s2"]["range"] == pytest.approx([(0.2 + 0.4 + 1) / 3, 1.0])
    assert (table[0]["patches"], table[0]["scenes"], table[0]["trained_on"]) == (24, 8, 30)


def test_the_intervals_of_one_seed_are_those_of_its_record(tmp_path):
    one = write(tmp_path, Member("c", 0, 0), s1=noisy(0.8, 1), s2=noisy(0.4, 2))

    compared, (record,) = found(tmp_path, one)

    scores, sensor = row(compared["table"], "c"), record["test"]["sensors"]["s1"]
    (pair,) = record["test"]["pairs"]
    for name, interval in (
        ("macro/s1", sensor["above_30"]["macro_interval"]),
        ("weighted_at_least_10/s1", sensor["at_least_10"]["weighted_interval"]),
        ("gap_weighted/s1-s2", pair["gap"]["weighted"]["interval"]),
        ("s/s1-s2", pair["homogeneity"]["interval"]),
    ):
        assert scores[name]["interval"] == pytest.approx(interval)
    assert scores["probe"]["interval"][0] <= record["test"]["probe"]["accuracy"]


def test_seeds_share_their_scenes_so_a_second_like_the_first_changes_no_interval(tmp_path):
    said = {"s1": noisy(0.8, 1), "s2": noisy(0.4, 2)}
    first, second = (write(tmp_path, Member("c", 0, seed), **said) for seed in (0, 1))

    one, two = (
        row(found(tmp_path, *study)[0]["table"], "c") for study in ([first], [first, second])
    )

    assert two["macro/s1"]["interval"] == pytest.approx(one["macro/s1"]["interval"])
    assert one["macro/s1"]["interval"][0] < one["macro/s1"]["interval"][1]


def test_a_difference_is_paired_and_has_its_seeds(tmp_path):
    study = [*baselines(tmp_path, 0), *baselines(tmp_path, 1, s1=TRUTH)]
    study += [write(tmp_path, Member("c", 0, seed), s1=TRUTH, s2=TRUTH) for seed in (0, 1)]

    differences = found(tmp_path, *study)[0]["differences"]

    of_s1, of_s2 = (gap(differences, f"macro/{sensor}", "c", "baseline") for sensor in ("s1", "s2"))
    assert of_s1["difference"] == pytest.approx(0.25)
    assert of_s1["seeds"] == [0.5, 0.0]
    assert (of_s1["low"], of_s1["high"]) == pytest.approx((0.25, 0.25))  # all scenes are alike
    assert of_s1["distinguishable_holm"]
    assert of_s2["difference"] == 0
    assert not of_s2["distinguishable"]


def test_gaps_are_compared_though_they_lie_below_zero(tmp_path):
    study = [*baselines(tmp_path, s1=TRUTH, s2=WRONG)]
    study.append(write(tmp_path, Member("c", 0, 0), s1=TRUTH, s2=TRUTH))

    compared, _ = found(tmp_path, *study)

    assert row(compared["table"], "baseline")["gap_macro/s1-s2"]["mean"] == -0.5
    assert gap(compared["differences"], "gap_macro/s1-s2", "c", "baseline")["low"] == 0.5


def test_a_family_is_corrected_for_its_comparisons_and_no_pair_stands_twice(tmp_path):
    study = [*baselines(tmp_path)]
    study += [write(tmp_path, Member(n, 0, 0), s1=TRUTH, s2=TRUTH) for n in ("c", "c_m", "c_t")]

    differences = found(tmp_path, *study)[0]["differences"]

    family = [one for one in differences if one["score"] == "macro/s1"]
    assert [(one["a"], one["b"]) for one in family] == [
        ("c", "baseline"),
        ("c_m", "baseline"),
        ("c_t", "baseline"),
        ("c_m", "c"),
        ("c_t", "c"),
    ]
    assert [one["p_holm"] for one in family[:3]] == pytest.approx([5 * 2 / 401] * 3)
    assert not [one for one in differences if "at_least_10" in one["score"]]


def test_the_baseline_has_no_probe_so_it_is_compared_with_c_alone(tmp_path):
    study = [*baselines(tmp_path)]
    study += [write(tmp_path, Member(n, 0, 0), s1=TRUTH, s2=TRUTH) for n in ("c", "c_m")]

    compared, _ = found(tmp_path, *study)

    assert "probe" not in row(compared["table"], "baseline")
    probes = [(d["a"], d["b"]) for d in compared["differences"] if d["score"] == "probe"]
    assert probes == [("c_m", "c")]


def test_numbers_of_samples_are_not_compared_with_each_other(tmp_path):
    study = [write(tmp_path, Member(n, 10, 0), s1=TRUTH, s2=TRUTH) for n in ("c", "c_m")]
    study += [write(tmp_path, Member(n, 0, 0), s1=TRUTH, s2=TRUTH) for n in ("c", "c_t")]

    differences = found(tmp_path, *study)[0]["differences"]

    assert {(d["samples"], d["a"], d["b"]) for d in differences} == {
        (10, "c_m", "c"),
        (0, "c_t", "c"),
    }


def test_a_comparison_is_plain_json(tmp_path):
    study = [*baselines(tmp_path), write(tmp_path, Member("c", 0, 0), s1=noisy(1, 3), s2=TRUTH)]

    json.dumps(plain(found(tmp_path, *study)[0]), allow_nan=False)


def test_models_tested_elsewhere_are_refused(tmp_path):
    here = write(tmp_path, Member("c", 0, 0), s1=TRUTH, s2=TRUTH)
    names = [f"p{i}" for i in range(24)]
    there = write(tmp_path, Member("c_m", 0, 0), places=names, s1=TRUTH, s2=TRUTH)

    with pytest.raises(ValueError, match="not tested on the same places"):
        found(tmp_path, here, there)


def test_other_seeds_are_refused(tmp_path):
    study = [
        write(tmp_path, Member(name, 0, seed), s1=TRUTH, s2=TRUTH)
        for name, seed in (("c", 0), ("c_m", 1))
    ]

    with pytest.raises(ValueError, match=r"c_m: seeds \[1\] and c: seeds \[0\]: only the same"):
        found(tmp_path, *study)
