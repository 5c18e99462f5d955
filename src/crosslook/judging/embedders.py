"""Embedding networks by name: those of ``scores``, and the encoder of our own land-cover model."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from crosslook.classifier.checkpoint import Card
from crosslook.classifier.network import LandCoverNetwork
from crosslook.errors import InputError, MissingWeightsError
from crosslook.judging.land_cover import (
    Model,
    Windows,
    read_model,
    require_size,
    sensor_of,
    windows,
)
from crosslook.scores import embedding
from crosslook.scores.embedder_settings import CLASSIFIER, EmbedderSettings
from crosslook.scores.embedding import Embedder
from crosslook.scores.embedding_preparing import Contract, Preparation, Shape

BATCH = 64  # windows that are in the network at a time
Given = tuple[str, Windows]  # sensor, and the windows of its patches


def load_embedder(name: str, settings: EmbedderSettings | None = None) -> Embedder:
    """The embedding network of this name, ready for ``embed``.

    Raises:
        ValueError: if there is none of this name.
        MissingWeightsError: one line, if its weights are not here.
        InputError: if the weights are damaged, or are not those that the params name.
        CheckpointError: likewise, of a land-cover model.
    """
    if name != CLASSIFIER:
        return embedding.load_embedder(name, settings)
    return classifier_embedder(_model(settings or EmbedderSettings()))


def classifier_embedder(model: Model) -> Embedder:
    """A land-cover model as an embedding network: its latent space, which all sensors share.

    The embedding of a patch is the mean of the merged vectors of its windows; the contract of the
    patches says which sensor's networks make them.
    """
    card = model.card
    sensors = " or ".join(
        f"{name} ({', '.join(radiometry['bands'])})" for name, radiometry in card.sensors.items()
    )
    words = (
        f"windows of {card.size_px} px as sensor {sensors}, by the bands: the composite's stretch "
        f"undone, standardised as in the training of {card.configuration}; their mean"
    )
    preparation = Preparation(f"windows{card.size_px}", words, _windows(card), _refuse(card))
    network = MergedVectors(model.network)
    return Embedder(CLASSIFIER, network, preparation, model.sha256, card.network.embedding)


class MergedVectors(nn.Module):
    """The mean over each patch's windows of their vectors in the latent space."""

    def __init__(self, network: LandCoverNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, given: Given) -> Tensor:
        """Sensor, and the windows of B patches -> (B, E)."""
        sensor, seen = given
        device = next(self.parameters()).device
        values = torch.from_numpy(seen.values).to(device)
        vectors = torch.cat(
            [self.network.embed(sensor, some) for some in torch.split(values, BATCH)]
        )
        patch = torch.from_numpy(np.nonzero(seen.kept)[0]).to(device)
        sums = vectors.new_zeros((len(seen.kept), vectors.shape[1])).index_add(0, patch, vectors)
        return sums / torch.from_numpy(seen.kept.sum(axis=1)).to(device)[:, None]


def _windows(card: Card) -> Callable[[Tensor, Contract], Given]:
    def apply(pixels: Tensor, contract: Contract) -> Given:
        sensor = sensor_of(card, contract)
        found = windows(pixels.cpu().numpy(), contract, card, sensor)
        if not found.kept.any(axis=1).all():
            raise InputError(
                f"{CLASSIFIER}: a patch has no window of {card.size_px} px with half of its pixels "
                "valid: leave out patches with no-data."
            )
        return sensor, found

    return apply


def _refuse(card: Card) -> Callable[[Shape, Contract], str]:
    def refuse(shape: Shape, contract: Contract) -> str:
        try:
            sensor_of(card, contract)
            require_size(card, shape[1:])
        except InputError as error:
            return f"{error}."
        return ""

    return refuse


def _model(settings: EmbedderSettings) -> Model:
    """The model that the settings name."""
    if settings.size_px or settings.download:
        raise InputError(
            f"{CLASSIFIER} reads windows of its own size and is not downloaded: take size_px and "
            "download out of its params."
        )
    if not settings.weights:
        raise MissingWeightsError(
            f"{CLASSIFIER} has no weights: set weights to a model.safetensors of train_classifier."
        )
    path = Path(settings.weights)
    if not path.is_file():
        raise MissingWeightsError(
            f"{CLASSIFIER}: there is no file {settings.weights}: run 'crosslook train_classifier', "
            "or correct weights."
        )
    return read_model(path, settings.sha256)
