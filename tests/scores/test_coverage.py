"""Whether the intervals hold what they should: data sets are drawn, and the truth is known."""

import numpy as np
import pytest

from crosslook.scores import bootstrap
from crosslook.scores.matching import match, prepare

IMAGES, DRAWS = 2, 200
pytestmark = pytest.mark.slow


def world(seed, scenes):
    """Scenes of two images whose objects are found more or less well, scene by scene."""
    rng = np.random.default_rng(seed)
    images, annotations, rows, groups = [], [], [], []
    for scene in range(scenes):
        skill = rng.beta(4, 3)
        for _ in range(IMAGES):
            image = len(images) + 1
            images.append({"id": image})
            groups.append(scene)
            for n in range(1 + rng.poisson(1.0)):
                box = [40.0 * n, 0.0, 20.0, 20.0]
                one = {"id": len(annotations) + 1, "image_id": image, "category_id": 1}
                annotations.append(one | {"bbox": box})
                for detector, gain in (("a", 0.0), ("b", 0.08)):
                    if rng.uniform() < skill + gain:
                        x, y = rng.normal(0, 1.5, 2)
                        found = [box[0] + x, box[1] + y, 20.0, 20.0]
                        rows.append((detector, image, found, rng.normal(0.6, 0.15)))
            for detector in ("a", "b"):
                for k in range(rng.poisson(1.0)):
                    box = [40.0 * k, 60.0, 20.0, 20.0]
                    rows.append((detector, image, box, rng.normal(0.4, 0.15)))
    truth = {"images": images, "annotations": annotations, "categories": [{"id": 1}]}
    seen = {
        detector: [
            {"image_id": image, "category_id": 1, "bbox": box, "score": float(score)}
            for name, image, box, score in rows
            if name == detector
        ]
        for detector in ("a", "b")
    }
    ready = prepare(truth)
    return {name: match(ready, found) for name, found in seen.items()}, groups


@pytest.fixture(scope="module")
def truth():
    """AP of both detectors on 6000 images."""
    large = [world(1000 + i, 1500)[0] for i in range(2)]
    return {
        name: np.mean([bootstrap.once(found[name])["AP"] for found in large]) for name in ("a", "b")
    }


@pytest.mark.parametrize("scenes", [16, 60])
def test_a_95_percent_interval_holds_the_truth_in_90_to_98_percent_of_the_draws(scenes, truth):
    """For AP, and for a paired difference of two detectors."""
    held = {"AP": 0, "difference": 0}
    for seed in range(DRAWS):
        found, groups = world(seed, scenes)
        counts = bootstrap.draw(groups, 1000, seed)
        a, b = (bootstrap.statistics(found[name], counts)["AP"] for name in ("a", "b"))
        low, high = bootstrap.interval(a, scenes)
        held["AP"] += int(low <= truth["a"] <= high)
        gap = bootstrap.difference(b, a, 0.0, scenes)
        held["difference"] += int(gap.low <= truth["b"] - truth["a"] <= gap.high)

    print(f"{scenes} scenes, {DRAWS} draws: the truth was held {held}")
    assert 0.90 <= held["AP"] / DRAWS <= 0.98
    assert 0.90 <= held["difference"] / DRAWS <= 0.98
