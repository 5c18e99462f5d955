"""The one face of all engines, so that nothing else knows which library a detector is made of.

An engine is a function (architecture, classes) -> torch module, with random weights, that obeys

    training:   module(images, targets) -> losses by name, each a () tensor, ready to be summed
    otherwise:  module(images) -> per image {"boxes" (N, 4), "scores" (N,), "labels" (N,)}

``images`` is a list of (bands, H, W) float32 in [0, 1]; a target holds ``boxes`` (N, 4), ``labels``
(N,) from 1, and ``ignore`` (M, 4), regions that teach nothing. The names of the losses are the same
at every step. Another engine is one more module with such a function, one more line in ``ENGINES``,
and one more name in ``Architecture.engine``.
"""

from collections.abc import Callable
from importlib import import_module

import torch
from torch import nn

from crosslook.detectors.settings import Architecture
from crosslook.errors import MissingPackageError

Engine = Callable[[Architecture, int], nn.Module]

# Engine -> its module and function; nothing is imported before a detector of it is built.
ENGINES = {
    "torchvision": ("crosslook.detectors.architectures", "build_torchvision"),
    "detectron2": ("crosslook.detectors.detectron2", "build_detectron2"),
}


def build(architecture: Architecture, classes: int, seed: int) -> nn.Module:
    """A detector with random weights that depend on the arguments alone.

    Args:
        architecture: its shape and engine.
        classes: kinds of objects, background not counted.
        seed: where the weights come from.

    Raises:
        MissingPackageError: if the engine's library is not installed.
    """
    make = engine(architecture.engine)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make(architecture, classes)


def engine(name: str) -> Engine:
    """The function that builds the detectors of an engine.

    Raises:
        MissingPackageError: if the engine's library is not installed.
    """
    module, function = ENGINES[name]
    try:
        found: Engine = getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        raise MissingPackageError(
            f"engine {name!r}: needs {error.name}, which cannot be imported here. Install it as "
            "docs/detectors.md says, or set engine to 'torchvision'."
        ) from None
    return found
