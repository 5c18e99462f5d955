"""Trained weights of others for a trunk: of ImageNet, SSL4EO-S12 and their like, from a file."""

import hashlib
import io
import pickle
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from torch import Tensor, nn

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.settings import NetworkSettings, TrunkWeights
from crosslook.errors import CheckpointError

FIRST = "conv1.weight"
LEARNT = "encoder_q"  # of the two networks in a file of MoCo, the one that learns
COUNTER = "num_batches_tracked"


def load_start(network: LandCoverNetwork, settings: NetworkSettings) -> None:
    """Put the files of ``settings.weights`` into the trunks of their sensors.

    Raises:
        CheckpointError: if a sensor is unknown, a file is missing, another one than the sha256
            says, damaged, or of another backbone.
    """
    for sensor, wanted in settings.weights.items():
        if sensor not in network.sensors:
            continue  # a baseline has one sensor only
        _adopt(network.trunks[sensor], read_weights(wanted), wanted.path)


def read_weights(wanted: TrunkWeights) -> dict[str, Tensor]:
    """Tensors of a file by torchvision's names for a ResNet.

    The bytes are compared with the sha256 before anything looks into them.

    Raises:
        CheckpointError: if the file is missing, another one, or damaged.
    """
    path = Path(wanted.path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"weights {path}: cannot be read ({error.strerror}).") from None
    found = hashlib.sha256(data).hexdigest()
    if found != wanted.sha256:
        raise CheckpointError(
            f"weights {path}: sha256 is {found}, expected {wanted.sha256}: fetch the file again, "
            "or name the sha256 of the file that you trust."
        )
    try:
        if path.suffix == ".safetensors":
            tensors = load_safetensors(data)
        else:
            tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
            for wrapper in ("state_dict", "model"):
                tensors = tensors.get(wrapper, tensors)
        named = {str(name): t for name, t in tensors.items() if isinstance(t, Tensor)}
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, AttributeError, EOFError) as e:
        reason = " ".join(str(e).split())[:120]
        raise CheckpointError(f"weights {path}: not a file of plain tensors ({reason}).") from None
    prefix = _prefix(named, path)
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in named.items()
        if name.startswith(prefix)
    }


def fit_bands(weight: Tensor, bands: int) -> Tensor:
    """A first layer's weights for another number of bands.

    Each band gets the mean over red, green and blue, times 3 / bands: a grey patch gives the same
    answer as before.

    Args:
        weight: (D, C, K, K).
        bands: wanted.

    Returns:
        (D, bands, K, K).

    Raises:
        ValueError: if C is neither ``bands`` nor 3.
    """
    have = weight.shape[1]
    if have == bands:
        return weight
    if have != 3:
        raise ValueError(f"its first layer takes {have} bands, here are {bands}")
    return weight.mean(dim=1, keepdim=True).repeat(1, bands, 1, 1) * (3 / bands)


def _adopt(trunk: nn.Module, tensors: dict[str, Tensor], path: str) -> None:
    own = trunk.state_dict()
    first = cast(Tensor, own[FIRST])
    try:
        ready = tensors | {FIRST: fit_bands(tensors[FIRST], first.shape[1])}
    except ValueError as error:
        raise CheckpointError(f"weights {path}: {error}.") from None
    for name, tensor in own.items():
        if name.endswith(COUNTER):
            continue
        found = tuple(ready[name].shape) if name in ready else "nothing"
        if found != tuple(tensor.shape):
            raise CheckpointError(
                f"weights {path}: {name} is {found}, expected {tuple(tensor.shape)}: choose "
                "weights of this backbone."
            )
        own[name] = ready[name]
    trunk.load_state_dict(own)


def _prefix(tensors: dict[str, Tensor], path: Path) -> str:
    """What stands before torchvision's names."""
    found = [
        name.removesuffix(FIRST)
        for name in tensors
        if name.endswith(FIRST) and name.removesuffix(FIRST) + "layer1.0.conv1.weight" in tensors
    ]
    found = [prefix for prefix in found if LEARNT in prefix] or found
    if len(found) != 1:
        raise CheckpointError(f"weights {path}: expected one ResNet, found {len(found)}.")
    return found[0]
