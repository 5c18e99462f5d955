"""The smallest detector, and patch sets of bright squares on a dark ground."""

import numpy as np
import pytest
from contracts import SAR

from crosslook.detectors.settings import (
    Architecture,
    AugmentSettings,
    DetectionSettings,
    FitSettings,
    TrainingSettings,
)
from crosslook.patches.patch_set import Patch, write_patch_set

SIZE = 64


@pytest.fixture
def tiny():
    return Architecture(
        backbone="resnet18",
        width=8,
        normalisation="group",
        fpn_channels=8,
        levels=(3, 4),
        anchors=((16.0,), (32.0,)),
        anchors_sampled=32,
        proposals=20,
        rois_sampled=16,
        box_head=16,
    )


@pytest.fixture
def short():
    """A training of four steps."""
    training = TrainingSettings(
        steps=4, batch_size=2, warmup_steps=1, examinations=2, save_every=1, learning_rate=1e-3
    )
    return FitSettings(training, AugmentSettings(), DetectionSettings(score_threshold=0.0))


@pytest.fixture
def make_set(tmp_path):
    """Write a labelled set: per patch one 20 px square, none in every third; returns it opened."""

    def make(name="fakes", n=6, scenes=2, contract=SAR, squares=True):
        rng = np.random.default_rng(0)
        patches, images, annotations = [], [], []
        for i in range(n):
            pixels = rng.integers(20, 80, (3, SIZE, SIZE)).astype(np.uint8)
            images.append({"id": i + 1, "width": SIZE, "height": SIZE, "file_name": f"p{i}.tif"})
            if squares and i % 3 != 2:
                x, y = (int(value) for value in rng.integers(2, SIZE - 22, 2))
                pixels[:, y : y + 20, x : x + 20] = 240
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": i + 1,
                        "category_id": 7,
                        "bbox": [x, y, 20, 20],
                        "area": 400,
                        "iscrowd": 0,
                    }
                )
            scene = f"s{i % scenes}"
            transform = (10.0, 0.0, 0.0, 0.0, -10.0, 0.0)
            window = (0, SIZE * (i // scenes), SIZE, SIZE)
            patches.append((Patch(f"p{i}", scene, window, "EPSG:32630", transform), pixels))
        coco = {
            "images": images,
            "annotations": annotations,
            "categories": [{"id": 7, "name": "square"}],
        }
        return write_patch_set(tmp_path / name, patches, contract, coco)

    return make
