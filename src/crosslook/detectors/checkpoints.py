"""Detectors in files: safetensors, with all that is needed to use them in the metadata."""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from crosslook.detectors.engines import build
from crosslook.detectors.settings import Architecture
from crosslook.errors import CheckpointError
from crosslook.writing import write_bytes

KEY = "crosslook"  # one key only: safetensors writes several in no fixed order
FORMAT = 1


@dataclass(frozen=True)
class About:
    """What a detector's file says of it."""

    architecture: Architecture
    categories: tuple[dict[str, Any], ...]  # COCO's {id, name}; label k is the k-th, from 1
    contract: dict[str, Any] | None  # radiometry of the patches it learnt; None: simulated shapes
    weights: str  # where its training began
    start: dict[str, Any]  # more on that: source, parts taken


@dataclass(frozen=True)
class Detector:
    """A detector, ready to detect or to learn on."""

    model: nn.Module
    about: About


def save_detector(path: Path, detector: Detector) -> None:
    """Write a detector, whole or not at all. The same detector gives the same bytes."""
    about = {"kind": "detector", "format": FORMAT} | asdict(detector.about)
    write_tensors(path, detector.model.state_dict(), about)


def load_detector(path: Path) -> Detector:
    """Read a detector.

    Raises:
        CheckpointError: if the file is missing, damaged, or no detector of this version.
    """
    tensors, values = read_tensors(path)
    if values.get("kind") != "detector" or values.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: holds {values.get('kind')!r}, format {values.get('format')!r}; expected a "
            f"detector of format {FORMAT}. Train it again."
        )
    try:
        shape = values["architecture"]
        architecture = Architecture(**{key: _tuples(value) for key, value in shape.items()})
        about = About(
            architecture,
            tuple(values["categories"]),
            values["contract"],
            values["weights"],
            values["start"],
        )
        model = build(architecture, len(about.categories), seed=0)
        model.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path}: not a whole detector ({reason}). Train it again.") from None
    return Detector(model.eval(), about)


def write_tensors(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write tensors and plain values in one safetensors file, whole or not at all."""
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_bytes(path, save(ready, {KEY: json.dumps(about, sort_keys=True)}))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors by name, and the plain values beside them ({} in files of others).

    Raises:
        CheckpointError: if the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            values = json.loads((file.metadata() or {}).get(KEY, "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, values  # noqa: SIM118
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing: run the stage that makes it.") from None
    except (SafetensorError, ValueError, OSError, struct.error) as error:
        raise CheckpointError(
            f"{path}: damaged, not a whole safetensors file ({error}). Delete it and make it again."
        ) from None


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
