"""Weights of detectron2's model zoo, made to fit the detectors of the detectron2 engine."""

from pathlib import Path

import torch
from torch import Tensor

from crosslook.detectors.architectures import PIXELS
from crosslook.detectors.checkpoints import read_tensors
from crosslook.detectors.pickles import read_pkl, read_pth
from crosslook.detectors.settings import Architecture
from crosslook.errors import CheckpointError

BODY = "backbone.bottom_up."
FIRST = BODY + "stem.conv1.weight"
EPSILON = 1e-5  # of detectron2's frozen batch norm


def read_detectron2(path: Path, architecture: Architecture) -> dict[str, Tensor]:
    """Tensors by the names that they have in the detectron2 engine.

    A .safetensors file is taken as it is. A .pkl or .pth file is taken for one of detectron2's
    own trainings, with its default pixels: blue, green, red in 0..255, of which only means are
    taken out.

    Raises:
        CheckpointError: if the file is damaged, holds more than plain arrays, or the architecture
            has another normalisation.
    """
    if path.suffix == ".safetensors":
        return read_tensors(path)[0]
    if architecture.normalisation != "frozen_batch":
        raise CheckpointError(
            f"weights {path.name}: taken for trained with batch norm, but normalisation is "
            f"{architecture.normalisation!r}: set it to 'frozen_batch'."
        )
    tensors = _own_names(*read_pkl(path)) if path.suffix == ".pkl" else read_pth(path)
    if FIRST in tensors:
        tensors[FIRST] = own_pixels(tensors[FIRST])
    return tensors


def own_pixels(weight: Tensor) -> Tensor:
    """A first layer for pixels of 'frozen_batch' that answers as it did for detectron2's.

    With m and s the mean and deviation of ImageNet's colours in [0, 1], detectron2 shows it
    255 (x - m), the engine (x - m) / s: each colour's weights grow by 255 s.

    Args:
        weight: (D, 3, K, K) for blue, green, red; of another number of bands it stays.

    Returns:
        the same for red, green, blue.
    """
    if weight.shape[1] != 3:
        return weight
    deviation = torch.tensor(PIXELS["frozen_batch"][1], dtype=weight.dtype)
    return weight.flip(1) * (255 * deviation)[:, None, None]


def _own_names(tensors: dict[str, Tensor], author: str) -> dict[str, Tensor]:
    """detectron2's names. Trunks of Caffe2 have others, and norms without statistics."""
    if author:
        return tensors
    from detectron2.checkpoint.c2_model_loading import convert_c2_detectron_names

    kept = {name: t for name, t in tensors.items() if not name.endswith("_momentum")}
    named = {BODY + name: t for name, t in convert_c2_detectron_names(kept)[0].items()}
    for name in [name for name in named if name.endswith(".norm.weight")]:
        norm = name.removesuffix("weight")
        named.setdefault(norm + "running_mean", torch.zeros_like(named[name]))
        named.setdefault(norm + "running_var", torch.ones_like(named[name]) - EPSILON)
    return named
