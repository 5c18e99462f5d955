"""Inception-v3 as the FID uses it: the network of TensorFlow 2015, up to its pooled features."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d
from torchvision.models.inception import (
    BasicConv2d,
    Inception3,
    InceptionA,
    InceptionAux,
    InceptionB,
    InceptionC,
    InceptionD,
    InceptionE,
)

CLASSES = 1008  # of the network that was trained; torchvision's own has 1000
Path = Sequence[str | tuple[str, str]]  # layers in order; a pair: both, side by side


def _mean_of_known(x: Tensor) -> Tensor:
    """Mean of 3 x 3, of those pixels that there are: padding is not counted."""
    return avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def _largest(x: Tensor) -> Tensor:
    return max_pool2d(x, 3, stride=1, padding=1)


class _A(InceptionA):  # type: ignore[misc]
    def forward(self, x: Tensor) -> Tensor:
        paths = (["1x1"], ["5x5_1", "5x5_2"], ["3x3dbl_1", "3x3dbl_2", "3x3dbl_3"])
        return _joined(self, x, paths, _mean_of_known)


class _C(InceptionC):  # type: ignore[misc]
    def forward(self, x: Tensor) -> Tensor:
        threefold = [f"7x7_{i}" for i in (1, 2, 3)]
        fivefold = [f"7x7dbl_{i}" for i in (1, 2, 3, 4, 5)]
        return _joined(self, x, (["1x1"], threefold, fivefold), _mean_of_known)


class _E(InceptionE):  # type: ignore[misc]
    pool = staticmethod(_mean_of_known)

    def forward(self, x: Tensor) -> Tensor:
        narrow: Path = ["3x3_1", ("3x3_2a", "3x3_2b")]
        wide: Path = ["3x3dbl_1", "3x3dbl_2", ("3x3dbl_3a", "3x3dbl_3b")]
        return _joined(self, x, (["1x1"], narrow, wide), self.pool)


class _LastE(_E):
    pool = staticmethod(_largest)


def fid_inception() -> nn.Module:
    """Inception-v3 without values, (B, 3, 299, 299) -> (B, 2048): load its weights.

    Source: Szegedy et al. 2016, arXiv:1512.00567, in torchvision's form, whose names its
    parameters have. It differs where TensorFlow's network of 2015-12-05 does (Heusel et al. 2017,
    arXiv:1706.08500, computed the FID with that): mean pools inside blocks do not count the
    padding; the last block takes the largest value in the place of a mean; there are 1008 classes,
    which are left away here.
    """
    blocks: list[Callable[..., nn.Module]] = [
        BasicConv2d, _A, InceptionB, _C, InceptionD, _E, InceptionAux,
    ]  # fmt: skip
    with torch.device("meta"):
        network: Any = _Pooled(
            CLASSES, aux_logits=False, inception_blocks=blocks, init_weights=False
        )
        network.Mixed_7c = _LastE(2048)
        network.fc = nn.Identity()
        network.dropout = nn.Identity()
    return cast(nn.Module, network.to_empty(device="cpu"))


class _Pooled(Inception3):  # type: ignore[misc]
    """Ends in the mean of the last maps, which follow each other in the order they were made."""

    def forward(self, x: Tensor) -> Tensor:
        for name, layer in self.named_children():
            if name not in ("avgpool", "dropout", "fc"):
                x = layer(x)
        return x.mean(dim=(2, 3))


def _joined(
    block: nn.Module, x: Tensor, paths: Sequence[Path], pool: Callable[[Tensor], Tensor]
) -> Tensor:
    """The branches of a block and its pooled one, band by band."""
    ends = []
    for path in paths:
        y = x
        for step in path:
            names = (step,) if isinstance(step, str) else step
            y = torch.cat([block.get_submodule(f"branch{name}")(y) for name in names], 1)
        ends.append(y)
    return torch.cat([*ends, block.get_submodule("branch_pool")(pool(x))], 1)
