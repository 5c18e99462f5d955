"""Trained weights of embedding networks: from a file whose sha256 is known, or a download."""

import hashlib
import io
import re
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from pickle import UnpicklingError
from urllib.parse import urlparse

import torch
from torch import Tensor, nn

from crosslook.errors import InputError, MissingWeightsError
from crosslook.scores.embedder_settings import EmbedderSettings

FILES = {
    "inception_fid": "weights-inception-2015-12-05-6726825d.pth (torch-fidelity and pytorch-fid "
    "publish it)",
    "resnet50_imagenet": "resnet50-0676ba61.pth (torchvision publishes it)",
    "resnet50_ssl4eo_s1": "resnet50_sentinel1_all_moco-906e4356.pth (torchgeo publishes it)",
}
S1_MEMBERS = ("SENTINEL1_GRD_MOCO", "SENTINEL1_ALL_MOCO")  # new and old name of one file
DOWNLOADED = ("resnet50_imagenet", "resnet50_ssl4eo_s1")
WRAPPERS = ("state_dict", "model")
LEFT_AWAY = ("fc.", "AuxLogits.")  # classifiers, which no embedding needs
DAMAGED = (
    ArithmeticError, AttributeError, EOFError, ImportError, LookupError, MemoryError, OSError,
    RuntimeError, TypeError, ValueError, UnpicklingError,
)  # fmt: skip


def read_weights(name: str, settings: EmbedderSettings) -> tuple[dict[str, Tensor], str]:
    """The tensors by name of an embedding network, and the sha256 of their file.

    Nothing of a file is read before its sha256 agrees; then it is read as tensors and nothing
    else, so that no code in it runs.

    Raises:
        MissingWeightsError: if the weights are not here; says what to write in the params.
        InputError: if the file is another than the params say, or is no file of tensors.
    """
    path = _downloaded(name) if settings.download else _given(name, settings)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{name}: weights {path} cannot be read ({error.strerror}).") from None
    found = hashlib.sha256(content).hexdigest()
    wanted = settings.sha256.lower() or _mark(path)
    if not found.startswith(wanted):
        raise InputError(
            f"{name}: weights {path} have sha256 {found}, expected {wanted}: fetch the file again, "
            "or correct sha256. Nothing of it was loaded."
        )
    return _tensors(name, path, content), found


def fill(network: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    """Put weights into a network; classifiers are left away, all else has to fit.

    Raises:
        InputError: naming the first tensor that is missing, left over or of another shape.
    """
    own = network.state_dict()
    given = {key: x for key, x in tensors.items() if not key.startswith(LEFT_AWAY)}
    counts = {key for key in own if key.endswith("num_batches_tracked")}  # not used in eval mode
    problem = ""
    if missing := sorted(own.keys() - given.keys() - counts):
        problem = f"lack {missing[0]} ({len(missing)} of {len(own)} are missing)"
    elif more := sorted(given.keys() - own.keys()):
        problem = f"hold {more[0]}, which this network has not"
    elif odd := [key for key in given if given[key].shape != own[key].shape]:
        shapes = [tuple(x[odd[0]].shape) for x in (given, own)]
        problem = f"hold {odd[0]} of shape {shapes[0]}, expected {shapes[1]}"
    if problem:
        raise InputError(
            f"{name}: the weights {problem}: these are of another network; take {FILES[name]}."
        )
    zeros = {key: torch.zeros_like(own[key]) for key in counts}
    network.load_state_dict({**zeros, **given})


def _given(name: str, settings: EmbedderSettings) -> Path:
    """The file that the settings name."""
    if not settings.weights:
        or_download = ", or download: true" if name in DOWNLOADED else ""
        raise MissingWeightsError(
            f"{name} has no weights: set weights to the path of {FILES[name]} and sha256 to its "
            f"checksum{or_download}."
        )
    path = Path(settings.weights)
    if not path.is_file():
        raise MissingWeightsError(
            f"{name}: there is no file {settings.weights}: put {FILES[name]} there, or correct "
            "weights."
        )
    if not settings.sha256:
        raise InputError(
            f"{name}: weights {settings.weights} need sha256 beside them, 64 digits; sha256sum "
            "prints them. Compare with what the publisher says."
        )
    return path


def _downloaded(name: str) -> Path:
    """The file from its publisher's address, fetched once and kept where torch keeps such files."""
    address = _address(name)
    path = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(address).path).name
    if not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(address, str(path), _mark(path), progress=True)
        except (OSError, RuntimeError, HTTPException) as error:  # URLError is an OSError
            reason = " ".join(str(error).split())
            raise MissingWeightsError(
                f"{name}: the weights could not be downloaded ({reason}): set weights to the path "
                f"of {FILES[name]} and sha256 to its checksum, and download: false."
            ) from None
    return path


def _address(name: str) -> str:
    """Where the publisher says that the weights are."""
    if name == "resnet50_imagenet":
        from torchvision.models import ResNet50_Weights

        return str(ResNet50_Weights.IMAGENET1K_V1.url)
    if name not in DOWNLOADED:
        raise MissingWeightsError(
            f"{name} cannot be downloaded: set weights to the path of {FILES[name]} and sha256 to "
            "its checksum, and download: false."
        )
    try:
        from torchgeo.models import ResNet50_Weights as RemoteSensing
    except ImportError:
        raise MissingWeightsError(
            f"{name}: download: true asks torchgeo for the address, which is not installed: "
            "pip install 'crosslook[torchgeo]', or set weights to the path of "
            f"{FILES[name]} and sha256 to its checksum."
        ) from None
    known = [getattr(RemoteSensing, member, None) for member in S1_MEMBERS]
    entry = next((one for one in known if one is not None), None)
    if entry is None:
        raise MissingWeightsError(
            f"{name}: this torchgeo knows none of {', '.join(S1_MEMBERS)}: set weights to the path "
            f"of {FILES[name]} and sha256 to its checksum, and download: false."
        )
    return str(entry.url)


def _mark(path: Path) -> str:
    """The start of the sha256 that publishers put behind the name; "" if there is none."""
    found = re.search(r"-([0-9a-f]{8,64})\.", path.name)
    return found.group(1) if found else ""


def _tensors(name: str, path: Path, content: bytes) -> dict[str, Tensor]:
    """Tensors by name; of a checkpoint, those of its model."""
    try:
        if path.suffix == ".safetensors":
            from safetensors import SafetensorError
            from safetensors.torch import load

            try:
                return dict(load(content))
            except SafetensorError as error:
                raise ValueError(error) from None
        values = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except DAMAGED as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(
            f"{name}: weights {path} are no readable file of plain tensors ({reason})."
        ) from None
    for wrapper in WRAPPERS:
        if isinstance(values, dict) and isinstance(values.get(wrapper), dict):
            values = values[wrapper]
    if not isinstance(values, dict) or not all(isinstance(x, Tensor) for x in values.values()):
        raise InputError(f"{name}: weights {path} hold something else than tensors by name.")
    return values
