"""A small folder of patches of two sensors with class rasters, and its description."""

import json

import numpy as np
from sen12ms_files import write

from crosslook.patches.land_cover_description import read_description

DESCRIPTION = {
    "sensors": {
        "radar": {
            "files": "radar/{scene}/{patch}.tif",
            "bands": ["VV"],
            "clip": [-20, 0],
            "mean": [-10],
            "std": [5],
        },
        "optical": {
            "files": "optical/{scene}-{patch}.tif",
            "bands": ["B04", "B08"],
            "scale": 1e-4,
            "offset": -0.1,
            "mean": [0.1, 0.2],
            "std": [0.1, 0.1],
        },
    },
    "classes": {
        "files": "cover/{scene}_{patch}.tif",
        "table": {"water": [1], "trees": [2, 3]},
        "left_out": [0, 9],
    },
}


def write_folder(folder, scenes=("lake", "wood"), patches=("p1", "p2", "p10"), codes=(1, 2, 9)):
    for k, scene in enumerate(scenes):
        for i, patch in enumerate(patches):
            at = (500_000 + 30 * i, 4_000_000 + 9_000 * k)
            write(folder / f"radar/{scene}/{patch}.tif", np.full((1, 4, 4), -5, np.float32), at)
            optical = np.full((2, 4, 4), 3000, np.int16)
            write(folder / f"optical/{scene}-{patch}.tif", optical, at)
            cover = np.resize(np.array(codes, np.uint8), (1, 4, 4))
            write(folder / f"cover/{scene}_{patch}.tif", cover, at)
    return folder


def described(folder, **changed):
    path = folder / "folder.json"
    path.write_text(json.dumps(DESCRIPTION | changed))
    return read_description(path)
