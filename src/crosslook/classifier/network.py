"""The land-cover model: a trunk and a merging network per sensor, one classifier for all.

Source: Senchugova and Hänsch, "Cross-Modal Learning for Classification of Optical and SAR Imagery",
section 2 and Figure 1.
"""

import zlib
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn
from torchvision.models import resnet18, resnet50

from crosslook.classifier.reversal import reverse
from crosslook.classifier.settings import FEATURES, Backbone, NetworkSettings

TINY = (8, 16, 32)  # channels of the trunk for tests

Part = TypeVar("Part", bound=nn.Module)


class LandCoverNetwork(nn.Module):
    """f and g of the paper are ``trunks`` and ``merging``, by sensor; nothing of them is shared.

    So every sensor has batch statistics of its own: shared ones would mix the sensors, and tell
    them apart. There is no batch norm behind the trunks.

    Args:
        bands: sensor -> its number of bands.
        classes: K.
        settings: backbone and widths.
        seed: of the starting weights. Each part draws from a seed of its own name, so that a
            baseline's trunk starts as the same sensor's trunk in the whole model.
    """

    def __init__(
        self, bands: Mapping[str, int], classes: int, settings: NetworkSettings, seed: int = 0
    ) -> None:
        super().__init__()
        self.sensors = tuple(sorted(bands))
        widths = (FEATURES[settings.backbone], *settings.merged)
        self.trunks, self.merging = nn.ModuleDict(), nn.ModuleDict()
        for sensor in self.sensors:
            trunk = partial(_trunk, settings.backbone, bands[sensor])
            self.trunks[sensor] = _drawn(seed, f"trunk {sensor}", trunk)
            self.merging[sensor] = _drawn(seed, f"merging {sensor}", partial(_connected, widths))
        self.classifier = _drawn(
            seed, "classifier", partial(nn.Linear, settings.embedding, classes)
        )
        self.modality = _drawn(
            seed, "modality", partial(_modality, settings, max(2, len(self.sensors)))
        )

    def embed(self, sensor: str, pixels: Tensor) -> Tensor:
        """Patches of one sensor, (B, C, H, W) standardised -> (B, E) in the latent space."""
        vectors: Tensor = self.merging[sensor](self.trunks[sensor](pixels))
        return vectors

    def classify(self, embeddings: Tensor) -> Tensor:
        """(B, E) of any sensor -> (B, K) logits; their softmax are class shares."""
        logits: Tensor = self.classifier(embeddings)
        return logits

    def guess_sensor(self, embeddings: Tensor, factor: float) -> Tensor:
        """(B, E) -> (B, M) logits of the sensor, in the order of ``sensors``.

        The gradient reaches the embeddings reversed and times ``factor``.
        """
        logits: Tensor = self.modality(reverse(embeddings, factor))
        return logits


def _trunk(backbone: Backbone, bands: int) -> nn.Module:
    """(B, bands, H, W) -> (B, F); parameters have torchvision's names."""
    if backbone == "tiny":
        steps = [
            layer
            for seen, made in pairwise((bands, *TINY))
            for layer in (
                nn.Conv2d(seen, made, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(made),
                nn.ReLU(),
            )
        ]
        return nn.Sequential(*steps, nn.AdaptiveAvgPool2d(1), nn.Flatten())
    trunk: nn.Module = {"resnet18": resnet18, "resnet50": resnet50}[backbone]()
    trunk.conv1 = nn.Conv2d(bands, 64, 7, stride=2, padding=3, bias=False)
    nn.init.kaiming_normal_(trunk.conv1.weight, mode="fan_out", nonlinearity="relu")
    trunk.fc = nn.Identity()
    return trunk


def _connected(widths: tuple[int, ...]) -> nn.Sequential:
    """Fully connected layers with ReLU between them, none behind the last."""
    layers: list[nn.Module] = []
    for seen, made in pairwise(widths):
        layers += [nn.Linear(seen, made), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def _modality(settings: NetworkSettings, sensors: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(settings.embedding, settings.modality_hidden),
        nn.ReLU(),
        nn.Dropout(settings.dropout),
        nn.Linear(settings.modality_hidden, sensors),
    )


def _drawn(seed: int, name: str, build: Callable[[], Part]) -> Part:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(zlib.crc32(f"{seed} {name}".encode()))
        return build()
