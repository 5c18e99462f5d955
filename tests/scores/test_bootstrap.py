import numpy as np
import pytest

from crosslook.scores import compiling
from crosslook.scores.average_precision import evaluate
from crosslook.scores.bootstrap import difference, draw, interval, once, statistics, tail
from crosslook.scores.matching import match, prepare


def problem(seed=0, images=8, categories=2):
    """Objects, and a detector that finds most of them and invents some."""
    rng = np.random.default_rng(seed)
    annotations, rows = [], []
    for image in range(1, images + 1):
        for _ in range(rng.integers(0, 5)):
            category = int(rng.integers(1, categories + 1))
            x, y, w, h = rng.uniform([0, 0, 5, 5], [50, 50, 14, 14]).tolist()
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": category,
                    "bbox": [x, y, w, h],
                    "area": w * h,
                    "iscrowd": int(rng.uniform() < 0.1),
                }
            )
            for _ in range(rng.integers(0, 3)):
                dx, dy, dw, dh = rng.normal(0, 1.2, 4)
                box = [x + dx, y + dy, max(w + dw, 1.0), max(h + dh, 1.0)]
                rows.append(seen(image, category, box, rng.uniform(0.2, 1)))
        for _ in range(rng.integers(0, 4)):
            box = rng.uniform([0, 0, 5, 5], [50, 50, 14, 14]).tolist()
            rows.append(seen(image, int(rng.integers(1, categories + 1)), box, rng.uniform(0, 0.7)))
    data = {
        "images": [{"id": i, "width": 64, "height": 64} for i in range(1, images + 1)],
        "categories": [{"id": i, "name": str(i)} for i in range(1, categories + 1)],
        "annotations": annotations,
    }
    return data, rows


def seen(image, category, box, score):
    return {
        "image_id": image,
        "category_id": category,
        "bbox": [float(value) for value in box],
        "score": float(score),
    }


def repeated(data, rows, counts):
    """The data set and the detections with image i really standing there counts[i] times."""
    images, annotations, detections = [], [], []
    for image, count in zip(data["images"], counts, strict=True):
        for _ in range(count):
            new = len(images) + 1
            images.append({**image, "id": new})
            for row in data["annotations"]:
                if row["image_id"] == image["id"]:
                    annotations.append({**row, "image_id": new, "id": len(annotations) + 1})
            detections += [{**r, "image_id": new} for r in rows if r["image_id"] == image["id"]]
    return {**data, "images": images, "annotations": annotations}, detections


@pytest.mark.parametrize("seed", range(6))
def test_a_replicate_equals_pycocotools_on_the_repeated_images(seed):
    data, rows = problem(seed)
    counts = draw(range(8), 4, seed)

    replicates = statistics(match(prepare(data), rows), counts)

    for i, of_replicate in enumerate(counts):
        reference = evaluate(*repeated(data, rows, of_replicate))
        for name, values in replicates.items():
            assert values[i] == pytest.approx(reference[name], rel=0, abs=1e-12)


def test_every_image_once_is_the_plain_score():
    data, rows = problem()
    matches = match(prepare(data), rows)

    assert once(matches)["AP"] == pytest.approx(evaluate(data, rows)["AP"], abs=1e-12)


def test_blocks_of_replicates_do_not_change_the_result(monkeypatch):
    data, rows = problem()
    matches, counts = match(prepare(data), rows), draw(range(8), 50, 3)
    whole = statistics(matches, counts)["AP"]

    monkeypatch.setattr("crosslook.scores.bootstrap._CELLS", 100)

    np.testing.assert_array_equal(statistics(matches, counts)["AP"], whole)


def test_a_replicate_without_objects_is_undefined():
    data, rows = problem()
    without = np.zeros((1, 8), int)

    assert statistics(match(prepare(data), rows), without)["AP"].tolist() == [-1]


def test_undefined_replicates_are_left_out_of_the_interval():
    assert interval(np.array([-1.0, 0.5, 0.5])) == (0.5, 0.5)


