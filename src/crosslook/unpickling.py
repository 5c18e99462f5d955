"""Pickles of others, read without running anything that stands in them."""

import pickle
import re
from collections import OrderedDict
from typing import Any

import numpy as np

DAMAGED = (  # what reading a damaged or refused pickle raises
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
