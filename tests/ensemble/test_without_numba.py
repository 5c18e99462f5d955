"""Where numba is missing, and ensemble_boxes with it, the numbers are the same."""

import json
import subprocess
import sys

SCRIPT = """
import json, sys
if sys.argv[1] == "without":
    sys.modules["numba"] = sys.modules["ensemble_boxes"] = None
import numpy as np
from crosslook.ensemble.fusion import FusionRules
from crosslook.ensemble.problem import prepare_fusion, score_fusion
from crosslook.patches.boxes import Detections
from crosslook.scores import compiling

assert compiling.AVAILABLE == (sys.argv[1] == "with")
rng = np.random.default_rng(0)
places = rng.uniform(0, 40, (6, 2))
answers = {}
for name in "ab":
    corners = places + rng.normal(0, 1, (6, 2))
    boxes = np.float32(np.concatenate([corners, corners + 20], axis=1))
    answers[name] = {1: Detections(boxes, np.float32(rng.uniform(0.3, 1, 6)), np.ones(6, int))}
data = {
    "images": [{"id": 1, "width": 64, "height": 64}],
    "categories": [{"id": 1, "name": "ship"}],
    "annotations": [
        {"id": i, "image_id": 1, "category_id": 1, "bbox": [*place, 20.0, 20.0]}
        for i, place in enumerate(places.tolist(), start=1)
    ],
}
problem = prepare_fusion(answers, data, "ab")
print(json.dumps(score_fusion(problem, {"a": 0.3, "b": 0.7}, FusionRules())))
"""


def run(how):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def test_a_trial_scores_the_same_without_numba():
    found = run("without")

    assert found == run("with")
    assert 0 < found["AP"] < 1


def test_fusing_needs_neither_the_reference_library_nor_pycocotools():
    blocked = "import sys; sys.modules.update(ensemble_boxes=None, pycocotools=None)"
    used = "from crosslook.ensemble.fusion import fuse_images, weighted_boxes_fusion"

    subprocess.run([sys.executable, "-c", f"{blocked}; {used}"], check=True)
