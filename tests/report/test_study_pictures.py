import numpy as np
import pytest
from PIL import Image

from crosslook.report.study_pictures import write_pictures

RNG = np.random.default_rng(0)


def record(trials=30, members=("cyclegan", "cut"), **changes):
    rows = []
    for number in range(trials):
        shares = RNG.dirichlet(np.ones(len(members)))
        params = {f"weight/{name}": share for name, share in zip(members, shares, strict=True)}
        params |= {"iou_threshold": RNG.uniform(0.3, 0.8), "skip_threshold": RNG.uniform(0, 0.3)}
        rows.append({"number": number, "params": params, "value": RNG.uniform()})
    return {
        "weights": dict.fromkeys(members, 1 / len(members)),
        "iou_threshold": 0.5,
        "skip_threshold": 0.1,
        "equal": {"ap": 0.2, "ar": 0.3},
        "best_single": {"translation": members[0], "ap": 0.2, "ar": 0.2},
        "importance": dict.fromkeys(params, 0.25),
        "trials": rows,
    } | changes


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_ensemble_has_three_pictures(tmp_path):
    write_pictures(tmp_path, "faster_rcnn", "paper", record())

    assert names(tmp_path) == ["paper_history.png", "paper_importance.png", "paper_slices.png"]
    for path in tmp_path.iterdir():
        width, height = Image.open(path).size
        assert width >= 500
        assert height >= 150


def test_the_same_record_gives_the_same_bytes(tmp_path):
    one = record()
    for name in ("a", "b"):
        write_pictures(tmp_path / name, "faster_rcnn", "all", one)

    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize("trials", [1, 3])
def test_a_study_too_small_for_an_importance_has_two_pictures(tmp_path, trials):
    write_pictures(tmp_path, "faster_rcnn", "all", record(trials, importance=None))

    assert names(tmp_path) == ["all_history.png", "all_slices.png"]


def test_a_single_member_as_the_answer_has_no_thresholds_to_show(tmp_path):
    alone = record(iou_threshold=None, skip_threshold=None)

    write_pictures(tmp_path, "faster_rcnn", "all", alone)

    assert len(names(tmp_path)) == 3
