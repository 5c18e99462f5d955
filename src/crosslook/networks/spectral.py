"""Spectral normalisation: weights whose largest singular value is 1."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


def normalise_spectra(network: nn.Module) -> None:
    """Divide the weights of every convolution by their largest singular value, from now on.

    W / sigma(W), with W as a matrix of output channels times all else; sigma comes from one power
    iteration per use of the weights, and its vectors are buffers of the network (Miyato et al.
    2018, arXiv:1802.05957, sections 2.1 and 2.2). Call it once the starting weights are
    drawn. What is learnt is W. Draws from torch's global random numbers.

    Args:
        network: changed in place; ``weight`` becomes ``parametrizations.weight.original``.
    """
    for layer in list(network.modules()):
        if isinstance(layer, nn.Conv2d):
            spectral_norm(layer)
            steps = layer.get_submodule("parametrizations.weight")
            steps[0] = _InFloat32(steps[0])  # type: ignore[index, operator]


class _InFloat32(nn.Module):
    """Runs a network in the precision of its input: autocast would take sigma in bfloat16."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            y: Tensor = self.network(x)
        return y
