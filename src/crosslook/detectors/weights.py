"""Where a detector's training begins: random, torchvision's weights, or a file of the user."""

import hashlib
import pickle
import re
from pathlib import Path
from typing import Any
from urllib.error import URLError

from torch import Tensor, nn
from torchvision.models import get_model_weights
from torchvision.models.detection import FasterRCNN_ResNet50_FPN_Weights

from crosslook.detectors.checkpoints import read_tensors
from crosslook.detectors.detectron2_weights import read_detectron2
from crosslook.detectors.pickles import read_pth
from crosslook.detectors.settings import DetectorSettings
from crosslook.errors import CheckpointError

# Parts that are taken whole or not at all, by the names of torchvision and of detectron2; and
# every box head and predictor. The body has to fit: without it, nothing is gained.
BODY = "backbone.body."
BODIES = (BODY, "backbone.bottom_up.")
PARTS = (*BODIES, "backbone.fpn.", "backbone.fpn_", "rpn.head.", "proposal_generator.rpn_head.")
FIRST = (BODY + "conv1.weight", "backbone.bottom_up.stem.conv1.weight")
NO_FILE = ("none", "warm_start")
DOWNLOADS = ("coco", "imagenet")


def identity(weights: str) -> str:
    """What ``weights`` stands for: its name, or the sha256 of the file's bytes.

    Raises:
        CheckpointError: if it is neither a known name nor a file.
    """
    if weights in NO_FILE + DOWNLOADS:
        return weights
    path = Path(weights)
    if not path.is_file():
        raise CheckpointError(
            f"weights: {weights!r} is neither a file nor one of {', '.join(NO_FILE + DOWNLOADS)}."
        )
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_start(model: nn.Module, settings: DetectorSettings) -> dict[str, Any]:
    """Put the starting weights of ``settings`` into ``model``.

    Returns:
        what was taken, for the results: {"source": name, "sha256": of a file, "parts": [...]}.

    Raises:
        CheckpointError: if the weights cannot be had, are damaged, or are of another backbone.
    """
    if settings.weights in NO_FILE:
        return {"source": "random", "parts": []}
    source, tensors = _tensors(settings)
    parts = adopt(model, tensors)
    if not set(parts) & set(BODIES):
        raise CheckpointError(
            f"weights {source}: do not fit a {settings.architecture.backbone} of width "
            f"{settings.architecture.width} with {settings.architecture.normalisation} norm. "
            "Choose other weights or another backbone."
        )
    taken: dict[str, Any] = {"source": source, "parts": [part.rstrip("._") for part in parts]}
    if settings.weights not in DOWNLOADS:
        taken["sha256"] = identity(settings.weights)
    return taken


def adopt(model: nn.Module, tensors: dict[str, Tensor]) -> list[str]:
    """Copy every part of which all tensors stand in ``tensors`` with the same shapes.

    Each stage of a cascade begins with the one box head of a Faster R-CNN. A first layer for three
    bands is inflated to the model's number of bands.

    Returns:
        the names of the parts that were copied.
    """
    own = model.state_dict()
    tensors = dict(tensors)
    for first in FIRST:
        if first in tensors and first in own:
            tensors[first] = inflate(tensors[first], own[first].shape[1])
    parts = []
    for part in _parts(own):
        source = part if any(name.startswith(part) for name in tensors) else _single(part)
        given = {
            name: tensors.get(source + name.removeprefix(part))
            for name in own
            if name.startswith(part)
        }
        fitting = {n: t for n, t in given.items() if t is not None and t.shape == own[n].shape}
        if given and len(fitting) == len(given):
            own.update(fitting)
            parts.append(part)
    model.load_state_dict(own)
    return parts


def inflate(weight: Tensor, bands: int) -> Tensor:
    """A first layer's weights for another number of bands.

    Each band gets the mean over red, green and blue, times 3 / bands: a grey patch gives the same
    answer as before, whatever the number of bands.

    Args:
        weight: (D, 3, K, K); any other number of bands is left as it is.
        bands: wanted.

    Returns:
        (D, bands, K, K).
    """
    if weight.shape[1] != 3 or bands == 3:
        return weight
    return weight.mean(dim=1, keepdim=True).repeat(1, bands, 1, 1) * (3 / bands)


def _parts(own: dict[str, Tensor]) -> list[str]:
    heads = [re.match(r"roi_heads\..*?box_(?:head|predictor)\.(?:\d+\.)?", name) for name in own]
    return [*PARTS, *dict.fromkeys(found.group() for found in heads if found)]


def _single(part: str) -> str:
    """The part of a Faster R-CNN that stands where this one of a cascade does."""
    part = re.sub(r"^roi_heads\.stages\.\d+\.", "roi_heads.", part)
    return re.sub(r"(box_(?:head|predictor))\.\d+\.$", r"\1.", part)


def _tensors(settings: DetectorSettings) -> tuple[str, dict[str, Tensor]]:
    backbone = settings.architecture.backbone
    if settings.weights == "coco":
        source, tensors = _download(FasterRCNN_ResNet50_FPN_Weights.COCO_V1)
        if backbone != "resnet50":
            tensors = {name: t for name, t in tensors.items() if not name.startswith(BODY)}
            body, others = _download(get_model_weights(backbone)["IMAGENET1K_V1"])
            source, tensors = f"{source} on {body}", tensors | others
        return source, tensors
    if settings.weights == "imagenet":
        return _download(get_model_weights(backbone)["IMAGENET1K_V1"])
    identity(settings.weights)
    path = Path(settings.weights)
    if settings.architecture.engine == "detectron2":
        return path.name, read_detectron2(path, settings.architecture)
    tensors = read_tensors(path)[0] if path.suffix == ".safetensors" else read_pth(path)
    return path.name, _detector_names(tensors)


def _download(weights: Any) -> tuple[str, dict[str, Tensor]]:
    """The weights that torchvision publishes, from its cache or the network."""
    try:
        tensors = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (URLError, OSError, RuntimeError, pickle.UnpicklingError) as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(
            f"weights {weights}: could not be downloaded ({reason}). Give the path of a file, or "
            "set weights to 'warm_start', which needs no download."
        ) from None
    return str(weights), _detector_names(tensors)


def _detector_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give tensors the names that they have here.

    A bare ResNet's get the detector's prefix; torchvision's published detectors were saved before
    its pyramid and proposal head were nested one level deeper.
    """
    if not any(name.startswith(BODY) for name in tensors):
        return {BODY + name: tensor for name, tensor in tensors.items()}
    nested = {
        r"(backbone\.fpn\.(?:inner|layer)_blocks\.\d+)\.(weight|bias)": r"\1.0.\2",
        r"(rpn\.head\.conv)\.(weight|bias)": r"\1.0.0.\2",
    }
    renamed = {}
    for name, tensor in tensors.items():
        for old, new in nested.items():
            name = re.sub(rf"^{old}$", new, name)
        renamed[name] = tensor
    return renamed
