"""Loops compiled by numba where it is installed; everything works without it, slower."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from zlib import crc32

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Loop = TypeVar("Loop", bound=Callable[..., Any])


def _numba() -> Any:
    try:
        import numba
    except ImportError:
        return None
    return numba


numba = _numba()
AVAILABLE = numba is not None


def compiled(loop: Loop) -> Loop:
    """The function, compiled for one thread at its first call and kept for later processes.

    Divisions by zero give inf or NaN as in numpy, and no operation is reordered or merged: results
    equal those of numpy bit for bit. The machine code is kept in __pycache__ beside the source, or
    in the user's cache folder, or nowhere when neither can be written.

    numba notices a change of the function's own file only, but loops call those of other files; so
    the name under which the code is kept holds a checksum of every file ``*_kernel.py``. Whatever
    else a loop needs must be an argument.

    Without numba the function is returned as it is.
    """
    if numba is None:
        return loop
    loop.__qualname__ += f".{_SOURCES:08x}"
    try:
        found: Loop = numba.njit(cache=True, error_model="numpy")(loop)
    except RuntimeError:  # no folder to keep it in
        found = numba.njit(error_model="numpy")(loop)
    return found


def checksum(folder: Path) -> int:
    """One number for every file ``*_kernel.py`` in a folder and below."""
    total = 0
    for path in sorted(folder.rglob("*_kernel.py")):
        total = crc32(path.read_bytes(), total)
    return total


_SOURCES = checksum(Path(__file__).parents[1])
