"""Small networks that turn features at single positions into unit vectors."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.linalg import vector_norm


class PatchProjectors(nn.Module):
    """One two-layer network per feature layer, applied to each sampled position.

    Built from the generator's known channel counts, so that the optimiser can be made at once
    (Park et al. 2020, arXiv:2007.15651, section 3.2, builds them at the first batch).

    Args:
        channels: C of each feature layer.
        width: D, the length of the vectors.
    """

    def __init__(self, channels: Sequence[int], width: int = 256) -> None:
        super().__init__()
        self.networks = nn.ModuleList(
            nn.Sequential(nn.Linear(c, width), nn.ReLU(), nn.Linear(width, width)) for c in channels
        )

    def forward(self, features: Sequence[Tensor], positions: Sequence[Tensor]) -> list[Tensor]:
        """Unit vectors at ``positions``.

        Args:
            features: one (B, C, H, W) per layer.
            positions: one (S,) per layer, indices into the H * W positions; the same for all
                images of the batch.

        Returns:
            One (B, S, D) per layer, each vector divided by its length + 1e-7.
        """
        vectors = []
        for network, layer, at in zip(self.networks, features, positions, strict=True):
            sampled = layer.flatten(2).index_select(2, at).transpose(1, 2)
            vectors.append(unit(network(sampled)))
        return vectors


def unit(vectors: Tensor) -> Tensor:
    """Divide each vector of the last dimension by its length + 1e-7, as the reference does.

    Half-precision input becomes float32.
    """
    if vectors.dtype in (torch.bfloat16, torch.float16):
        vectors = vectors.float()
    length: Tensor = vector_norm(vectors, dim=-1, keepdim=True)
    return vectors / (length + 1e-7)


class StackProjector(nn.Module):
    """One unit vector for an image, out of the vectors that ``PatchProjectors`` gave for it.

    The vectors of L layers at S places are looked at as one picture with L bands, S high and D
    wide: a 3 x 3 convolution with stride 2, ReLU, the mean over the picture, and a two-layer
    network (the H of SimDCL; Han et al. 2021, arXiv:2104.07689).

    Args:
        layers: L.
        width: length of the vector.
    """

    def __init__(self, layers: int, width: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(layers, width, 3, stride=2),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, width),
        )

    def forward(self, vectors: Sequence[Tensor]) -> Tensor:
        """(B, width) out of one (B, S, D) per layer, S the same in all."""
        return unit(self.layers(torch.stack(list(vectors), dim=1)))
