"""Embeddings: patches through a network, one vector each, which every score of quality compares.

A score is comparable where the network, its weights and what was done to the patches before are
the same. ``Embedder.key`` names all three.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from crosslook.errors import InputError
from crosslook.scores.embedder_settings import (
    CLASSIFIER,
    RANDOM,
    EmbedderSettings,
    require_embedder,
)
from crosslook.scores.embedding_inception import CLASSES, fid_inception
from crosslook.scores.embedding_preparing import Preparation, preparation
from crosslook.scores.embedding_resnets import resnet, seeded_resnet
from crosslook.scores.embedding_weights import FILES, fill, read_weights

Pixels = npt.NDArray[np.uint8]
Embeddings = npt.NDArray[np.float32]  # (N, D)
DIMENSIONS = {"resnet18_random": 512}  # the others have 2048


class Embedder(nn.Module):
    """A network in eval mode, with what has to be done to patches before."""

    def __init__(
        self,
        name: str,
        network: nn.Module,
        preparation: Preparation,
        sha256: str,
        dimensions: int | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.network = network
        self.preparation = preparation
        self.dimensions = dimensions or DIMENSIONS.get(name, 2048)
        self.key = f"{name}-{preparation.tag}-{sha256[:12]}"  # what embeddings are kept under
        self.eval()

    @property
    def preprocessing(self) -> str:
        """What is done to patches before, in words."""
        return self.preparation.words

    def forward(self, prepared: Any) -> Tensor:
        """What the preparation gives of B patches -> (B, D)."""
        found: Tensor = self.network(prepared)
        return found


def load_embedder(name: str, settings: EmbedderSettings | None = None) -> Embedder:
    """The embedding network of this name, ready for ``embed``.

    The land-cover model is no network of this package: ``judging.embedders`` loads it too.

    Raises:
        ValueError: if there is none of this name.
        MissingWeightsError: one line, if its weights are not here.
        InputError: if the weights are damaged, or are not those that the params name.
    """
    require_embedder(name)
    if name == CLASSIFIER:
        raise ValueError(f"{name} is loaded by crosslook.judging.embedders.load_embedder.")
    settings = EmbedderSettings() if settings is None else settings
    prepared = preparation(name, settings.size_px)
    if name in RANDOM:
        if settings.weights or settings.download:
            raise InputError(f"{name} is random and takes no weights: take them out of the params.")
        network, sha256 = seeded_resnet(name.removesuffix("_random"))
        return Embedder(name, network, prepared, sha256)
    tensors, sha256 = read_weights(name, settings)
    bare: nn.Module
    if name == "inception_fid":
        _require_classes(name, tensors)
        bare = fid_inception()
    else:
        bare = resnet("resnet50", 2 if name == "resnet50_ssl4eo_s1" else 3)
    fill(bare, tensors, name)
    return Embedder(name, bare, prepared, sha256)


def _require_classes(name: str, tensors: Mapping[str, Tensor]) -> None:
    """Refuse torchvision's own Inception-v3, whose tensors fit but give another distance."""
    classifier = tensors.get("fc.weight")
    if classifier is not None and len(classifier) != CLASSES:
        raise InputError(
            f"{name}: these weights tell {len(classifier)} classes apart, those of the FID "
            f"{CLASSES}: take {FILES[name]}."
        )


def embed(
    embedder: Embedder,
    pixels: Pixels | Iterable[Pixels],
    contract: Mapping[str, Any],
    batch: int = 32,
) -> Embeddings:
    """One embedding per patch.

    Args:
        embedder: from ``load_embedder``; patches go to its device.
        pixels: (N, C, H, W) uint8, or several such arrays one after the other, whose sizes may
            differ. 0 is no-data and should not occur: a network sees it as the darkest value.
        contract: what the pixels mean (``scenes.composites.contract``); for pictures without one,
            an empty mapping, which networks that need physical units refuse.
        batch: patches that are in the network at a time; changes no value by more than rounding.

    Returns:
        (N, D) float32.

    Raises:
        InputError: if the patches lack bands that the network needs, or an embedding is not finite.
        ValueError: if the pixels are not (N, C, H, W) uint8, or there are none.
    """
    device = next(embedder.parameters()).device
    found = []
    for many in [pixels] if isinstance(pixels, np.ndarray) else pixels:
        if many.ndim != 4 or many.dtype != np.uint8:
            raise ValueError(f"expected uint8 (N, C, H, W), got {many.dtype} {many.shape}.")
        embedder.preparation.require(embedder.name, many.shape[1:], contract)
        for start in range(0, len(many), batch):
            some = torch.from_numpy(np.ascontiguousarray(many[start : start + batch])).to(device)
            with torch.inference_mode():
                values = embedder(embedder.preparation(some, contract)).float()
            if not torch.isfinite(values).all():
                raise InputError(
                    f"{embedder.name}: an embedding is not finite; are its weights damaged?"
                )
            found.append(values.cpu().numpy())
    if not found:
        raise ValueError("there is no patch to embed.")
    return np.concatenate(found)
