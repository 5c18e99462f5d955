"""A moving average of the networks that translate: often steadier than the newest weights."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor

from crosslook.translators.translator import Translator


class MovingAverage:
    """Follows the parameters of ``translator.exported()``, and can stand in for them.

        kept <- d kept + (1 - d) live,  d = min(decay, (1 + step) / (10 + step))

    The smaller d of the first steps lets the starting weights be forgotten. It has no source: it
    is what many trainings do (Yazici et al. 2019, arXiv:1806.04498, average without it).

    Args:
        translator: whose exported networks are followed, from the weights that they have now.
        decay: 0 keeps nothing.
    """

    def __init__(self, translator: Translator, decay: float) -> None:
        self.decay = decay
        networks = translator.exported().values() if decay else ()
        self.live: list[Tensor] = [p for network in networks for p in network.parameters()]
        self.kept = [live.detach().clone() for live in self.live]

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Take in the weights after ``step``."""
        if self.live:
            decay = min(self.decay, (1 + step) / (10 + step))
            torch._foreach_lerp_(self.kept, self.live, 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The translator has the averaged weights, until the block ends."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def tensors(self) -> dict[str, Tensor]:
        """What a saved state must hold."""
        return {str(i): kept for i, kept in enumerate(self.kept)}

    def take(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a saved state."""
        for i, kept in enumerate(self.kept):
            kept.copy_(tensors[str(i)])

    @torch.no_grad()
    def _swap(self) -> None:
        for live, kept in zip(self.live, self.kept, strict=True):
            other = live.detach().clone()
            live.copy_(kept)
            kept.copy_(other)
