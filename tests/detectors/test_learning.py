import numpy as np
import pytest

from crosslook.detectors.detecting import detect
from crosslook.detectors.fitting import fit
from crosslook.detectors.settings import (
    Architecture,
    AugmentSettings,
    DetectionSettings,
    DetectorSettings,
    FitSettings,
    TrainingSettings,
)
from crosslook.detectors.shapes import draw_shapes
from crosslook.detectors.warm_start import make_start
from crosslook.patches.boxes import to_coco_results
from crosslook.patches.patch_set import Patch, write_patch_set
from crosslook.scores.average_precision import count_objects, evaluate

SIZE, STEPS = 96, 250
CONTRACT = {"sensor": "sar", "composite_bands": ["VH", "VV", "VH/VV"], "ratio": "amplitude"}
KINDS = [{"id": 3, "name": "wide"}, {"id": 8, "name": "high"}]


@pytest.fixture
def simulated(tmp_path):
    """Eight patches of simulated figures, labelled by whether they are wide or high."""
    patches, images, annotations = [], [], []
    for i in range(8):
        pixels, boxes = draw_shapes(np.random.default_rng(i + 2), SIZE, 16.0, 60.0)
        images.append({"id": i + 1, "width": SIZE, "height": SIZE, "file_name": f"p{i}.tif"})
        for x1, y1, x2, y2 in boxes.tolist():
            wide, high = x2 - x1, y2 - y1
            row = {"id": len(annotations) + 1, "image_id": i + 1, "bbox": [x1, y1, wide, high]}
            kind = KINDS[int(high > wide)]["id"]
            annotations.append(row | {"category_id": kind, "area": wide * high, "iscrowd": 0})
        place = ((0, SIZE * i, SIZE, SIZE), "EPSG:32630", (10.0, 0.0, 0.0, 0.0, -10.0, 0.0))
        patches.append((Patch(f"p{i}", "s", *place), pixels))
    coco = {"images": images, "annotations": annotations, "categories": KINDS}
    return write_patch_set(tmp_path / "set", patches, CONTRACT, coco)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["faster_rcnn", "cascade_rcnn"])
def test_both_architectures_learn_eight_patches_of_two_kinds_by_heart(kind, simulated):
    shape = Architecture(
        kind=kind,
        backbone="resnet18",
        width=16,
        normalisation="group",
        fpn_channels=32,
        levels=(2, 3, 4),
        anchors=((16.0,), (32.0,), (56.0,)),
        anchors_sampled=64,
        proposals=100,
        rois_sampled=64,
        box_head=128,
    )
    start = make_start(DetectorSettings("none", shape), None, 0)[0]
    training = TrainingSettings(STEPS, 4, learning_rate=2e-3, warmup_steps=10, save_every=1000)
    still = AugmentSettings(scale=(1.0, 1.0), looks=0, gain_db=0)
    settings = FitSettings(training, still, DetectionSettings(), validation_share=0.0)

    detector, _, _ = fit(start, simulated, settings, seed=0)
    found = detect(detector, simulated, settings.detection)

    assert count_objects(simulated.labels()) >= 8
    assert evaluate(simulated.labels(), to_coco_results(found))["AP50"] > 0.9
