"""Weights of others that come as pickles, read without running anything that stands in them."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from crosslook.errors import CheckpointError
from crosslook.unpickling import DAMAGED, PlainUnpickler


def read_pth(path: Path) -> dict[str, Tensor]:
    """Tensors by name of a file of ``torch.save``.

    Raises:
        CheckpointError: if it holds anything else, or is damaged.
    """
    try:
        values = torch.load(path, map_location="cpu", weights_only=True)
    except DAMAGED as error:
        raise _refusal(path, "tensors", error) from None
    for wrapper in ("state_dict", "model"):
        if isinstance(values, dict) and isinstance(values.get(wrapper), dict):
            values = values[wrapper]
    if not isinstance(values, dict) or not all(isinstance(v, Tensor) for v in values.values()):
        raise CheckpointError(f"weights {path.name}: expected tensors by name.")
    return values


def read_pkl(path: Path) -> tuple[dict[str, Tensor], str]:
    """Tensors by name of a pickle of numpy arrays, as detectron2's model zoo publishes them.

    Returns:
        tensors by name, and the file's "__author__"; "" where the file is of Caffe2, which names
        its tensors otherwise.

    Raises:
        CheckpointError: if it holds anything but arrays and plain containers, or is damaged.
    """
    try:
        values = PlainUnpickler(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    except DAMAGED as error:
        raise _refusal(path, "arrays", error) from None
    author = ""
    if isinstance(values, dict) and "__author__" in values:
        author, values = str(values["__author__"]), values.get("model")
    elif isinstance(values, dict):
        values = values.get("blobs", values)
    if not isinstance(values, dict):
        raise CheckpointError(f"weights {path.name}: expected arrays by name.")
    arrays = {name: value for name, value in values.items() if _numeric(value)}
    return {str(name): torch.tensor(array) for name, array in arrays.items()}, author


def _numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiu"


def _refusal(path: Path, plain: str, error: BaseException) -> CheckpointError:
    reason = " ".join(str(error).split())[:120]
    return CheckpointError(f"weights {path.name}: not a readable file of plain {plain} ({reason}).")
