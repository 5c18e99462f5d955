"""One safetensors file of named tensors with one JSON value: whole, or refused.

safetensors is imported where a file is opened: to train and to translate needs torch and numpy.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from crosslook.errors import CheckpointError
from crosslook.writing import whole_file

KEY = "crosslook"  # a single entry: the format does not keep the order of several


def write_tensors(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write ``tensors`` with ``about`` as metadata; equal content gives equal bytes."""
    from safetensors.torch import save_file

    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with whole_file(path) as temporary:
        save_file(ready, temporary, {KEY: json.dumps(about, sort_keys=True, allow_nan=False)})


def read_tensors(path: Path) -> tuple[dict[str, Tensor], Any]:
    """Read what ``write_tensors`` wrote.

    Raises:
        CheckpointError: if the file is missing, truncated, or not of this kind.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})[KEY])
            return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118
    except (FileNotFoundError, IsADirectoryError):
        raise CheckpointError(f"{path} is missing: train the translator first.") from None
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        reason = "lacks crosslook's metadata" if isinstance(error, KeyError) else str(error)
        raise CheckpointError(
            f"{path} is damaged or half-written ({reason}): delete it and train again."
        ) from None
