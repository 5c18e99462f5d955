"""How much faster a compiled trial of the fusion study is than ensemble-boxes with pycocotools.

    python benchmarks/fusion.py

60 images of 870 px with 200 objects, and three detectors that together give so many boxes an image.
Both sides get what can be prepared beforehand: the library its boxes as shares in plain lists and
its ground truth indexed, the compiled trial its arrays. The code is compiled before the clock runs.
A time is the median of a thread's CPU time over trials with different weights and thresholds, in
which both sides must give the same AP and AR to 1e-12.
"""

import argparse
import io
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import ensemble_boxes
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from crosslook.ensemble.fusion import FusionRules, normalised
from crosslook.ensemble.problem import prepare_fusion, score_fusion
from crosslook.patches.boxes import Detections
from crosslook.scores import compiling

IMAGES, OBJECTS, SIZE = 60, 200, 870
DETECTORS = ("a", "b", "c")
STATISTICS = {"AP": 0, "AP50": 1, "AP75": 2, "AR100": 8}


@dataclass(frozen=True)
class Times:
    """Seconds of CPU per trial."""

    boxes: int  # an image, of all detectors together
    libraries: float
    compiled: float

    @property
    def ratio(self) -> float:
        return self.libraries / self.compiled


def world(boxes: int, seed: int) -> tuple[dict[str, Any], dict[str, dict[int, Detections]]]:
    """A COCO data set, and detectors that find most of its objects and invent the other boxes."""
    rng = np.random.default_rng(seed)
    sides = rng.uniform(0.05, 0.2, (OBJECTS, 2)) * SIZE
    corners = rng.uniform(0, SIZE - sides)
    image = rng.integers(1, IMAGES + 1, OBJECTS)
    data = {
        "images": [{"id": i, "width": SIZE, "height": SIZE} for i in range(1, IMAGES + 1)],
        "categories": [{"id": 1, "name": "port"}],
        "annotations": [
            {"id": i + 1, "image_id": int(image[i]), "category_id": 1, "iscrowd": 0}
            | {"bbox": [*corners[i].tolist(), *sides[i].tolist()], "area": float(sides[i].prod())}
            for i in range(OBJECTS)
        ],
    }
    objects = np.concatenate([corners, corners + sides], axis=1)
    answers: dict[str, dict[int, Detections]] = {name: {} for name in DETECTORS}
    for i in range(1, IMAGES + 1):
        for place, name in enumerate(DETECTORS):
            share = boxes // len(DETECTORS) + (place < boxes % len(DETECTORS))
            answers[name][i] = detector(rng, objects[image == i], share)
    return data, answers


def detector(rng: np.random.Generator, objects: np.ndarray, boxes: int) -> Detections:
    """So many boxes: four of five objects, misplaced, and the rest invented."""
    found = objects[rng.uniform(size=len(objects)) < 0.8][:boxes]
    side = found[:, 2:] - found[:, :2]
    found = found + rng.normal(0, 0.08, found.shape) * np.tile(side, 2)
    sides = rng.uniform(0.05, 0.2, (boxes - len(found), 2)) * SIZE
    corners = rng.uniform(0, SIZE - sides)
    invented = np.concatenate([corners, corners + sides], axis=1)
    scores = np.append(rng.uniform(0.3, 1, len(found)), rng.uniform(0.02, 0.7, len(invented)))
    order = np.argsort(-scores)
    return Detections(
        np.concatenate([found, invented])[order].astype(np.float32),
        scores[order].astype(np.float32),
        np.ones(boxes, np.int64),
    )


def by_libraries(
    data: dict[str, Any], answers: dict[str, dict[int, Detections]]
) -> Callable[[dict[str, float], FusionRules], dict[str, float]]:
    """A trial as it is without this package's code."""
    truth = COCO()
    truth.dataset = data
    with redirect_stdout(io.StringIO()):
        truth.createIndex()
    lists = {
        i: (
            [(answers[name][i].boxes / float(SIZE)).clip(0, 1).tolist() for name in DETECTORS],
            [answers[name][i].scores.tolist() for name in DETECTORS],
            [answers[name][i].labels.tolist() for name in DETECTORS],
        )
        for i in range(1, IMAGES + 1)
    }

    def trial(weights: dict[str, float], rules: FusionRules) -> dict[str, float]:
        rows = []
        for i, (boxes, scores, labels) in lists.items():
            fused, confidence, _ = ensemble_boxes.weighted_boxes_fusion(
                boxes,
                scores,
                labels,
                weights=list(weights.values()),
                iou_thr=rules.iou_threshold,
                skip_box_thr=rules.skip_threshold,
            )
            pixels = (fused * SIZE).astype(np.float32).astype(np.float64)
            pixels[:, 2:] -= pixels[:, :2]
            for box, score in zip(
                pixels.tolist(), confidence.astype(np.float32).tolist(), strict=True
            ):
                rows.append({"image_id": i, "category_id": 1, "bbox": box, "score": score})
        with redirect_stdout(io.StringIO()):
            judge = COCOeval(truth, truth.loadRes(rows), "bbox")
            judge.evaluate()
            judge.accumulate()
            judge.summarize()
        return {name: float(judge.stats[place]) for name, place in STATISTICS.items()}

    return trial


def measure(boxes: int, trials: int, seed: int = 0) -> Times:
    """Both times at so many boxes an image.

    Raises:
        RuntimeError: if the two disagree, or nothing is compiled.
    """
    if not compiling.AVAILABLE:
        raise RuntimeError("numba is not installed: there is nothing compiled to be measured.")
    data, answers = world(boxes, seed)
    libraries, problem = by_libraries(data, answers), prepare_fusion(answers, data, DETECTORS)
    score_fusion(problem, dict.fromkeys(DETECTORS, 1.0), FusionRules())
    rng = np.random.default_rng(seed)
    slow, fast = [], []
    for _ in range(trials):
        weights = normalised(dict(zip(DETECTORS, rng.uniform(0.05, 1, 3).tolist(), strict=True)))
        rules = FusionRules(float(rng.uniform(0.3, 0.8)), float(rng.uniform(0, 0.05)))
        start = time.thread_time()
        expected = libraries(weights, rules)
        slow.append(time.thread_time() - start)
        for _ in range(5):
            start = time.thread_time()
            found = score_fusion(problem, weights, rules)
            fast.append(time.thread_time() - start)
        if (gap := max(abs(found[name] - expected[name]) for name in expected)) > 1e-12:
            raise RuntimeError(f"the two differ by {gap}: {found} and {expected}.")
    return Times(boxes, float(np.median(slow)), float(np.median(fast)))


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boxes", type=int, nargs="+", default=[30, 100, 290])
    parser.add_argument("--trials", type=int, default=15)
    given = parser.parse_args()
    print(f"One trial: {IMAGES} images, {OBJECTS} objects, {len(DETECTORS)} detectors. CPU time.")
    print(f"{'boxes/image':>11}{'ensemble-boxes + pycocotools':>31}{'compiled':>12}{'ratio':>9}")
    for boxes in given.boxes:
        times = measure(boxes, given.trials)
        print(
            f"{boxes:>11}{times.libraries * 1e3:>28.1f} ms{times.compiled * 1e3:>9.3f} ms"
            f"{times.ratio:>8.0f}x",
            flush=True,
        )


if __name__ == "__main__":
    main()
