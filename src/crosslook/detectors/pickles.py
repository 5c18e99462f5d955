"""Weights of others that come as pickles, read without running anything that stands in them."""

import io
import pickle
import re
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from crosslook.errors import CheckpointError

DAMAGED = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


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


class PlainUnpickler(pickle.Unpickler):
    """Reads numpy arrays and plain containers, and refuses whatever else a pickle names."""

    def find_class(self, module: str, name: str) -> Any:
        """The class or function that a pickle names, if it is one of a few harmless ones."""
        known = ALLOWED.get((module.replace("numpy._core", "numpy.core"), name))
        if known is None:
            raise pickle.UnpicklingError(f"names {module}.{name}")
        return known


def _empty_array(kind: Any, shape: Any, code: Any) -> Any:
    """What numpy's pickles begin with: an array without items, filled by the pickle's state."""
    return np.empty(0, np.int8)


def _array(data: bytes, kind: np.dtype[Any], shape: tuple[int, ...], order: Any) -> Any:
    """An array as protocol 5 writes it."""
    return np.frombuffer(data, kind).reshape(shape, order=order)


def _dtype(code: str, *_: Any) -> np.dtype[Any]:
    """The kind of an array's items: numbers, never objects."""
    if not re.fullmatch(r"[biuf]\d", code):
        raise pickle.UnpicklingError(f"holds an array of items {code!r}")
    return np.dtype(code)


def _scalar(kind: np.dtype[Any], data: bytes) -> Any:
    return np.frombuffer(data, kind)[0]


def _bytes(text: str, encoding: str = "latin1") -> bytes:
    """Bytes, as protocols below 3 write them."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"names the encoding {encoding}")
    return text.encode("latin1")


ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("numpy", "dtype"): _dtype,
    ("numpy", "ndarray"): "ndarray",  # an argument, never called
    ("numpy.core.multiarray", "_reconstruct"): _empty_array,
    ("numpy.core.numeric", "_frombuffer"): _array,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("_codecs", "encode"): _bytes,
}


def _numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiu"


def _refusal(path: Path, plain: str, error: BaseException) -> CheckpointError:
    reason = " ".join(str(error).split())[:120]
    return CheckpointError(f"weights {path.name}: not a readable file of plain {plain} ({reason}).")
