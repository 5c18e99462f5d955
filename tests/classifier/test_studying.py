import numpy as np
import torch

from crosslook.classifier.predictions import FILE
from crosslook.classifier.studying import Member, members, score_members
from crosslook.classifier.tensor_files import write_tensors

SHARES = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.0, 1.0]])
ABOUT = {"places": list("pqrs"), "scenes": list("aabb"), "classes": ["x", "y"]}


def write(folder, one, *sensors):
    tensors = {"test/shares": SHARES}
    for sensor in sensors:
        tensors[f"test/probabilities/{sensor}"] = SHARES.clone()
        tensors[f"test/embeddings/{sensor}"] = torch.randn(4, 2)
    write_tensors(folder / one.name / FILE, tensors, {"test": ABOUT})


def test_members_are_named_by_configuration_samples_and_seed():
    study = members(["c", "c_m"], [100, 0], [3])

    assert [one.name for one in study] == [
        "c-100-seed3",
        "c-all-seed3",
        "c_m-100-seed3",
        "c_m-all-seed3",
    ]


def test_the_baselines_of_all_sensors_make_one_record_per_size_and_seed(tmp_path):
    study = members(["baseline_s1", "c", "baseline_s2"], [10, 0], [0])
    for one in study:
        sensors = ["s1", "s2"] if one.configuration == "c" else [one.configuration[-2:]]
        write(tmp_path, one, *sensors)

    records = score_members(study, tmp_path, 10, 0)

    assert [(r["configuration"], r["samples"], r["seed"]) for r in records] == [
        ("baseline", 10, 0),
        ("baseline", 0, 0),
        ("c", 10, 0),
        ("c", 0, 0),
    ]
    baseline, shared = records[0]["test"], records[2]["test"]
    assert sorted(baseline["sensors"]) == ["s1", "s2"]
    assert np.isclose(baseline["pairs"][0]["homogeneity"]["s"], 1.0)
    assert baseline["probe"] is None
    assert shared["probe"] is not None


def test_a_baseline_without_the_other_sensors_still_has_its_f1(tmp_path):
    one = Member("baseline_s1", 0, 0)
    write(tmp_path, one, "s1")

    (record,) = score_members([one], tmp_path, 10, 0)

    assert record["test"]["sensors"]["s1"]["above_30"]["macro"] == 1.0
    assert record["test"]["pairs"] == []
