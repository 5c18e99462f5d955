"""ResNets that end in their pooled features, trained or seeded."""

import hashlib
import math
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

SHAPES: dict[str, tuple[type[BasicBlock | Bottleneck], list[int]]] = {
    "resnet18": (BasicBlock, [2, 2, 2, 2]),
    "resnet50": (Bottleneck, [3, 4, 6, 3]),
}
SEED = 0
KEPT = 0.5 - 0.5 / math.pi  # variance of a rectified standard normal


def resnet(shape: str, bands: int = 3) -> ResNet:
    """A ResNet of torchvision without its classifier and without values: load or draw them.

    (B, bands, H, W) becomes (B, 512 or 2048), the mean of the last maps. Parameters have
    torchvision's names. Nothing is drawn, so global random numbers stay as they are.
    """
    block, depths = SHAPES[shape]
    with torch.device("meta"):
        network: Any = ResNet(block, depths)
        network.fc = nn.Identity()
        if bands != 3:
            network.conv1 = nn.Conv2d(bands, 64, 7, stride=2, padding=3, bias=False)
    return cast(ResNet, network.to_empty(device="cpu"))


def seeded_resnet(shape: str, seed: int = SEED) -> tuple[ResNet, str]:
    """A ResNet with seeded random weights, the same on every machine.

    Without trained statistics, batch normalisation is switched off (mean 0, variance 1), and the
    weights have to keep signals in bounds and apart, as in networks without normalisation (Brock
    et al. 2021, arXiv:2101.08692): the weights of a filter sum to 0, so that the mean of rectified
    values is not handed on, and are as large as keeps a variance through a rectifier; each of B
    residual branches is divided by sqrt(B) before it is added. Differs from them: weights come in
    pairs of opposite sign, uniform, drawn by numpy. So nothing is summed, and neither torch nor
    the CPU changes a bit. The embedding of a patch scales with its contrast.

    Returns:
        the network in eval mode, and the sha256 of its weights.
    """
    network = resnet(shape)
    digest = hashlib.sha256()
    rng = np.random.default_rng(seed)
    last = "bn2.weight" if shape == "resnet18" else "bn3.weight"  # scales a branch
    branch = 1 / math.sqrt(sum(SHAPES[shape][1]))
    for name, parameter in network.named_parameters():
        size = tuple(parameter.shape)
        if len(size) == 4:
            drawn = _filters(size, rng)
        else:  # of a normalisation: a factor or a shift
            factor = branch if name.startswith("layer") and name.endswith(last) else 1.0
            drawn = np.full(size, factor if name.endswith("weight") else 0.0, np.float32)
        digest.update(name.encode() + drawn.tobytes())
        parameter.data.copy_(torch.from_numpy(drawn))
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
    return network.eval(), digest.hexdigest()


def _filters(size: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Random filters of pairs w, -w in random order; of an odd number, one weight stands alone."""
    seen = int(np.prod(size[1:]))
    bound = np.float32(math.sqrt(3 / (KEPT * seen)))
    half = (2 * rng.random((size[0], -(-seen // 2)), dtype=np.float32) - 1) * bound
    pairs = np.concatenate([half, -half], axis=1)[:, :seen]
    return rng.permuted(pairs, axis=1).reshape(size)
