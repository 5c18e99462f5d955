"""What a model says of patches that it was not trained on, in a file, with the truth beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from crosslook.classifier.patches import LabelledPatches, Pixels
from crosslook.classifier.predicting import Predictions
from crosslook.classifier.tensor_files import read_tensors, write_tensors
from crosslook.errors import CheckpointError

FILE = "predictions.safetensors"

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PartPredictions:
    """Predictions for one part of the patches, of each sensor, row by row for the same places."""

    probabilities: Mapping[str, Array]  # sensor -> (N, K)
    embeddings: Mapping[str, Array]  # sensor -> (N, E)
    shares: Array  # (N, K) the truth
    places: tuple[str, ...]
    scenes: tuple[str, ...]
    classes: tuple[str, ...]


def write_predictions(
    path: Path,
    sensors: Sequence[str],
    parts: Mapping[str, LabelledPatches],
    answer: Callable[[str, Pixels], Predictions],
) -> None:
    """Predict all patches of each part with each sensor, and write what was said.

    Args:
        path: of the file.
        sensors: that the model takes.
        parts: the patches.
        answer: sensor and patches -> what the model says of them. Embeddings are kept in half
            precision.
    """
    tensors, about = {}, {}
    for part, data in parts.items():
        tensors[f"{part}/shares"] = torch.tensor(data.shares)
        about[part] = {"places": data.places, "scenes": data.scenes, "classes": data.classes}
        for sensor in sensors:
            found = answer(sensor, data.sensors[sensor])
            tensors[f"{part}/probabilities/{sensor}"] = torch.from_numpy(found.probabilities)
            tensors[f"{part}/embeddings/{sensor}"] = torch.from_numpy(found.embeddings).half()
    write_tensors(path, tensors, about)


def read_predictions(path: Path) -> dict[str, PartPredictions]:
    """Part -> what was said of it.

    Raises:
        CheckpointError: if the file is missing or damaged.
    """
    tensors, about = read_tensors(path)
    arrays = {name: tensor.float().numpy() for name, tensor in tensors.items()}
    try:
        return {
            part: PartPredictions(
                probabilities=_named(f"{part}/probabilities/", arrays),
                embeddings=_named(f"{part}/embeddings/", arrays),
                shares=arrays[f"{part}/shares"],
                **{key: tuple(names) for key, names in named.items()},
            )
            for part, named in about.items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: holds no predictions ({error}): train again.") from None


def together(several: list[PartPredictions]) -> PartPredictions:
    """Predictions of several models, each of its own sensor, for the same places.

    Their embeddings lie in different spaces, so there are none.

    Raises:
        ValueError: if they are not of the same places, or two are of one sensor.
    """
    first = several[0]
    sensors = [sensor for one in several for sensor in one.probabilities]
    if len(set(sensors)) < len(sensors):
        raise ValueError(f"two models for one sensor: {', '.join(sensors)}.")
    if any((one.places, one.classes) != (first.places, first.classes) for one in several):
        raise ValueError("the models were not tested on the same places and classes.")
    merged = {sensor: p for one in several for sensor, p in one.probabilities.items()}
    return PartPredictions(merged, {}, first.shares, first.places, first.scenes, first.classes)


def _named(prefix: str, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }
