"""A project whose detectors are tiny, as the stages before them leave it."""

import json

import numpy as np
import pytest
from contracts import OPTICAL, SAR

from crosslook.patches.patch_set import Patch, write_patch_set

SIZE = 64
PARAMS = {
    "seed": 1,
    "translations": ["cut", "none", "real_sar"],
    "detectors": ["faster_rcnn"],
    "warm_start": {"training": {"steps": 2, "batch_size": 1}, "size_px": 64, "largest_px": 40},
    "train_detector": {
        "every": {
            "training": {"steps": 4, "batch_size": 2, "examinations": 1, "save_every": 1},
            "detection": {"score_threshold": 0.0},
        },
        "faster_rcnn": {
            "weights": "warm_start",
            "architecture": {
                "backbone": "resnet18",
                "width": 8,
                "normalisation": "group",
                "fpn_channels": 8,
                "levels": [3, 4],
                "anchors": [[16], [32]],
                "anchors_sampled": 32,
                "proposals": 20,
                "rois_sampled": 16,
                "box_head": 16,
            },
        },
    },
    "detect_test": {"detection": {"score_threshold": 0.0}},
}


def write_squares(folder, n, contract, seed, notes=()):
    """A labelled patch set with one bright square per patch; ``notes`` of the first ones."""
    rng = np.random.default_rng(seed)
    patches, images, annotations = [], [], []
    for i in range(n):
        pixels = rng.integers(20, 80, (3, SIZE, SIZE)).astype(np.uint8)
        x, y = (int(value) for value in rng.integers(2, SIZE - 22, 2))
        pixels[:, y : y + 20, x : x + 20] = 240
        window = (0, SIZE * i, SIZE, SIZE)
        transform = (10.0, 0.0, 0.0, 0.0, -10.0, 0.0)
        place = (f"p{i}", f"s{i % 2}", window, "EPSG:32630", transform)
        patches.append((Patch(*place, notes=notes[i] if i < len(notes) else {}), pixels))
        images.append({"id": i + 1, "width": SIZE, "height": SIZE, "file_name": f"p{i}.tif"})
        box = {"bbox": [x, y, 20, 20], "area": 400, "iscrowd": 0}
        annotations.append({"id": i + 1, "image_id": i + 1, "category_id": 1, **box})
    coco = {
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "name": "port"}],
    }
    return write_patch_set(folder, patches, contract, coco)


@pytest.fixture
def squares():
    return write_squares


@pytest.fixture
def detector_params():
    return json.loads(json.dumps(PARAMS))


@pytest.fixture
def detector_project(project, detector_params):
    """Translations cut (two checkpoints), none (optical) and real_sar (nothing to learn from)."""
    root = project(detector_params)
    fakes = root / "build/translate"
    write_squares(fakes / "cut/step_000010", 5, SAR, 1)
    write_squares(fakes / "cut/step_000020", 5, SAR, 2)
    write_squares(fakes / "none/only", 5, OPTICAL, 3)
    write_squares(fakes / "real_sar/only", 0, SAR, 4)
    write_squares(root / "build/tile/sar_dev", 3, SAR, 5)
    write_squares(root / "build/tile/sar_test", 4, SAR, 6)
    for name in detector_params["translations"]:
        path = root / f"results/translate/{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"translation": name, "method": name, "checkpoints": []}))
    return root
