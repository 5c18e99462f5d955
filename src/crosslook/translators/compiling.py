"""Compiled networks, and their memory layout on a GPU."""

from collections.abc import Iterator

import torch
from torch import nn

from crosslook.translators.settings import Training
from crosslook.translators.translator import Translator

ENTRIES = ("forward", "forward_with_features", "encode", "forward_with_masks", "decode")
MODES = {"on": "default", "graphs": "reduce-overhead"}


def make_fast(translator: Translator, training: Training) -> None:
    """Do to the networks what ``compile``, ``channels_last`` and the device ask for.

    Every call that a training step makes into a network is compiled, with static shapes; losses
    and draws stay outside. "graphs" records what was compiled as CUDA graphs. The weights keep
    their names.
    """
    if training.device.startswith("cuda"):
        torch.backends.cudnn.benchmark = not torch.are_deterministic_algorithms_enabled()
    if training.channels_last:
        translator.to(memory_format=torch.channels_last)
    if training.compile == "off":
        return
    for network in _called(translator):
        for name in ENTRIES:
            if _defines(network, name):
                entry = getattr(network, name)
                compiled = torch.compile(entry, mode=MODES[training.compile], dynamic=False)
                setattr(network, name, compiled)


def begin_graphs(training: Training) -> None:
    """Tell CUDA graphs that what they gave in the last step is no longer needed."""
    if training.compile == "graphs":
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]


def _called(module: nn.Module) -> Iterator[nn.Module]:
    """The networks that translators call: children that have an entry, or whose children do."""
    for child in module.children():
        entries = [name for name in ENTRIES if _defines(child, name)]
        if entries:
            yield child
        if "forward" not in entries:
            yield from _called(child)


def _defines(network: nn.Module, name: str) -> bool:
    own = getattr(type(network), name, None)
    return own is not None and own is not nn.Module.forward