def test_the_interval_is_the_middle_95_percent():
    assert interval(np.linspace(0, 1, 1001)) == pytest.approx((0.025, 0.975))


def test_draws_are_as_many_as_there_are_images():
    assert set(draw(range(9), 20, 0).sum(axis=1)) == {9}


def test_images_of_one_scene_are_drawn_together():
    counts = draw(["a", "b", "a", "c"], 50, 0)

    np.testing.assert_array_equal(counts[:, 0], counts[:, 2])
    assert set(counts[:, [0, 1, 3]].sum(axis=1)) == {3}


def test_the_seed_fixes_the_draws():
    np.testing.assert_array_equal(draw(range(9), 5, 1), draw(range(9), 5, 1))
    assert (draw(range(9), 5, 1) != draw(range(9), 5, 2)).any()


def test_draws_need_images():
    with pytest.raises(ValueError, match="need images and replicates, got 0 and 5"):
        draw([], 5, 0)


def test_a_detector_does_not_differ_from_itself():
    data, rows = problem()
    values = statistics(match(prepare(data), rows), draw(range(8), 100, 0))["AP"]

    same = difference(values, values, 0.0)

    assert (same.low, same.high, same.share_not_above_zero) == (0, 0, 1)
    assert not same.distinguishable


def test_pairing_narrows_the_interval_of_a_difference():
    data, rows = problem(images=30)
    worse = [row for i, row in enumerate(rows) if i % 7]
    truth, counts = prepare(data), draw(range(30), 500, 0)
    a, b = (statistics(match(truth, one), counts)["AP"] for one in (rows, worse))

    paired = difference(a, b, 0.0)

    low, high = interval(a)
    assert paired.high - paired.low < high - low


def test_a_difference_needs_equal_draws():
    with pytest.raises(ValueError, match="the same draws"):
        difference(np.zeros(3), np.zeros(4), 0.0)


@pytest.mark.skipif(not compiling.AVAILABLE, reason="numba is not installed")
@pytest.mark.parametrize("seed", range(4))
def test_compiled_replicates_equal_those_of_numpy_bit_for_bit(seed, monkeypatch):
    data, rows = problem(seed, images=30)
    matches, counts = match(prepare(data), rows), draw(range(30), 60, seed)
    compiled = statistics(matches, counts)

    monkeypatch.setattr(compiling, "AVAILABLE", False)

    for name, values in statistics(matches, counts).items():
        np.testing.assert_array_equal(compiled[name], values)


def test_the_p_value_is_twice_the_share_on_the_rarer_side():
    gaps = np.array([-0.1, *[0.2] * 8])

    found = difference(gaps + 0.5, np.full(9, 0.5), 0.1)

    assert found.p == pytest.approx(2 * (1 + 1) / (1 + 9))


def test_a_p_value_is_never_zero():
    found = difference(np.full(99, 0.5), np.full(99, 0.1), 0.4)

    assert found.p == pytest.approx(2 / 100)


def test_the_p_value_and_the_interval_agree_on_five_percent():
    rng = np.random.default_rng(0)
    for shift in np.linspace(0.0, 0.4, 21):
        gaps = rng.normal(shift, 0.1, 4000)
        found = difference(gaps + 3, np.full(4000, 3.0), shift)
        assert found.distinguishable == (found.p < 0.05) or abs(found.p - 0.05) < 0.001


def test_few_groups_widen_the_interval():
    """n = 16: t is 2.131, times sqrt(16 / 15) 2.201, of which the normal distribution has 1.4 %."""
    assert tail(16) == pytest.approx(0.01386, abs=1e-5)
    assert tail(10**6) == pytest.approx(tail(None), abs=1e-5)


def test_what_few_groups_distinguish_has_a_p_value_below_five_percent():
    rng = np.random.default_rng(0)
    for shift in np.linspace(0.0, 0.5, 26):
        gaps = rng.normal(shift, 0.1, 4000)
        found = difference(gaps + 3, np.full(4000, 3.0), shift, groups=12)
        assert found.p < 0.05 or not found.distinguishable
