"""Three patches with a ship each, and JSON files beside them."""

import json

import numpy as np

from crosslook.patches.patch_set import Patch, write_patch_set

SIZE = 64
CORNERS = [(5, 5), (30, 30), (10, 40)]  # upper left, of ships of 12 x 12 px


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def write_three_ships(folder):
    patches = [
        (
            Patch(
                f"p{i}", f"scene{i // 2}", (0, 0, SIZE, SIZE), "EPSG:32632", (10, 0, 0, 0, -10, 0)
            ),
            np.ones((3, SIZE, SIZE), np.uint8),
        )
        for i in range(3)
    ]
    coco = {
        "images": [{"id": i, "width": SIZE, "height": SIZE} for i in (1, 2, 3)],
        "categories": [{"id": 1, "name": "ship"}],
        "annotations": [
            {"id": i, "image_id": i, "category_id": 1, "bbox": [x, y, 12, 12], "area": 144}
            | {"iscrowd": 0}
            for i, (x, y) in enumerate(CORNERS, start=1)
        ],
    }
    write_patch_set(folder, patches, {"composite_bands": ["VH", "VV", "ratio"]}, coco)
