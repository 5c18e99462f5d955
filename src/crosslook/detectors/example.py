"""What a detector learns from: a patch and what is in it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """One patch to learn from."""

    pixels: Pixels  # (C, H, W), 0 = no-data, 1..255 = data
    boxes: Boxes  # (N, 4) x1 y1 x2 y2, pixels
    labels: npt.NDArray[np.int64]  # (N,) from 1
    ignore: Boxes  # (M, 4) regions that teach nothing
    visible: npt.NDArray[np.float32]  # (N,) share of each object that the patch shows, in (0, 1]
