"""The one face of all engines, so that nothing else knows which library a detector is made of.

An engine is a function (architecture, classes) -> torch module, with random weights, that obeys

    training:   module(images, targets) -> losses by name, each a () tensor, ready to be summed
    otherwise:  module(images) -> per image {"boxes" (N, 4), "scores" (N,), "labels" (N,)}

``images`` is a list of (3, H, W) float32 in [0, 1]; a target holds ``boxes`` (N, 4), ``labels``
(N,) from 1, and ``ignore`` (M, 4), regions that teach nothing. Another engine is one more function
in ``ENGINES``, one more name in ``Architecture.engine``; its library is imported inside it.
"""

from collections.abc import Callable

import torch
from torch import nn

from crosslook.detectors.architectures import build_torchvision
from crosslook.detectors.settings import Architecture

ENGINES: dict[str, Callable[[Architecture, int], nn.Module]] = {"torchvision": build_torchvision}


def build(architecture: Architecture, classes: int, seed: int) -> nn.Module:
    """A detector with random weights that depend on the arguments alone.

    Args:
        architecture: its shape and engine.
        classes: kinds of objects, background not counted.
        seed: where the weights come from.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ENGINES[architecture.engine](architecture, classes)
